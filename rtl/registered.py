"""The accelerator with its control and status registers on AXI4-Lite."""

from typing import Any

from amaranth.hdl import Module, ResetInserter
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from models.csr import ERRORS
from rtl.accelerator import Accelerator, stream_members
from rtl.axi import AxiLiteSignature
from rtl.csr import Csr
from rtl.plan import Plan
from rtl.stage import tile_members


def port_members(plan: Plan) -> dict[str, Any]:
    """Return the analog ports of all stages, and their stalls."""
    tiles = {
        f"tile{m}": Out(wiring.Signature(tile_members(one.config)))
        for m, one in enumerate(plan.stages)
    }
    return tiles | {"stall": In(len(plan.stages))}


class RegisteredAccelerator(wiring.Component):
    """An accelerator that a host governs by registers; after reset it stands still.

    `reset` of the registers resets the accelerator and the counters, but not what else has been
    written; streams drop what is under way. Reset: as of :class:`rtl.csr.Csr`.

    Parameters
    ----------
    plan
        Rule, ways and stages.
    sha256
        That of the design.

    Members
    -------
    axil : ``In(AxiLiteSignature())``
        The registers.
    reset : ``Out(1)``
        The accelerator is being reset, in this clock.
    flags : ``In(len(ERRORS))``
        Errors around it, as of :class:`rtl.csr.Csr`.

    The other members are streams, `stall` and ports of :class:`rtl.accelerator.Accelerator`.
    """

    def __init__(self, plan: Plan, sha256: str) -> None:
        self.plan = plan
        self.accelerator = Accelerator(plan)
        self.csr = Csr([tuple(one.sharing.lanes) for one in plan.stages], sha256)
        super().__init__(
            {
                "axil": In(AxiLiteSignature()),
                "reset": Out(1),
                "flags": In(len(ERRORS)),
                **stream_members(plan),
                **port_members(plan),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        inner, csr = self.accelerator, self.csr
        m.submodules.accelerator = ResetInserter(csr.reset)(inner)
        m.submodules.csr = csr
        connect(m, flipped(self.axil), csr.bus)
        connect(m, csr.control, inner.control)
        m.d.comb += [
            self.reset.eq(csr.reset),
            csr.flags.eq(self.flags),
            csr.enable.eq(~self.stall.any()),
            inner.stall.eq(self.stall),
        ]
        for name in ("tick", "done", "cycle", "clock"):
            m.d.comb += getattr(csr, name).eq(getattr(inner, name))
        for stage, one in enumerate(self.plan.stages):
            for lane in one.sharing.lanes:
                name = f"trace{lane}{stage}"
                connect(m, getattr(inner, name), getattr(csr, name))
            connect(m, getattr(inner, f"tile{stage}"), flipped(getattr(self, f"tile{stage}")))
        for name, member in stream_members(self.plan).items():
            ways = (flipped(getattr(self, name)), getattr(inner, name))
            connect(m, *(ways if member.flow == In else reversed(ways)))
        return m
