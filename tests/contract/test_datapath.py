"""Whole stages against the plain executor: every value, error, code, weight and bias of each op."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from amaranth.sim import SimulatorContext

from models.activation import CODES
from models.replay import Replay
from models.schedule import Op
from models.tile import tile_config
from models.timing import backward_cycles, forward_cycles, prepare_cycles, update_cycles
from rtl.cosim.array import CrossbarArray
from rtl.cosim.packing import unpack
from rtl.digital import digital_config
from tests.contract.machine import Machine, Pattern
from tests.models.packed import Case, case, shuffled
from tests.rtl.streams import pattern


class Twins:
    """The machine in gates and the executor of `models`, op by op."""

    def __init__(self, one: Case, **clocks: Pattern) -> None:
        self.case = one
        self.memory = one.memory()
        self.replay = Replay(self.memory)
        stages = range(one.design.stages)
        configs = [
            replace(
                digital_config(one.design, m, one.samples),
                x_depth=one.x_depth[m],
                d_depth=one.d_depth[m],
            )
            for m in stages
        ]
        layers = one.network().layers
        self.arrays = [CrossbarArray(layer.crossbar) for layer in layers]
        self.machine = Machine(configs, self.arrays, **clocks)
        self.cycles: list[int] = []
        self.upper: Any = None
        self.found = dict.fromkeys(("z", "value", "gradient", "x", "d", "weight", "bias"), 0)

    def run(self, seed: int) -> None:
        """Execute all ops in a random valid order on both."""

        async def bench(machine: Machine, ctx: SimulatorContext) -> None:
            stages, ops, samples = shuffled(self.case, seed)
            for m, op, k in zip(stages.tolist(), ops.tolist(), samples.tolist(), strict=True):
                await self._execute(ctx, [(m, Op(op), k)])

        self.machine.run(bench)

    def run_together(self, groups: Sequence[Sequence[tuple[int, Op, int]]]) -> None:
        """Execute groups of ops: those of a group at once in gates, in order in the models."""

        async def bench(machine: Machine, ctx: SimulatorContext) -> None:
            for group in groups:
                await self._execute(ctx, group)

        self.machine.run(bench)

    async def _execute(self, ctx: SimulatorContext, ops: Sequence[tuple[int, Op, int]]) -> None:
        started = [(m, op, k, await self._twin(ctx, m, op, k)) for m, op, k in ops]
        self.cycles += await self.machine.together(ctx, started)
        for m, op, k in ops:
            self._compare(ctx, m, op, k)

    async def _twin(self, ctx: SimulatorContext, m: int, op: Op, k: int) -> int:
        """Let the plain executor do an op, and its image arrive; return the image's class."""
        image = int(self.case.order[k % len(self.case.order)])
        train, network = self.case.data.train, self.memory.network
        if m == 0 and op == Op.FORWARD:
            pixels = network.inputs(train.pixels[image : image + 1])[0]
            await self.machine.give(ctx, [int(pixel) for pixel in pixels])
        one = np.array([k])
        if op == Op.FORWARD:
            self.replay.forward(m, one, np.array([image]))
        elif op == Op.BACKWARD:
            self.upper = self.replay._read_errors(m, one, np.arange(1))[0, 0]
            self.replay.backward(m, one)
        else:
            self.replay.update(m, k)
        return int(train.labels[image])

    def _same(self, name: str, found: Any, expected: Any) -> None:
        np.testing.assert_array_equal(found, expected, name)
        self.found[name] += int(np.any(np.asarray(found) != 0))

    def _compare(self, ctx: SimulatorContext, m: int, op: Op, k: int) -> None:
        memory, state, left = self.memory, self.memory.state, self.machine.left
        stage, last = self.machine.stages[m], len(self.arrays) - 1
        bits, port = stage.config.tile.tile.dac.bits, self.machine.shown[m]
        assert (port["op"], port["sample"]) == (op, k)
        if op == Op.FORWARD:
            codes = unpack(port["x"], bits, stage.config.inputs)
            self._same("x", codes, state.x[memory.x_slot(m, k)])
            if m == last:
                self._same("z", left["logits"], state.logits[k % len(state.logits)])
            else:
                self._same("value", left[f"value{m}"], state.value[memory.value_slot(m + 1, k)])
        elif op == Op.BACKWARD:
            codes = unpack(port["d"], bits, stage.config.outputs)
            self._same("d", codes, state.d[memory.d_slot(m, k)])
            self._same("gradient", left[f"gradient{m}" if m else "inputs"], self.upper)
        else:
            weights = memory.layers[m].crossbar.weights
            self._same("weight", self.arrays[m].weights, weights)
            if stage.config.biased:
                kept = [ctx.get(stage.bias.kept.data[j]) for j in range(stage.config.outputs)]
                self._same("bias", kept, memory.layers[m].bias)


def design(seed: int) -> dict[str, Any]:
    """Return the tables of a random network of one or two stages."""
    rng = np.random.default_rng(seed)

    def one(*values: Any) -> Any:
        return values[int(rng.integers(len(values)))]

    loss = one("cross-entropy", "mse")
    sizes = [int(size) for size in rng.integers(2, 6, 2 + seed % 2)]
    layers = [
        {
            "inputs": a,
            "outputs": b,
            "activation": one(*CODES),
            "bias": one(True, True, False),
            "omega": one(0.1, 0.4),
            "adc_full_scale": one(1.0, 4.0),
        }
        for a, b in pairwise(sizes)
    ]
    if loss == "cross-entropy":
        layers[-1]["activation"] = "linear"
    return {
        "run": {"seed": int(rng.integers(1000))},
        "network": {
            "loss": loss,
            "fraction_bits": one(6, 8, 10),
            "bias_fraction_bits": one(0, 5, 12),
            "label_smoothing": one(0.0, 0.1),
        },
        "layer": layers,
        "tile": {
            "digital_bits": one(12, 16),
            "dac": {"bits": one(4, 7)},
            "adc": {"bits": one(6, 9)},
            "update": {
                "bl": one(3, 8, 31),
                "slots": one("built", "used"),
                "phases": one(1, 2),
                "lfsr_sharing": one("side", "line"),
            },
        },
        "device": {"preset": "soft-bounds", "w_max": 0.6},
        "algorithm": {"lr": one(0.05, 0.5), "lr_decay_after": one(0.0, 0.5)},
    }


@pytest.mark.parametrize("seed", range(6))
def test_every_op_leaves_the_bits_of_the_models(seed: int) -> None:
    twins = Twins(case(design(seed), samples=6, depth=1 + seed % 3))
    twins.run(seed)
    found = twins.found
    assert min(found[name] for name in ("z", "x", "d", "gradient", "weight")) > 0


def test_stalls_change_no_bit_and_no_architectural_cycle() -> None:
    one = case(design(1), samples=4, depth=2)
    smooth, halting = Twins(one), Twins(one, stalled=pattern(3, 0.3))
    smooth.run(5)
    halting.run(5)
    assert halting.cycles == smooth.cycles
    assert halting.machine.clock > 1.2 * smooth.machine.clock


def test_back_pressure_lengthens_ops_and_changes_no_bit() -> None:
    one = case(design(3), samples=4, depth=2)
    free, slowed = Twins(one), Twins(one, taking=pattern(4, 0.3))
    free.run(6)
    slowed.run(6)
    assert sum(slowed.cycles) > sum(free.cycles)
    assert all(a >= b for a, b in zip(slowed.cycles, free.cycles, strict=True))


@pytest.mark.parametrize("seed", [1, 5])
def test_vectors_arrive_while_a_stage_runs_another_op(seed: int) -> None:
    """F of the next sample runs below while B above hands its gradient down, then both update."""
    samples, twins = 5, Twins(case(design(seed), samples=5, depth=2))
    groups = [[(0, Op.FORWARD, 0)], [(1, Op.FORWARD, 0)]]
    for k in range(1, samples):
        groups += [[(0, Op.FORWARD, k), (1, Op.BACKWARD, k - 1)]]
        groups += [[(0, Op.BACKWARD, k - 1), (1, Op.UPDATE, k - 1)]]
        groups += [[(0, Op.UPDATE, k - 1), (1, Op.FORWARD, k)]]
    twins.run_together(groups)
    assert min(twins.found[name] for name in ("z", "value", "gradient", "weight")) > 0


@pytest.mark.parametrize("sizes", [(1, 1), (5, 2), (2, 5)])
@pytest.mark.parametrize("bias", [True, False])
def test_ops_take_the_cycles_they_state(sizes: tuple[int, int], bias: bool) -> None:
    inputs, outputs = sizes
    layer = {"inputs": inputs, "outputs": outputs, "bias": bias}
    one = case({"layer": [layer], "tile": {"update": {"bl": 5}}}, samples=1)
    twins, tile = Twins(one), tile_config(one.design, 0)
    twins.run(0)
    assert twins.cycles == [
        inputs + forward_cycles(tile) + outputs + 11,
        outputs + backward_cycles(tile) + inputs + 9,
        max(sizes) + prepare_cycles(tile, Op.UPDATE) + update_cycles(tile) + 2,
    ]
