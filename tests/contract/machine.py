"""Stages of a network in the Amaranth simulator, driven op by op, with arrays at their ports."""

from collections.abc import Callable, Coroutine, Sequence
from itertools import pairwise
from typing import Any

from amaranth.hdl import EnableInserter, Module, Signal
from amaranth.lib.wiring import connect
from amaranth.sim import Simulator, SimulatorContext

from models.schedule import Op
from rtl.cosim.array import Array
from rtl.cosim.served import ServedPort
from rtl.datapath import StageDatapath
from rtl.digital import DigitalConfig

Pattern = Callable[[int], bool]
#: Stage, op, sample and class.
Started = tuple[int, Op, int, int]
Bench = Callable[["Machine", SimulatorContext], Coroutine[Any, Any, None]]

#: No op of a small network takes as long.
MOST_CYCLES = 5000


def never(clock: int) -> bool:
    return False


def always(cycle: int) -> bool:
    return True


class Machine:
    """A chain of stages; F's outputs and B's gradients go straight to the neighbours.

    Parameters
    ----------
    configs
        The stages, first to last.
    arrays
        What answers at the port of each.
    stalled
        Whether all clocks stand still in a wall clock.
    taking
        Whether the outer ends take what leaves in an architectural cycle.
    """

    def __init__(
        self,
        configs: Sequence[DigitalConfig],
        arrays: Sequence[Array],
        stalled: Pattern = never,
        taking: Pattern = always,
    ) -> None:
        self.stalled, self.taking = stalled, taking
        self.enable = Signal()
        self.clock = self.cycle = 0
        self.stages = [StageDatapath(config) for config in configs]
        self.arrays = arrays
        self.shown: list[dict[str, int]] = [{} for _ in configs]
        self.left: dict[str, list[int]] = {}
        self._inputs: list[int] = []
        self.ports = [
            ServedPort(stage, stage.config.tile, array)
            for stage, array in zip(self.stages, arrays, strict=True)
        ]

    def run(self, bench: Bench) -> None:
        """Run a bench to its end."""
        m = Module()
        m.submodules += self.stages
        for below, above in pairwise(self.stages):
            connect(m, below.o_value, above.i_value)
            connect(m, above.o_gradient, below.i_gradient)
        simulator = Simulator(EnableInserter(self.enable)(m))
        simulator.add_clock(1e-8)

        async def testbench(ctx: SimulatorContext) -> None:
            await bench(self, ctx)

        simulator.add_testbench(testbench)
        simulator.run()

    def _respond(self, ctx: SimulatorContext) -> None:
        """Answer at every port that shows a new op."""
        for m, port in enumerate(self.ports):
            port.serve(ctx)
            self.shown[m] = port.shown

    async def _tick(self, ctx: SimulatorContext) -> list[bool]:
        """Pass one cycle: inputs go in, what leaves is recorded; return every stage's `done`."""
        first, last = self.stages[0], self.stages[-1]
        self._respond(ctx)
        taking = self.taking(self.cycle)
        ctx.set(first.o_gradient.ready, taking)
        ctx.set(last.o_value.ready, taking)
        ctx.set(first.i_value.valid, bool(self._inputs))
        ctx.set(first.i_value.payload, self._inputs[0] if self._inputs else 0)
        ways: list[tuple[str, Any]] = [("logits", last.o_value), ("inputs", first.o_gradient)]
        ways += [(f"value{m}", stage.o_value) for m, stage in enumerate(self.stages[:-1])]
        ways += [(f"gradient{m}", stage.o_gradient) for m, stage in enumerate(self.stages) if m]
        seen = [(name, ctx.get(way.payload)) for name, way in ways if ctx.get(way.valid)]
        readies = {name: ctx.get(way.ready) for name, way in ways}
        if self._inputs and ctx.get(first.i_value.ready):
            self._inputs.pop(0)
        for name, value in seen:
            if readies[name]:
                self.left.setdefault(name, []).append(value)
        done = [bool(ctx.get(stage.done)) for stage in self.stages]
        await self._clock(ctx)
        return done

    async def _clock(self, ctx: SimulatorContext) -> None:
        """Pass one architectural cycle, and the stalls before it."""
        while self.stalled(self.clock):
            ctx.set(self.enable, 0)
            await ctx.tick()
            self.clock += 1
        ctx.set(self.enable, 1)
        await ctx.tick()
        self.clock += 1
        self.cycle += 1

    async def settle(self, ctx: SimulatorContext) -> int:
        """Pass cycles until every vector is in its stash; return their number."""
        cycles = 0
        while self._inputs or any(ctx.get(stage.busy) for stage in self.stages):
            await self._tick(ctx)
            cycles += 1
            assert cycles < MOST_CYCLES
        return cycles

    async def give(self, ctx: SimulatorContext, elements: Sequence[int]) -> None:
        """Let a digital vector arrive at the first stage."""
        self._inputs = list(elements)
        await self.settle(ctx)

    async def together(self, ctx: SimulatorContext, ops: Sequence[Started]) -> list[int]:
        """Execute ops of different stages at once; return the cycles of each.

        They count from its acceptance to its `done`. What left any stage meanwhile is in `left`.
        """
        self.left = {}
        for m, op, sample, label in ops:
            stage = self.stages[m]
            ctx.set(stage.i.payload, {"op": op, "sample": sample, "label": label})
            ctx.set(stage.i.valid, 1)
            assert ctx.get(stage.i.ready)
        ended: dict[int, int] = {}
        cycles = 0
        while len(ended) < len(ops):
            done = await self._tick(ctx)
            cycles += 1
            for m, *_ in ops:
                ctx.set(self.stages[m].i.valid, 0)
                if done[m]:
                    ended[m] = cycles
            assert cycles < MOST_CYCLES, f"not all of {ops} end"
        await self.settle(ctx)
        return [ended[m] for m, *_ in ops]
