"""Properties of the schedulers for any op lengths, arrivals and runs, by induction."""

from dataclasses import replace
from pathlib import Path

import pytest
from amaranth.hdl import Assert, C, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

import rtl.scheduler
import rtl.sharing
from models.schedule import Op, Rule, schedule_rule
from models.section import Schedule
from rtl.cause import Need
from rtl.scheduler import Scheduler
from tests.rtl.invariant import ARRAY, STALENESS, STASH, ChainProof
from tests.rtl.proof import Verdict, prove

BACKWARD = {"first_stage_backward": True}
DELAYS = {
    "link_cycles": 2, "link_interval": 3, "credit_return_cycles": 2, "loss_cycles": 1, **BACKWARD,
}  # fmt: skip
DEEP = {"priority": ("F", "B", "U"), "S": (2, 3, 2), "Q": (3, 2, 2)}


@pytest.fixture(autouse=True)
def short_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers of samples of 7 bits: no rule reads more of them, and solving is ten times faster."""
    monkeypatch.setattr(rtl.sharing, "SAMPLE_BITS", 7)
    monkeypatch.setattr(rtl.scheduler, "SAMPLE_BITS", 7)


def make_rule(name: str, stages: int = 3, **keys: object) -> Rule:
    return schedule_rule(Schedule.model_validate({"name": name, **keys}), stages, 6)


def bounds(rule: Rule) -> list[int | None]:
    """The staleness of the contract's table."""
    found: list[int | None] = []
    for W, P in zip(rule.W, rule.P, strict=True):
        if rule.name in ("lock-step", "custom"):
            found.append(None)
        elif rule.N or rule.name == "sequential":
            found.append(0)
        else:
            assert W is not None
            found.append(W - 1 + (P or 0))
    return found


class Counter(wiring.Component):
    """Counts 3, 4, 5, 3, ...; `never` is a count that it claims never to show."""

    step: In(1)

    def __init__(self, never: int) -> None:
        self.never = never
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        count = Signal(3, init=3)
        with m.If(self.step):
            m.d.sync += count.eq(Mux(count == 5, 3, count + 1))
        m.d.comb += Assert(count != self.never, "never")
        return m


@pytest.mark.parametrize(
    ("never", "steps", "verdict"),
    [
        (3, 1, Verdict.REFUTED),
        (5, 2, Verdict.OPEN),
        (5, 3, Verdict.REFUTED),
        (2, 5, Verdict.OPEN),  # 6, 7, 0, 1, 2: from where it never is
        (2, 6, Verdict.PROVEN),
    ],
)
def test_the_solver_tells_what_holds_from_what_fails_and_what_it_cannot_say(
    never: int, steps: int, verdict: Verdict, tmp_path: Path
) -> None:
    assert prove(Counter(never), tmp_path, steps) is verdict


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("sequential", {}),
        ("sequential", DELAYS),
        ("fill-drain", {"N": 3}),
        ("fill-drain", {"N": 2} | DELAYS),
        ("1f1b", {"N": 3} | BACKWARD),
        ("1f1b", {"N": 2} | DELAYS),
        ("async", {}),
        ("async", DELAYS),
        ("zero-bubble", {}),
        ("zero-bubble", DELAYS),
        ("lock-step", {}),
        ("custom", DEEP),
        ("custom", DEEP | DELAYS | {"release": "U"}),
    ],
)
def test_one_op_at_a_time_stashes_hold_and_staleness_is_that_of_the_table(
    name: str, keys: dict[str, object], tmp_path: Path
) -> None:
    rule = make_rule(name, **keys)
    assert prove(ChainProof(rule, bounds(rule)), tmp_path, 3) is Verdict.PROVEN


def refuted(rule: Rule, kind: str, folder: Path, steps: int = 20) -> bool:
    """Whether a run from reset breaks a property, asked without the help for induction."""
    return prove(ChainProof(rule, bounds(rule), {kind}), folder, steps) is Verdict.REFUTED


def without(needs: list[Need], place: int) -> list[Need]:
    return needs[:place] + needs[place + 1 :]


def test_an_array_that_is_not_asked_whether_it_is_free_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grants = Scheduler.grants
    monkeypatch.setattr(Scheduler, "grants", lambda self, held: grants(self, C(0)))
    assert refuted(make_rule("async", 2), ARRAY, tmp_path)


@pytest.mark.parametrize(("op", "keys"), [("forward", {"Q": 9}), ("backward", {"S": 9})])
def test_a_stash_that_is_not_asked_whether_it_has_room_is_found(
    op: str, keys: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = getattr(Scheduler, op)
    monkeypatch.setattr(Scheduler, op, lambda self: needs(self)[:-1])
    rule = make_rule("custom", 2, priority=("F", "B", "U"), **{"S": 2, "Q": 2} | keys)
    assert refuted(rule, STASH, tmp_path)


def test_counters_as_wide_as_the_own_stash_alone_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = make_rule("custom", 2, priority=("F", "B", "U"), S=(3, 4), Q=9)
    monkeypatch.setattr(rtl.scheduler, "largest_lead", lambda rule, index, total: rule.S[index])
    assert refuted(rule, STASH, tmp_path, 24)


def test_the_bound_of_async_is_reached(tmp_path: Path) -> None:
    rule = make_rule("async", 2, first_stage_backward=True)
    assert bounds(rule) == [1, 0]
    assert prove(ChainProof(rule, [0, 0], {STALENESS}), tmp_path, 20) is Verdict.REFUTED


def test_a_window_one_sample_wider_is_found(tmp_path: Path) -> None:
    rule = make_rule("async", 2, S=4, first_stage_backward=True)
    wider = replace(rule, W=(3, 2))
    assert prove(ChainProof(wider, bounds(rule), {STALENESS}), tmp_path, 20) is Verdict.REFUTED


@pytest.mark.parametrize("op", ["forward", "update"])
@pytest.mark.parametrize("backward", [False, True])
def test_an_op_that_does_not_wait_for_the_flush_is_found(
    op: str, backward: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = getattr(Scheduler, op)
    monkeypatch.setattr(Scheduler, op, lambda self: without(needs(self), 1))
    rule = make_rule("1f1b", 2, N=2, first_stage_backward=backward)
    assert refuted(rule, STALENESS, tmp_path)


def test_an_update_that_comes_after_f_is_found(tmp_path: Path) -> None:
    rule = make_rule("async", 2, first_stage_backward=True)
    late = replace(rule, priority=(Op.BACKWARD, Op.FORWARD, Op.UPDATE))
    assert prove(ChainProof(late, bounds(rule), {STALENESS}), tmp_path, 20) is Verdict.REFUTED
