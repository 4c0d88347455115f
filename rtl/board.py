"""The whole machine on a board: a wire to the host, registers, accelerator, arrays."""

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Module, ResetInserter
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from models.csr import ERRORS
from rtl.accelerator import stream_members
from rtl.deadline import any_stall
from rtl.layout import drive_members
from rtl.link import Link
from rtl.plan import Plan
from rtl.registered import RegisteredAccelerator
from rtl.uart import BYTE, UartReceiver, UartSender


class Core(wiring.Component):
    """All of a board but its wire: bytes in, bytes out.

    Parameters
    ----------
    plan, sha256, arrays
        As of :class:`Board`.

    Members
    -------
    i : ``In(stream.Signature(8, always_ready=True))``
        Bytes from the host.
    o : ``Out(stream.Signature(8))``
        Bytes to the host.
    wrong : ``In(1)``
        A byte came without its stop bit.
    """

    def __init__(self, plan: Plan, sha256: str, arrays: Sequence[Any]) -> None:
        if len(arrays) != len(plan.stages):
            raise ValueError(f"{len(plan.stages)} stages have no {len(arrays)} arrays")
        self.plan, self.arrays = plan, tuple(arrays)
        self.registered = RegisteredAccelerator(plan, sha256)
        self.link = Link(plan)
        super().__init__({"i": self.link.signature.members["i"], "o": Out(BYTE), "wrong": In(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.link = link = self.link
        m.submodules.registered = inner = self.registered
        connect(m, flipped(self.i), link.i)
        connect(m, link.o, flipped(self.o))
        connect(m, link.bus, inner.axil)
        frame = next(one.low for one in ERRORS if one.name == "frame")
        stall = any_stall(m, self.arrays, inner.reset)
        m.d.comb += [
            inner.flags.eq(link.flags | self.wrong << frame),
            link.clear.eq(inner.reset),
            inner.stall.eq(stall),
        ]
        for name, member in stream_members(self.plan).items():
            ways = (getattr(link, f"stream_{name}"), getattr(inner, name))
            connect(m, *(ways if member.flow == In else reversed(ways)))
        for index, (array, stage) in enumerate(zip(self.arrays, self.plan.stages, strict=True)):
            m.submodules[f"array{index}"] = ResetInserter(inner.reset)(array)
            port = getattr(inner, f"tile{index}")
            for name in drive_members(stage.config.tile):
                m.d.comb += getattr(array, name).eq(getattr(port, name))
            m.d.comb += [port.y.eq(array.y), array.enable.eq(~stall)]
        return m


class Board(wiring.Component):
    """An accelerator with its arrays, governed over a serial line of 8 bits, no parity, one stop.

    A host sends samples, weights and settings, and gets predictions, counters and weights, by the
    requests of `models.link`. Reset: halted, as of :class:`rtl.csr.Csr`; the weights are those that
    the arrays have then.

    Parameters
    ----------
    plan
        Rule, ways and stages.
    sha256
        That of the design.
    arrays
        The array of each stage: a component with the members of `rtl.layout.analog_members` from
        the other side, and `enable` : ``In(1)``, high in clocks in which no array stalls. It is
        reset with the accelerator, and keeps its weights then.
    divisor
        Clocks of a bit on the wire, at least 4.

    Members
    -------
    rx : ``In(1)``
        The wire from the host; of any clock.
    tx : ``Out(1)``
        The wire to the host.
    """

    rx: In(1, init=1)
    tx: Out(1, init=1)

    def __init__(self, plan: Plan, sha256: str, arrays: Sequence[Any], divisor: int) -> None:
        self.core = Core(plan, sha256, arrays)
        self.divisor = divisor
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.core = core = self.core
        m.submodules.receiver = receiver = UartReceiver(self.divisor)
        m.submodules.sender = sender = UartSender(self.divisor)
        connect(m, receiver.o, core.i)
        connect(m, core.o, sender.i)
        m.d.comb += [
            receiver.rx.eq(self.rx),
            self.tx.eq(sender.tx),
            core.wrong.eq(receiver.wrong),
        ]
        return m
