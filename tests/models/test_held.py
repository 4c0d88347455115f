import sys
from typing import Any, NamedTuple

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

from models.held import Kept, hold


class _Inner(NamedTuple):
    values: Any
    flag: bool


class _Outer(NamedTuple):
    inner: _Inner
    count: int
    other: Any


@njit
def _work(held: Any, rounds: int) -> float:
    total = 0.0
    for i in range(rounds):
        row = held.inner.values[i % held.count]
        held.other[i % held.count] += row if held.inner.flag else -row
        total += row
    return total


@njit
def _by_reference(outer: Any, rounds: int) -> float:
    return _work(hold(outer), rounds)


@njit
def _unknown(outer: Any) -> int:
    return hold(outer).nothing


@pytest.mark.parametrize("flag", [True, False])
def test_fields_of_a_held_tuple_read_as_those_of_the_tuple(flag: bool) -> None:
    outers = [_Outer(_Inner(np.arange(5.0), flag), 5, np.ones(5)) for _ in range(2)]
    assert _by_reference(outers[0], 13) == _work(outers[1], 13) == 23.0
    assert outers[0].other.tolist() == outers[1].other.tolist()


def test_holding_a_tuple_keeps_no_array_alive() -> None:
    outer = _Outer(_Inner(np.arange(5.0), True), 5, np.ones(5))
    _by_reference(outer, 1)
    before = sys.getrefcount(outer.other)
    for _ in range(10):
        _by_reference(outer, 1000)
    after = sys.getrefcount(outer.other)
    assert after == before


def test_a_field_that_is_not_there_is_a_compile_error() -> None:
    with pytest.raises(TypingError, match="nothing"):
        _unknown(_Outer(_Inner(np.arange(5.0), True), 5, np.ones(5)))


@njit
def _from_outside(held: Any, rounds: int) -> float:
    return _work(held, rounds)


def test_a_tuple_laid_out_once_is_handed_over_by_its_address() -> None:
    outers = [_Outer(_Inner(np.arange(5.0), False), 5, np.ones(5)) for _ in range(2)]
    kept = Kept(outers[0])
    for rounds in (13, 7):
        assert _from_outside(kept, rounds) == _work(outers[1], rounds)
    assert outers[0].other.tolist() == outers[1].other.tolist()


def test_a_tuple_laid_out_keeps_its_arrays_alive() -> None:
    kept = Kept(_Outer(_Inner(np.arange(5.0), True), 5, np.ones(5)))
    before = sys.getrefcount(kept.value.other)
    found = [_from_outside(kept, 1000) for _ in range(10)]
    after = sys.getrefcount(kept.value.other)
    assert (set(found), after) == ({2000.0}, before)
