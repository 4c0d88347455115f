"""What a host can set and read at run time, against the models."""

import os
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from amaranth.sim import SimulatorContext

from models.csr import KNOWN_CAUSES
from models.design import make_design
from models.pulse import PulseWords
from models.record import compare
from models.schedule import CAUSES, Op
from models.tally import Tally
from rtl.cause import cause_code
from sim.reference import Reference
from tests.contract.accelerator import Bench, draw_tables
from tests.models.packed import images
from tests.rtl.streams import pattern
from tests.sim.machines import NAMES

SAMPLES = 4
#: For who has minutes.
LONG = pytest.mark.skipif(
    "PULSETRAIN_LONG" not in os.environ, reason="takes longer: set PULSETRAIN_LONG=1"
)


def made(tables: dict[str, Any], **algorithm: float) -> Reference:
    tables = deepcopy(tables)
    tables["run"]["samples"] = SAMPLES
    tables["algorithm"] |= algorithm
    design = make_design(tables)
    return Reference(design, data=images(design.layer[0].inputs, design.layer[-1].outputs))


def drawn(seed: int, name: str, sizes: tuple[int, ...] = (3, 2, 2)) -> dict[str, Any]:
    return draw_tables(np.random.default_rng(seed), name, sizes)


class Watched(Bench):
    """Sets control inputs before the first clock, and counts what the monitors show."""

    def __init__(self, *args: Any, settings: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.settings = settings
        stages = range(len(self.arrays))
        #: Architectural cycles of each op and of each cause, a stage.
        self.busy = [dict.fromkeys((Op.FORWARD, Op.BACKWARD, Op.UPDATE), 0) for _ in stages]
        self.idle = [dict.fromkeys(KNOWN_CAUSES, 0) for _ in stages]
        self.pulses = [np.zeros(3, np.int64) for _ in stages]
        #: Slots that were used by some update.
        self.slots = {0}
        self._set = False

    def _watch(self, ctx: SimulatorContext, stall: bool, taking: bool) -> None:
        super()._watch(ctx, stall, taking)
        stage = self.dut.control.stage
        if not self._set:
            ctx.set(stage.rate, self.settings.get("rate", 0))
            ctx.set(stage.frozen, self.settings.get("frozen", 0))
            ctx.set(stage.tile.limit, self.settings.get("limit", 0))
            self._set = True
        if stall:
            assert not ctx.get(self.dut.tick)
            return
        for m in range(len(self.arrays)):
            self.slots.add(ctx.get(getattr(self.dut, f"tile{m}").bl))
            trace = getattr(self.dut, f"trace{m}")
            x, d = ctx.get(trace.x_pulses), ctx.get(trace.d_pulses)
            self.pulses[m] += (x * d > 0, x + d, x * d)
            if ctx.get(self.dut.tick):
                op, cause = ctx.get(trace.op), ctx.get(trace.cause)
                assert not (op and cause)
                if op:
                    self.busy[m][Op(op)] += 1
                if cause:
                    self.idle[m][CAUSES[cause - 1]] += 1


def counted(array: Any) -> Tally:
    """Count all words that an array gets."""
    rows, columns = array.weights.shape
    tally = Tally(
        np.zeros(rows, np.int64), np.zeros(columns, np.int64), np.zeros((rows, columns), np.int64)
    )
    update = array.update

    def count(words: PulseWords, sample: int) -> None:
        tally.add(words)
        update(words, sample)

    array.update = count
    return tally


@pytest.mark.parametrize(
    "seed", [1, 4, 6, *(pytest.param(seed, marks=LONG) for seed in (0, 2, 3, 5))]
)
def test_cycles_of_ops_and_causes_are_those_of_the_ledger(seed: int) -> None:
    run = made(drawn(seed, NAMES[seed], (2, 2, 2, 2)[: 3 + seed % 2]))
    hindered = {"offered": pattern(seed, 0.5), "stalled": pattern(seed + 1, 0.2)}
    bench = Watched(run, settings={}, **(hindered if seed % 2 else {}))
    wanted = run.run()
    assert compare(bench.run(), wanted)[0].difference is None
    assert run.ledger is not None
    for m, stage in enumerate(run.ledger.stages):
        assert tuple(bench.busy[m].values()) == stage.busy_by_op[:3]
        assert tuple(bench.idle[m].values()) == stage.stalled[: len(KNOWN_CAUSES)]
        assert not any(stage.stalled[len(KNOWN_CAUSES) :])
    assert sum(sum(one.values()) for one in bench.idle)


@pytest.mark.parametrize(("seed", "phases"), [(0, 1), pytest.param(2, 4, marks=LONG)])
def test_pulses_and_coincidences_are_those_that_reach_the_array(seed: int, phases: int) -> None:
    tables = drawn(seed, "async")
    tables["tile"]["update"]["phases"] = phases
    bench = Watched(made(tables), settings={}, stalled=pattern(seed, 0.3))
    tallies = [counted(array) for array in bench.arrays]
    bench.run()
    for found, tally in zip(bench.pulses, tallies, strict=True):
        assert found[2] == tally.devices.sum() > 0
        if phases == 1:
            assert found[1] == tally.rows.sum() + tally.columns.sum()


@pytest.mark.parametrize("rate", [-4, pytest.param(3, marks=LONG)])
def test_a_rate_is_a_factor_of_the_designs(rate: int) -> None:
    tables = drawn(3, "async")
    tables["algorithm"]["lr"] = 0.05
    wanted = made(tables, lr=0.05 * 2.0**rate).run()
    plain = made(tables)
    found = Watched(plain, settings={"rate": rate}).run()
    assert [one for one in compare(found, wanted) if one.difference is not None] == []
    assert any(np.any(own[-1] != own[0]) for own in plain.run().weights)


@pytest.mark.parametrize("slots", ["built", pytest.param("used", marks=LONG)])
def test_a_frozen_machine_infers_in_the_cycles_of_the_least_rate(slots: str) -> None:
    tables = drawn(4, "fill-drain")
    tables["tile"]["update"]["slots"] = slots
    run, wanted = made(tables), made(tables, lr=1e-12).run()
    bench = Watched(run, settings={"frozen": 1})
    start = [array.weights.copy() for array in bench.arrays]
    found = bench.run()
    assert [one for one in compare(found, wanted) if one.difference is not None] == []
    for own, first in zip(found.weights, start, strict=True):
        np.testing.assert_array_equal(own, np.broadcast_to(first, own.shape))
    assert not any(own.any() for own in bench.pulses)


def test_a_limit_leaves_slots_empty_and_no_cycle_shorter() -> None:
    tables = drawn(4, "async")
    tables["tile"]["update"] |= {"slots": "built", "bl": 8}
    plain, limited = (Watched(made(tables), settings={"limit": limit}) for limit in (0, 2))
    wanted, found = plain.run(), limited.run()
    np.testing.assert_array_equal(found.ops, wanted.ops)
    assert max(plain.slots) > max(limited.slots) == 2


def test_causes_have_codes_of_their_own() -> None:
    assert sorted(map(cause_code, KNOWN_CAUSES)) == [1, 2, 3, 4, 5]
