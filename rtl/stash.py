"""Memory of vectors between the ops of a sample."""

from amaranth.hdl import Module, Mux, ShapeLike, Signal, Value
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out


def kept_layout(element: ShapeLike, head: ShapeLike | None) -> data.StructLayout:
    """Return what passes: one element, and what its whole vector has in common."""
    fields = {"element": element} if head is None else {"element": element, "head": head}
    return data.StructLayout(fields)


class Stash(wiring.Component):
    """RAM of `depth` vectors: the vector of sample k lies in slot k mod `depth`.

    Vectors are written in the order of their samples, element after element, and each of the
    `readers` reads every vector once in that order, so a counter that wraps is k mod `depth`. No
    flag tells full from empty: rule R6 of docs/contract.md is what keeps a slot until its last
    reader. One write port and one read port: readers take turns.

    Every element offered on `i` is taken at once; the head is that of the vector's last element. In
    the cycle of `start[r]` reader r asks for its next vector, whose first element is offered on `o`
    two cycles later, the others one a cycle. No `start` may come before the last element was taken.
    Reset returns all counters to sample 0.

    Parameters
    ----------
    element
        Shape of an element.
    head
        Shape of what a vector has in common, kept once a vector; None where there is nothing.
    lines
        Elements of a vector.
    depth
        Slots.
    readers
        Ops that read.

    Members
    -------
    i : ``In(stream.Signature(kept_layout(element, head)))``
        Vectors; always ready.
    start : ``In(readers)``
        One-hot: who reads its next vector.
    o : ``Out(stream.Signature(kept_layout(element, head)))``
        The vector that was asked for.
    """

    def __init__(
        self, element: ShapeLike, head: ShapeLike | None, lines: int, depth: int, readers: int
    ) -> None:
        self.headed = head is not None
        self.lines = lines
        self.depth = depth
        self.readers = readers
        kept = kept_layout(element, head)
        super().__init__(
            {
                "i": In(stream.Signature(kept, always_ready=True)),
                "start": In(readers),
                "o": Out(stream.Signature(kept)),
            }
        )

    def _counter(self, name: str) -> tuple[Signal, Signal]:
        """Return a slot and a line."""
        slot = Signal(range(max(self.depth, 2)), name=f"{name}_slot")
        return slot, Signal(range(max(self.lines, 2)), name=f"{name}_line")

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.i.payload.shape()
        m.submodules.elements = elements = memory.Memory(
            shape=shape["element"].shape, depth=self.depth * self.lines, init=[]
        )
        read = elements.read_port()
        slot, whole = self._write(m, elements)
        at, place = self._counter("read")
        for reader in range(self.readers):
            own = Signal(at.shape(), name=f"slot{reader}")
            with m.If(self.start[reader]):
                m.d.sync += [at.eq(own), own.eq(self._next(own))]
        reading, shown, taken = Signal(), Signal(), Signal()
        ends = place == self.lines - 1
        following = Mux(ends, 0, place + 1)
        m.d.comb += [
            taken.eq(self.o.valid & self.o.ready),
            self.o.valid.eq(shown),
            read.addr.eq(at * self.lines + Mux(taken, following, place)),
            self.o.payload.element.eq(read.data),
        ]
        with m.If(self.start.any()):
            m.d.sync += reading.eq(1)
        with m.If(reading):
            m.d.sync += shown.eq(1)
        with m.If(taken):
            m.d.sync += place.eq(following)
            with m.If(ends):
                m.d.sync += [reading.eq(0), shown.eq(0)]
        if self.headed:
            self._heads(m, slot, whole, at)
        return m

    def _write(self, m: Module, elements: memory.Memory) -> tuple[Signal, Signal]:
        """Write what comes in; return its slot, and whether its vector is whole with it."""
        write, whole = elements.write_port(), Signal()
        slot, line = self._counter("write")
        last = line == self.lines - 1
        port = (
            (write.en, self.i.valid),
            (write.addr, slot * self.lines + line),
            (write.data, self.i.payload.element),
        )
        # What makes an element is long: it is written a cycle later, still before it can be read.
        domain = m.d.comb if self.lines == 1 else m.d.sync
        domain += [there.eq(here) for there, here in port]
        m.d.comb += whole.eq(self.i.valid & last)
        with m.If(self.i.valid):
            m.d.sync += line.eq(Mux(last, 0, line + 1))
        with m.If(whole):
            m.d.sync += slot.eq(self._next(slot))
        return slot, whole

    def _next(self, slot: Signal) -> Value:
        return Mux(slot == self.depth - 1, 0, slot + 1)

    def _heads(self, m: Module, slot: Value, write: Value, at: Value) -> None:
        """Keep the head of every vector beside its elements."""
        shape = self.i.payload.shape()
        m.submodules.heads = heads = memory.Memory(
            shape=shape["head"].shape, depth=self.depth, init=[]
        )
        into, out = heads.write_port(), heads.read_port()
        m.d.comb += [
            into.en.eq(write),
            into.addr.eq(slot),
            into.data.eq(self.i.payload.head),
            out.addr.eq(at),
            self.o.payload.head.eq(out.data),
        ]
