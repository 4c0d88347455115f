"""The board's end of the host link: frames in, frames out (`models.link`)."""

from typing import Any

from amaranth.hdl import Module, ResetInserter, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from models.csr import ERRORS
from models.link import item_bytes
from rtl.accelerator import stream_members
from rtl.axi import AxiLiteSignature
from rtl.channel import GETS, PUTS, Channels
from rtl.frame import FrameReceiver, FrameSender
from rtl.plan import Plan
from rtl.server import Server
from rtl.uart import BYTE


class Link(wiring.Component):
    """Takes frames with requests, carries each out once, and answers in frames.

    One request is under way at a time: its answer is sent before another frame is looked at. No
    request waits for the accelerator: items that find no room are not taken, and the answer says
    how many were. Reset forgets all requests: the host has to begin with SYNC.

    Parameters
    ----------
    plan
        Streams and widths.
    depth
        Items of the queues between the link and the streams.

    Members
    -------
    i : ``In(stream.Signature(8, always_ready=True))``
        Bytes from the host.
    o : ``Out(stream.Signature(8))``
        Bytes to the host.
    bus : ``Out(AxiLiteSignature())``
        Registers.
    flags : ``Out(len(ERRORS))``
        What goes wrong in this clock, in the order of `models.csr.ERRORS`.
    clear : ``In(1)``
        Empty the queues.

    The other members are the streams of :class:`rtl.accelerator.Accelerator`, from the other side,
    each `stream_` and its name.
    """

    def __init__(self, plan: Plan, depth: int = 64) -> None:
        self.plan = plan
        self.channels = channels = Channels(plan, depth)
        self.server = Server(
            {channel: item_bytes(channels.bits[name]) for channel, name in PUTS.items()},
            {channel: item_bytes(channels.bits[name]) for channel, name in GETS.items()},
            len(channels.item),
            len(channels.shown),
        )
        members: dict[str, Any] = {
            "i": In(stream.Signature(unsigned(8), always_ready=True)),
            "o": Out(BYTE),
            "bus": Out(AxiLiteSignature()),
            "flags": Out(len(ERRORS)),
            "clear": In(1),
        }
        streams = {f"stream_{name}": one.flip() for name, one in stream_members(plan).items()}
        super().__init__(members | streams)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.receiver = receiver = FrameReceiver()
        m.submodules.sender = sender = FrameSender()
        m.submodules.server = server = self.server
        m.submodules.channels = ResetInserter(self.clear)(self.channels)
        channels = self.channels
        connect(m, flipped(self.i), receiver.i)
        connect(m, sender.o, flipped(self.o))
        connect(m, receiver.o, server.i)
        connect(m, server.axil, flipped(self.bus))
        m.d.comb += [
            server.done.eq(receiver.done),
            receiver.start.eq(receiver.done),
            receiver.hold.eq(server.hold),
            sender.write.eq(server.write),
            sender.address.eq(server.address),
            sender.data.eq(server.data),
            sender.start.eq(server.send),
            sender.length.eq(server.length),
            server.sending.eq(sender.busy),
            channels.put_channel.eq(server.channel),
            channels.get_channel.eq(server.channel),
            channels.put.eq(server.put),
            channels.item.eq(server.item),
            channels.get.eq(server.get),
            server.room.eq(channels.room),
            server.wrong.eq(channels.wrong),
            server.there.eq(channels.there),
            server.shown.eq(channels.shown),
        ]
        for name, member in stream_members(self.plan).items():
            ways = (getattr(channels, name), flipped(getattr(self, f"stream_{name}")))
            connect(m, *(ways if member.flow == In else reversed(ways)))
        places = {one.name: one.low for one in ERRORS}
        for name, flag in (
            ("label", channels.label_wrong),
            ("packet", channels.packet_wrong),
            ("check", receiver.wrong),
            ("lost", receiver.lost),
        ):
            m.d.comb += self.flags[places[name]].eq(flag)
        return m
