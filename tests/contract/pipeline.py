"""Runs a pipeline of schedulers in the simulator, with op lengths and arrivals of a test's own."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from amaranth.hdl import Cat
from amaranth.sim import SimulatorContext

from rtl.pipeline import Pipeline, lanes_of
from tests.rtl.simulator import run

#: No machine of a test takes so long.
MOST_CYCLES = 20000

#: stage, op, sample, start, end
Event = tuple[int, int, int, int, int]


class Operators:
    """Runs every op for its length and keeps the log; `lanes`: the stage of each lane."""

    def __init__(self, lanes: Sequence[int], length: Callable[[int, int, int], int]) -> None:
        self.lanes, self.length = lanes, length
        #: The last cycle of the op that runs in each lane.
        self.last = [-1] * len(lanes)
        self.log: list[Event] = []
        self.faults: list[str] = []
        #: Architectural cycles and clocks until all was done.
        self.cycles = self.clocks = 0

    def begin_all(self, ctx: SimulatorContext, ports: Sequence[Any], starts: int) -> None:
        """Begin what starts in this cycle, one bit a lane."""
        for lane, port in enumerate(ports):
            if starts >> lane & 1:
                self.begin(lane, ctx.get(port.op), ctx.get(port.sample))

    def begin(self, lane: int, op: int, sample: int) -> None:
        cycle, stage = self.cycles, self.lanes[lane]
        if self.last[lane] >= cycle:
            self.faults.append(f"stage {stage} starts {op} in cycle {cycle} while another runs")
        length = self.length(stage, op, sample)
        self.last[lane] = cycle + length - 1
        self.log.append((stage, op, sample, cycle, cycle + length))

    def ends(self) -> int:
        """The lanes whose op is in its last cycle, one bit each."""
        return sum((last == self.cycles) << lane for lane, last in enumerate(self.last))


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
    found = list(lanes_of(dut, dut.chain.sharing))
    ports = [port for _, _, port in found]
    operators = Operators([stage for stage, _, _ in found], length)

    async def bench(ctx: SimulatorContext) -> None:
        starts, ends = Cat(one.start for one in ports), Cat(one.end for one in ports)
        taken = 0
        while not ctx.get(dut.done):
            stop = stalled(operators.clocks)
            ended = taken >= len(arrivals)
            there = not ended and arrivals[taken] <= operators.cycles
            ctx.set(dut.stall, stop)
            ctx.set(dut.i.valid, rng.getrandbits(1) if stop or ended else there)
            ctx.set(dut.i.payload, taken == len(arrivals) - 1)
            operators.begin_all(ctx, ports, ctx.get(starts))
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
