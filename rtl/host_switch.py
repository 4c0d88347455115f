"""One stream of a host for all tiles."""

from amaranth.hdl import Module, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.host import answer_layout, host_layout
from rtl.plan import Plan


def packet_layout(plan: Plan) -> data.StructLayout:
    """Return one word of a packet: its stage, and what `rtl.host.host_layout` says.

    Every field is as wide as the widest stage needs.
    """
    stages = [host_layout(one.config) for one in plan.stages]
    fields = {
        name: unsigned(max(len_of(one, name) for one in stages))
        for name in ("op", "row", "number", "last")
    }
    code = signed(max(len_of(one, "code") for one in stages))
    number = unsigned(max(1, (len(stages) - 1).bit_length()))
    return data.StructLayout({"stage": number, **fields, "code": code})


def reply_layout(plan: Plan) -> data.StructLayout:
    """Return one word of an answer, as wide as the widest stage needs."""
    stages = [answer_layout(one.config) for one in plan.stages]
    return data.StructLayout(
        {"code": signed(max(len_of(one, "code") for one in stages)), "last": 1}
    )


def len_of(layout: data.StructLayout, name: str) -> int:
    """Return the bits of a field."""
    return int(layout[name].width)


class HostSwitch(wiring.Component):
    """Gives each packet to its stage, and the stages' answers back in one stream.

    All words of a packet name the same stage. No more than one READ is under way: the next packet
    is for a host that has its answer. There is no register.

    Parameters
    ----------
    plan
        Stages and widths.

    Members
    -------
    i, o : ``In(stream.Signature(packet_layout(plan)))``, ``Out`` of ``reply_layout(plan)``
        The host's side.
    i0, o0, i1, o1, ...
        The stages' sides, `rtl.host.host_layout` and `rtl.host.answer_layout` of each.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        members = {
            "i": In(stream.Signature(packet_layout(plan))),
            "o": Out(stream.Signature(reply_layout(plan))),
        }
        for m, one in enumerate(plan.stages):
            members[f"i{m}"] = Out(stream.Signature(host_layout(one.config)))
            members[f"o{m}"] = In(stream.Signature(answer_layout(one.config)))
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        for number, one in enumerate(self.plan.stages):
            way, back = getattr(self, f"i{number}"), getattr(self, f"o{number}")
            for name, _ in host_layout(one.config):
                m.d.comb += way.payload[name].eq(self.i.payload[name])
            with m.If(self.i.payload.stage == number):
                m.d.comb += [way.valid.eq(self.i.valid), self.i.ready.eq(way.ready)]
            m.d.comb += back.ready.eq(self.o.ready)
            with m.If(back.valid):
                m.d.comb += self.o.valid.eq(1)
                m.d.comb += [
                    self.o.payload.code.eq(back.payload.code),
                    self.o.payload.last.eq(back.payload.last),
                ]
        return m
