"""The streams of an accelerator as channels of bytes: queues, items, and what is no item."""

from typing import Any

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from models.link import Get, Put
from rtl.accelerator import stream_members
from rtl.feed import label_layout
from rtl.host_switch import packet_layout
from rtl.plan import Plan

#: The stream of each channel.
PUTS = {Put.ELEMENT: "i", Put.LABEL: "i_label", Put.PACKET: "i_host"}
GETS = {Get.OUTPUT: "o", Get.CLASS: "o_class", Get.REPLY: "o_host"}


def payload_bits(plan: Plan) -> dict[str, int]:
    """Return the bits of each stream's payload."""
    members = stream_members(plan)
    return {
        name: len(Value.cast(Signal(member.signature.members["payload"].shape)))
        for name, member in members.items()
    }


class Channels(wiring.Component):
    """Queues between a link and the streams of an accelerator.

    An item that is `put` is taken if there is room, in that clock; one that is none (a class that
    the last stage does not have, a packet for no stage) is not, and says so by `wrong`. `get`
    takes the item that is shown. Reset empties the queues.

    Parameters
    ----------
    plan
        Streams and widths.
    depth
        Items of a queue.

    Members
    -------
    put_channel, put, item : ``In``
        An item, and for which channel.
    room, wrong : ``Out``
        There is room for it; it is none.
    get_channel, get : ``In``
        Take the item of a channel.
    there, shown : ``Out``
        There is one; which.
    label_wrong, packet_wrong : ``Out``
        An item that is none was put.

    The other members are the streams of the accelerator, from the other side.
    """

    def __init__(self, plan: Plan, depth: int) -> None:
        self.plan, self.depth = plan, depth
        self.bits = payload_bits(plan)
        most_put = max(self.bits[name] for name in PUTS.values())
        most_get = max(self.bits[name] for name in GETS.values())
        members: dict[str, Any] = {
            "put_channel": In(2),
            "put": In(1),
            "item": In(most_put),
            "room": Out(1),
            "wrong": Out(1),
            "get_channel": In(2),
            "get": In(1),
            "there": Out(1),
            "shown": Out(most_get),
            "label_wrong": Out(1),
            "packet_wrong": Out(1),
        }
        streams = {name: member.flip() for name, member in stream_members(plan).items()}
        super().__init__(members | streams)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        for channel, name in PUTS.items():
            queue = SyncFIFOBuffered(width=self.bits[name], depth=self.depth)
            m.submodules[f"queue_{name}"] = queue
            own = getattr(self, name)
            wrong = self._wrong(name, self.item)
            with m.If(self.put_channel == channel):
                m.d.comb += [
                    self.room.eq(queue.w_rdy),
                    self.wrong.eq(wrong),
                    queue.w_en.eq(self.put & ~wrong),
                ]
            # What a RAM gives comes late in its clock: a register is between it and the stages.
            m.d.comb += [queue.w_data.eq(self.item), queue.r_en.eq(~own.valid | own.ready)]
            with m.If(queue.r_en):
                m.d.sync += [Value.cast(own.payload).eq(queue.r_data), own.valid.eq(queue.r_rdy)]
        for source, name in GETS.items():
            queue = SyncFIFOBuffered(width=self.bits[name], depth=self.depth)
            m.submodules[f"queue_{name}"] = queue
            own = getattr(self, name)
            with m.If(self.get_channel == source):
                m.d.comb += [
                    self.there.eq(queue.r_rdy),
                    self.shown.eq(queue.r_data),
                    queue.r_en.eq(self.get),
                ]
            m.d.comb += [
                queue.w_data.eq(own.payload),
                queue.w_en.eq(own.valid),
                own.ready.eq(queue.w_rdy),
            ]
        refused = self.put & self.wrong
        m.d.comb += [
            self.label_wrong.eq(refused & (self.put_channel == Put.LABEL)),
            self.packet_wrong.eq(refused & (self.put_channel == Put.PACKET)),
        ]
        return m

    def _wrong(self, name: str, item: Value) -> Value:
        """Return whether an item is none."""
        if name == "i":
            return Signal()
        if name == "i_label":
            view = data.View(label_layout(self.plan), item[: self.bits[name]])
            return view.label >= self.plan.last.outputs
        view = data.View(packet_layout(self.plan), item[: self.bits[name]])
        return view.stage >= len(self.plan.stages)
