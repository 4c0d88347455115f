"""Learning rules with transfers through a whole accelerator: every cycle and bit the model's."""

from typing import Any

import numpy as np
import pytest

from models.design import make_design
from models.error import DesignError
from models.schedule import Op
from rtl.plan import make_plan
from sim.reference import Reference
from tests.contract.accelerator import Bench, draw_tables
from tests.contract.test_accelerator import same
from tests.models.packed import images
from tests.rtl.streams import pattern

RULES: dict[str, dict[str, Any]] = {
    "tiki-taka": {"name": "tiki-taka", "transfer_lr": 0.5},
    "gamma": {"name": "tiki-taka", "gamma": 0.5, "transfer_lr": 4.0, "transfer_every": 2},
    "columns": {"name": "residual", "gamma": 1.0, "transfer_lr": 1.0, "transfer_columns": 2},
    "multi-tile": {"name": "multi-tile", "tiles": 3, "transfer_ratio": 2, "transfer_lr": 1.0},
    "tiki-taka-2": {"name": "tiki-taka-2", "transfer_lr": 2.0, "transfer_bl": 2},
}


#: What no transfer in hardware does, and the key that is named.
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "agad": ({"name": "agad"}, "algorithm.name"),
    "average": ({"name": "residual-2"}, "algorithm.name"),
    "choppers": ({"name": "chopped-tiki-taka-2"}, "algorithm.name"),
    "gathered": ({"name": "mixed-precision"}, "algorithm.name"),
    "warm": ({"name": "multi-tile", "warm_start": True}, "algorithm.warm_start"),
    "pulses": ({"name": "tiki-taka-2", "transfer_bl": 9}, "algorithm.transfer_bl"),
}


def tables_of(rule: dict[str, Any], rng: np.random.Generator, schedule: str) -> dict[str, Any]:
    """The tables of a random network of two layers under a rule."""
    tables = draw_tables(rng, schedule, [int(one) for one in rng.integers(2, 5, 3)])
    tables["algorithm"] |= rule
    return tables


def made(tables: dict[str, Any], samples: int) -> Reference:
    """The run of a design on random images."""
    tables["run"]["samples"] = samples
    design = make_design(tables)
    return Reference(design, data=images(design.layer[0].inputs, design.layer[-1].outputs))


@pytest.mark.parametrize(
    ("rule", "seed", "schedule"),
    [
        ("tiki-taka", 3, "async"),
        ("gamma", 4, "fill-drain"),
        ("columns", 5, "sequential"),
        ("multi-tile", 6, "1f1b"),
        ("tiki-taka-2", 7, "zero-bubble"),
    ],
)
def test_a_rule_with_transfers_equals_clock_and_executor(
    rule: str, seed: int, schedule: str
) -> None:
    run = made(tables_of(RULES[rule], np.random.default_rng(seed), schedule), 16)
    bench, wanted = Bench(run), run.run()
    assert (wanted.ops[:, 1] == Op.TRANSFER).sum() > 10
    slow = [own[:, -1] for own in wanted.weights]
    assert all(np.any(own[-1] != own[0]) for own in slow)
    same(bench, wanted, 16)
    for array, layer in zip(bench.arrays, run.memory.layers, strict=True):
        assert np.array_equal(array.weights, layer.crossbar.recorded)


def test_hindered_transfers_after_a_first_writing_change_no_cycle_and_no_bit() -> None:
    """Reads go on while the fast array is updated: three lanes, in the same cycles."""
    tables = tables_of(RULES["tiki-taka"], np.random.default_rng(1), "async")
    tables["timing"] |= {"program_row_cycles": 3}
    run = made(tables, 8)
    bench = Bench(
        run,
        offered=pattern(1, 0.4),
        taking=pattern(2, 0.4),
        stalled=pattern(3, 0.3),
        reading=pattern(4, 0.02),
    )
    wanted = run.run()
    assert (wanted.ops[:, 1] == Op.PROGRAM).sum() == 2
    starts, ends = wanted.ops[1:, 3], wanted.ops[:-1, 4]
    assert np.any(starts < ends)
    same(bench, wanted, 8)


@pytest.mark.parametrize("what", REFUSED)
def test_what_no_transfer_in_hardware_does_is_refused(what: str) -> None:
    rule, key = REFUSED[what]
    tables = tables_of({"name": "tiki-taka"}, np.random.default_rng(0), "async")
    tables["algorithm"] = rule
    tables["tile"]["update"]["bl"] = 8
    with pytest.raises(DesignError, match=key):
        make_plan(make_design(tables), 10)
