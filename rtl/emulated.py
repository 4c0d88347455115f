"""The whole machine on an FPGA: the accelerator with emulated arrays at each of its ports."""

from amaranth.hdl import Const, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import Out, connect, flipped

from models.design import Design
from models.error import DesignError
from rtl.accelerator import CYCLE_BITS, Accelerator, stream_members
from rtl.deadline import any_stall
from rtl.emulation import EmulatedTile, emulated_tiles
from rtl.emulator import Emulator
from rtl.layout import drive_members
from rtl.plan import Plan, make_plan
from rtl.trace import TraceSignature


class EmulatedAccelerator(wiring.Component):
    """An accelerator that trains without analog parts: samples and classes in, predictions out.

    Its cycles, outputs and weights are those of the machine that it stands for; only its clocks
    are more, as the arrays stall it (:class:`rtl.emulator.Emulator`).

    Reset begins a run anew but for the weights, which stay as they are; a host can write them.

    Parameters
    ----------
    plan
        Rule, ways and stages.
    tiles
        The arrays of each stage.

    Members
    -------
    stall : ``Out(1)``
        An array holds the machine in this clock.

    The other members are those of :class:`rtl.accelerator.Accelerator` but for the analog ports.
    """

    def __init__(self, plan: Plan, tiles: list[EmulatedTile]) -> None:
        self.plan = plan
        self.accelerator = Accelerator(plan)
        self.emulators = [Emulator(tile) for tile in tiles]
        traces = {f"trace{lane}{m}": Out(TraceSignature()) for m, lane in plan.lanes}
        counters = {"cycle": Out(CYCLE_BITS), "clock": Out(CYCLE_BITS), "done": Out(1)}
        self.members = stream_members(plan) | traces | counters
        super().__init__(self.members | {"stall": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.accelerator = accelerator = self.accelerator
        m.d.comb += self.stall.eq(any_stall(m, self.emulators, Const(0)))
        m.d.comb += accelerator.stall.eq(self.stall)
        for index, emulator in enumerate(self.emulators):
            m.submodules[f"array{index}"] = emulator
            port = getattr(accelerator, f"tile{index}")
            for name in drive_members(emulator.tile.config):
                m.d.comb += getattr(emulator, name).eq(getattr(port, name))
            m.d.comb += [port.y.eq(emulator.y), emulator.enable.eq(~self.stall)]
        for name, member in self.members.items():
            own, inner = getattr(self, name), getattr(accelerator, name)
            if member.is_signature:
                connect(m, inner, flipped(own))
            else:
                m.d.comb += own.eq(inner)
        return m


def emulated_accelerator(design: Design, samples: int) -> EmulatedAccelerator:
    """Return the machine of a design for a run over `samples` samples.

    Raises
    ------
    DesignError
        When the design has a part that is not built, or its arrays cannot be emulated.
    """
    tiles = emulated_tiles(design)
    plan = make_plan(design, samples)
    if len(tiles) != len(plan.stages):
        raise DesignError("tile.rows: the emulated arrays are one a stage")
    return EmulatedAccelerator(plan, tiles)
