"""Runs a pipeline of schedulers in the simulator, with op lengths and arrivals of a test's own."""

import random
from collections.abc import Callable, Sequence

from amaranth.hdl import Cat
from amaranth.sim import SimulatorContext

from rtl.pipeline import Pipeline
from tests.rtl.simulator import run

#: No machine of a test takes so long.
MOST_CYCLES = 20000

#: stage, op, sample, start, end
Event = tuple[int, int, int, int, int]


class Operators:
    """Runs every op for its length and keeps the log."""

    def __init__(self, stages: int, length: Callable[[int, int, int], int]) -> None:
        self.length = length
        #: The last cycle of the op that runs at each stage.
        self.last = [-1] * stages
        self.log: list[Event] = []
        self.faults: list[str] = []
        #: Architectural cycles and clocks until all was done.
        self.cycles = self.clocks = 0

    def begin_all(self, ctx: SimulatorContext, dut: Pipeline, starts: int) -> None:
        """Begin what starts in this cycle, one bit a stage."""
        for stage, port in enumerate(dut.stages):
            if starts >> stage & 1:
                self.begin(stage, ctx.get(port.op), ctx.get(port.sample))

    def begin(self, stage: int, op: int, sample: int) -> None:
        cycle = self.cycles
        if self.last[stage] >= cycle:
            self.faults.append(f"stage {stage} starts {op} in cycle {cycle} while another runs")
        length = self.length(stage, op, sample)
        self.last[stage] = cycle + length - 1
        self.log.append((stage, op, sample, cycle, cycle + length))

    def ends(self) -> int:
        """The stages whose op is in its last cycle, one bit each."""
        return sum((last == self.cycles) << stage for stage, last in enumerate(self.last))


def simulate(
    dut: Pipeline,
    length: Callable[[int, int, int], int],
    arrivals: Sequence[int],
    stalled: Callable[[int], bool],
    rng: random.Random,
) -> Operators:
    """Return the ops that were started until all was done.

    Samples are offered from their arrival on. `end` and the stream are noise in stalled clocks, and
    the stream is noise after the last sample.
    """
    operators = Operators(len(dut.stages), length)

    async def bench(ctx: SimulatorContext) -> None:
        starts, ends = Cat(one.start for one in dut.stages), Cat(one.end for one in dut.stages)
        taken = 0
        while not ctx.get(dut.done):
            stop = stalled(operators.clocks)
            ended = taken >= len(arrivals)
            there = not ended and arrivals[taken] <= operators.cycles
            ctx.set(dut.stall, stop)
            ctx.set(dut.i.valid, rng.getrandbits(1) if stop or ended else there)
            ctx.set(dut.i.payload, taken == len(arrivals) - 1)
            operators.begin_all(ctx, dut, ctx.get(starts))
            ctx.set(ends, rng.getrandbits(len(ends)) if stop else operators.ends())
            taken += ctx.get(dut.i.ready)
            await ctx.tick()
            operators.clocks += 1
            operators.cycles += not stop
            if operators.cycles > MOST_CYCLES:
                operators.faults.append("it does not come to an end")
                break

    run(dut, bench)
    return operators
