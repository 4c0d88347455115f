"""When an emulated array holds the machine: as late as it can."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.schedule import Op
from models.tile import TileConfig
from models.timing import (
    backward_cycles,
    digit_cycles,
    forward_cycles,
    phase_offsets,
    update_cycles,
)
from rtl.layout import BL_BITS, OP_BITS, TAG_BITS
from rtl.phase import slot_counts


def shortest_gap(config: TileConfig, slots: int) -> int:
    """Return the fewest cycles between two `go` of an update's phases, or the next op's."""
    return min(
        later - sooner
        for sooner, later in pairwise((*phase_offsets(config, slots), update_cycles(config, slots)))
    )


class Deadline(wiring.Component):
    """Sees a new op, and stalls in the last architectural cycle before its answer is due.

    That is the cycle before the next `go` can be: the op's last, or that of a sign phase. Where one
    cycle is all there is, the op stalls from the clock on in which it is shown.

    Parameters
    ----------
    config
        Cycles.

    Members
    -------
    tag, op, bl
        As at the analog port.
    enable : ``In(1)``
        This clock ends an architectural cycle.
    busies : ``In(1)``
        The array is at work in the next clock; from that of `fresh` on.
    fresh : ``Out(1)``
        The port shows a new op in this clock for the first time.
    stall : ``Out(1)``
        The machine waits. It is a register, but where one cycle is all there is (`at_once`).
    stalls : ``Out(1)``
        The `stall` of the next clock, of which it is a register.
    """

    tag: In(TAG_BITS)
    op: In(OP_BITS)
    bl: In(BL_BITS)
    enable: In(1)
    busies: In(1)
    fresh: Out(1)
    stall: Out(1)
    stalls: Out(1)

    def __init__(self, config: TileConfig) -> None:
        self.config = config
        updates = (shortest_gap(config, slots) for slots in slot_counts(config))
        #: Whether an op can have one cycle alone, so that `stall` cannot be told a clock ahead.
        self.at_once = min(updates) == 1
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        updates = {slots: shortest_gap(config, slots) for slots in slot_counts(config)}
        reads = {
            Op.FORWARD: forward_cycles(config),
            Op.READ: forward_cycles(config),
            Op.BACKWARD: backward_cycles(config),
            Op.PROGRAM: digit_cycles(config),
        }
        longest = max(*updates.values(), *reads.values())
        seen, cycles, held = Signal(), Signal(range(longest + 1)), Signal()
        left, coming = Signal(range(longest + 1)), Signal(range(longest + 1))
        m.d.comb += self.fresh.eq(self.tag[0] ^ seen)
        m.d.sync += seen.eq(self.tag[0])
        with m.Switch(self.op):
            for op, own in reads.items():
                with m.Case(op):
                    m.d.comb += cycles.eq(own)
            with m.Default(), m.Switch(self.bl):
                for slots, own in updates.items():
                    with m.Case(slots):
                        m.d.comb += cycles.eq(own)
        m.d.comb += coming.eq(left)
        with m.If(self.fresh):
            m.d.comb += coming.eq(cycles - 1 - self.enable)
        with m.Elif(self.enable & (left != 0)):
            m.d.comb += coming.eq(left - 1)
        m.d.comb += self.stalls.eq(self.busies & (coming == 0))
        m.d.sync += [left.eq(coming), held.eq(self.stalls)]
        m.d.comb += self.stall.eq(held | (self.fresh & self.at_once))
        return m


def any_stall(m: Module, arrays: Sequence[Any], reset: Value) -> Value:
    """Return whether an array stalls: one register, where all of them tell it a clock ahead.

    Half the machine's flip-flops wait for it. `reset` resets the arrays.
    """
    if not all(getattr(array, "ahead", False) for array in arrays):
        return Cat(array.stall for array in arrays).any()
    found = Signal(name="any_stall")
    m.d.sync += found.eq(Cat(array.stalls for array in arrays).any() & ~reset)
    return found
