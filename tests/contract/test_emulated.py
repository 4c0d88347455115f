"""Whole machines with emulated arrays: every cycle, output and weight is that of the models."""

import os
from typing import Any

import numpy as np
import pytest
from amaranth.sim import SimulatorContext

from models.schedule import Op
from rtl.emulated import emulated_accelerator
from sim.reference import Reference
from tests.contract.accelerator import Bench, draw_tables
from tests.contract.test_accelerator import made, same
from tests.contract.test_learning import RULES
from tests.contract.test_learning import made as learning
from tests.rtl.emulated import weights_of
from tests.rtl.streams import pattern
from tests.sim.machines import NAMES

#: More and larger machines, which take minutes.
LONG = bool(os.environ.get("PULSETRAIN_LONG"))


class EmulatedBench(Bench):
    """Feeds a machine that has its arrays with it; `arrays` are what they are at the start."""

    def _machine(self, reference: Reference) -> Any:
        return emulated_accelerator(reference.design, reference.planned)

    def _serve(self, arrays: Any) -> None:
        self._ports = []

    def _stall(self, ctx: SimulatorContext, clock: int) -> bool:
        return bool(ctx.get(self.dut.stall))

    def _look(self, ctx: SimulatorContext, stage: int) -> np.ndarray:
        return weights_of(ctx, self.dut.emulators[stage], self.arrays[stage].crossbar)


def draw(seed: int, name: str, **timing: Any) -> Reference:
    """A random network of one or two stages, or three, of emulated devices under a schedule."""
    rng = np.random.default_rng(seed)
    stages = int(rng.integers(1, 4)) if LONG else 1 + seed % 2
    sizes = [int(size) for size in rng.integers(2, 6 if LONG else 4, stages + 1)]
    tables = draw_tables(rng, name, sizes)
    tables["tile"]["output_noise"] = 0.0
    noise = [0.0, 0.3][seed % 2]
    tables["device"] = {
        "preset": "emulated",
        "dw_min": [0.002, 0.03][seed % 2],
        "dw_min_std": noise,
    }
    tables["timing"] |= timing
    return made(tables)


@pytest.mark.parametrize("seed", [0, 1, 2, 4, 26, 6] if LONG else [0, 1])
def test_a_machine_with_emulated_arrays_equals_clock_and_executor(seed: int) -> None:
    run = draw(seed, NAMES[seed % len(NAMES)])
    bench, wanted = EmulatedBench(run), run.run()
    assert any(np.any(own[-1] != own[0]) for own in wanted.weights)
    same(bench, wanted)
    assert bench.clocks > wanted.cycles


LEARNING = {
    "tiki-taka": (5, "async"),
    "multi-tile": (8, "1f1b"),
    "tiki-taka-2": (6, "zero-bubble"),
    "gamma": (8, "fill-drain"),
    "columns": (6, "sequential"),
}


@pytest.mark.parametrize("rule", list(LEARNING) if LONG else list(LEARNING)[:3])
def test_a_machine_with_several_arrays_a_stage_equals_clock_and_executor(rule: str) -> None:
    seed, schedule = LEARNING[rule]
    tables = draw_tables(np.random.default_rng(seed), schedule, [2, 3, 2] if LONG else [2, 2])
    tables["tile"]["output_noise"] = 0.0
    tables["device"] = {"preset": "emulated", "dw_min": 0.02}
    tables["algorithm"] |= RULES[rule] | {"transfer_lr": 8.0, "lr": 2.0}
    tables["timing"]["update_cycles"] = 3
    run = learning(tables, 16 if LONG else 5)
    wanted = run.run()
    assert (wanted.ops[:, 1] == Op.TRANSFER).sum() >= 2
    arrays = [array for own in wanted.weights for array in own.swapaxes(0, 1)]
    assert all(np.any(array[-1] != array[0]) for array in arrays)
    bench = EmulatedBench(run)
    same(bench, wanted, run.planned)
    assert bench.clocks > wanted.cycles


@pytest.mark.skipif(not LONG, reason="takes half a minute; PULSETRAIN_LONG=1 runs it")
def test_late_samples_and_back_pressure_change_no_cycle_and_no_bit() -> None:
    run = draw(5, "async")
    bench = EmulatedBench(run, offered=pattern(1, 0.4), taking=pattern(2, 0.4))
    same(bench, run.run())


@pytest.mark.skipif(not LONG, reason="takes half a minute; PULSETRAIN_LONG=1 runs it")
def test_ops_that_are_long_enough_are_never_stalled() -> None:
    run = draw(3, "async", forward_cycles=20, backward_cycles=20, update_cycles=400)
    stalls = []

    class Watching(EmulatedBench):
        def _stall(self, ctx: SimulatorContext, clock: int) -> bool:
            stalls.append(super()._stall(ctx, clock))
            return stalls[-1]

    wanted = run.run()
    same(Watching(run), wanted)
    assert not any(stalls)
    assert (wanted.ops[:, 1] == Op.UPDATE).any()
