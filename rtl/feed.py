"""What comes in: the elements of samples, when there is a slot, and their classes."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out, connect, flipped

from rtl.plan import Plan


class SampleGate(wiring.Component):
    """Lets a sample's elements in while the first stage's stash has a slot for them.

    Elements pass within their cycle. A slot is taken by a sample's first element and given back
    when the sample's update has ended. Reset frees all slots.

    Parameters
    ----------
    plan
        Inputs, widths and slots.

    Members
    -------
    i, o : ``In``, ``Out(stream.Signature(signed(digital_bits)))``
        Elements, sample after sample.
    updated : ``In(1)``
        A sample's update at the first stage has ended.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        digital = stream.Signature(signed(plan.first.digital_bits))
        super().__init__({"i": In(digital), "o": Out(digital), "updated": In(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.plan.first
        place, held = Signal(range(max(config.inputs, 2))), Signal(range(config.x_depth + 1))
        free, moved, first = Signal(), Signal(), Signal()
        m.d.comb += [
            first.eq(place == 0),
            free.eq(~first | (held != config.x_depth)),
            self.o.payload.eq(self.i.payload),
            self.o.valid.eq(self.i.valid & free),
            self.i.ready.eq(self.o.ready & free),
            moved.eq(self.i.valid & self.i.ready),
        ]
        m.d.sync += held.eq(held + (moved & first) - self.updated)
        with m.If(moved):
            m.d.sync += place.eq(Mux(place == config.inputs - 1, 0, place + 1))
        return m


def label_layout(plan: Plan) -> data.StructLayout:
    """Return a sample's class, and whether it is the run's last sample."""
    return data.StructLayout({"label": plan.last.label_bits, "last": 1})


class LabelQueue(wiring.Component):
    """Takes a sample's class to the last stage, and what marks the last sample to the first.

    The two ends are taken at their own times, each in the order of the samples. Reset forgets all.

    Parameters
    ----------
    plan
        Classes, and the samples that can be under way.

    Members
    -------
    i : ``In(stream.Signature(label_layout(plan)))``
        One a sample.
    o_last : ``Out(stream.Signature(1))``
        The marks.
    o_label : ``Out(stream.Signature(label_bits))``
        The classes.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        bits = plan.last.label_bits
        self.marks = SyncFIFOBuffered(width=1, depth=3)
        self.labels = SyncFIFOBuffered(width=bits, depth=plan.most + 2)
        super().__init__(
            {
                "i": In(stream.Signature(label_layout(plan))),
                "o_last": Out(stream.Signature(1)),
                "o_label": Out(stream.Signature(bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.marks = marks = self.marks
        m.submodules.labels = labels = self.labels
        m.d.comb += [
            self.i.ready.eq(marks.w_rdy & labels.w_rdy),
            marks.w_data.eq(self.i.payload.last),
            marks.w_en.eq(self.i.valid & self.i.ready),
            labels.w_data.eq(self.i.payload.label),
            labels.w_en.eq(self.i.valid & self.i.ready),
        ]
        connect(m, marks.r_stream, flipped(self.o_last))
        # A place of its own: who takes the class decides late, and the queue need not wait for it.
        label = self.o_label
        m.d.comb += labels.r_en.eq(~label.valid)
        with m.If(~label.valid):
            m.d.sync += [label.valid.eq(labels.r_rdy), label.payload.eq(labels.r_data)]
        with m.Elif(label.ready):
            m.d.sync += label.valid.eq(0)
        return m
