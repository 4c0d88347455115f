"""Frames of the host link in and out, a byte a clock (`models.frame`)."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from models.crc import CRC_BITS, FINAL, INITIAL, residue
from models.frame import CHECK_BYTES, ESCAPE, FLAG, MOST_CONTENT, TURNED
from rtl.crc import crc_next
from rtl.uart import BYTE

#: Bytes of a buffer: a content with its check sum.
DEPTH = MOST_CONTENT + CHECK_BYTES


class FrameReceiver(wiring.Component):
    """Takes bytes, keeps the content of a frame, and checks it.

    In the clock of `done` a whole frame is there: `length` bytes, which `o` gives from the next
    clock on, one after another from the first, at the reader's pace, once `start` was given. While
    `hold` is high no frame begins, so the content stays; one whose flag has come and whose first
    byte has not still can. There is no back-pressure. Reset forgets everything.

    Members
    -------
    i : ``In(stream.Signature(8, always_ready=True))``
        Bytes of the link.
    hold : ``In(1)``
        Keep the content; frames that come meanwhile are dropped.
    done : ``Out(1)``
        A frame has come.
    wrong : ``Out(1)``
        One has come that is not whole.
    lost : ``Out(1)``
        One has begun that is dropped.
    length : ``Out(range(253))``
        Bytes of the content.
    start : ``In(1)``
        Give the content from its first byte on.
    o : ``Out(stream.Signature(8))``
        Its bytes.
    """

    i: In(stream.Signature(unsigned(8), always_ready=True))
    hold: In(1)
    done: Out(1)
    wrong: Out(1)
    lost: Out(1)
    length: Out(range(MOST_CONTENT + 1))
    start: In(1)
    o: Out(BYTE)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.kept = kept = memory.Memory(shape=unsigned(8), depth=DEPTH, init=[])
        write, byte = kept.write_port(), self.i.payload
        fresh, live, escaped, large = Signal(), Signal(), Signal(), Signal()
        check = Signal(CRC_BITS, init=INITIAL)
        count = Signal(range(DEPTH + 1))
        plain, within, whole = Signal(8), Signal(), Signal()
        m.d.comb += [
            plain.eq(Mux(escaped, byte ^ TURNED, byte)),
            write.addr.eq(count),
            write.data.eq(plain),
            within.eq(Mux(fresh, ~self.hold, live)),
            whole.eq((check == residue()) & (count > CHECK_BYTES) & ~escaped & ~large),
        ]
        with m.If(self.i.valid & (byte == FLAG)):
            m.d.comb += [self.done.eq(live & whole), self.wrong.eq(live & ~whole)]
            m.d.sync += [fresh.eq(1), live.eq(0), escaped.eq(0), large.eq(0)]
            m.d.sync += [check.eq(INITIAL), count.eq(0)]
            with m.If(self.done):
                m.d.sync += self.length.eq(count - CHECK_BYTES)
        with m.Elif(self.i.valid):
            m.d.comb += self.lost.eq(fresh & self.hold)
            m.d.sync += [fresh.eq(0), live.eq(within), escaped.eq(byte == ESCAPE)]
            with m.If(within & (byte != ESCAPE)):
                m.d.comb += write.en.eq(count != DEPTH)
                m.d.sync += check.eq(crc_next(check, plain))
                m.d.sync += count.eq(count + write.en)
                with m.If(count == DEPTH):
                    m.d.sync += large.eq(1)
        self._give(m, kept)
        return m

    def _give(self, m: Module, kept: memory.Memory) -> None:
        """Give the content."""
        read, place, there = kept.read_port(), Signal(range(DEPTH + 1)), Signal()
        following = Signal.like(place)
        taken = self.o.valid & self.o.ready
        m.d.comb += [
            following.eq(Mux(self.start, 0, place + taken)),
            read.addr.eq(following),
            self.o.payload.eq(read.data),
            self.o.valid.eq(there & (place < self.length)),
        ]
        m.d.sync += place.eq(following)
        with m.If(self.start):
            m.d.sync += there.eq(1)
        with m.Elif(self.done):
            m.d.sync += there.eq(0)


class FrameSender(wiring.Component):
    """Sends a content, which was written before, as a frame.

    `start` begins with flag, content and check sum; the same content can be sent again. Reset ends
    what is sent; the content stays.

    Members
    -------
    write, address, data : ``In``
        Write a byte of the content, at rest.
    start : ``In(1)``, with `length` : ``In(range(253))``
        Send so many bytes; `length` stays until `busy` falls.
    busy : ``Out(1)``
        A frame is being sent.
    o : ``Out(stream.Signature(8))``
        Bytes of the link.
    """

    write: In(1)
    address: In(range(MOST_CONTENT))
    data: In(8)
    start: In(1)
    length: In(range(MOST_CONTENT + 1))
    busy: Out(1)
    o: Out(BYTE)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.kept = kept = memory.Memory(shape=unsigned(8), depth=MOST_CONTENT, init=[])
        port, read = kept.write_port(), kept.read_port()
        m.d.comb += [
            port.en.eq(self.write),
            port.addr.eq(self.address),
            port.data.eq(self.data),
        ]
        check, place = Signal(CRC_BITS), Signal(range(DEPTH + 1))
        byte, escaped, special = Signal(8), Signal(), Signal()
        tail = Signal(CRC_BITS)
        taken = self.o.valid & self.o.ready
        content = place < self.length
        fetched = Mux(content, read.data, tail[:8])
        m.d.comb += read.addr.eq(place)
        with m.FSM() as states:
            m.d.comb += self.busy.eq(~states.ongoing("REST"))
            with m.State("REST"):
                m.d.sync += [place.eq(0), check.eq(INITIAL), escaped.eq(0)]
                with m.If(self.start):
                    m.next = "BEGIN"
            with m.State("BEGIN"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.eq(FLAG)]
                with m.If(taken):
                    m.next = "LOOK"
            with m.State("LOOK"):
                m.d.sync += byte.eq(fetched)
                m.d.sync += special.eq((fetched == FLAG) | (fetched == ESCAPE))
                m.next = "BYTE"
            with m.State("BYTE"):
                stuffed = special & ~escaped
                m.d.comb += self.o.valid.eq(1)
                m.d.comb += self.o.payload.eq(
                    Mux(stuffed, ESCAPE, Mux(escaped, byte ^ TURNED, byte))
                )
                with m.If(taken):
                    m.d.sync += escaped.eq(stuffed)
                    with m.If(~stuffed):
                        m.d.sync += place.eq(place + 1)
                        m.d.sync += check.eq(crc_next(check, byte))
                        with m.If(~content):
                            m.d.sync += tail.eq(tail >> 8)
                        m.next = "FETCH"
            with m.State("FETCH"):
                with m.If(place == self.length):
                    m.d.sync += tail.eq(check ^ FINAL)
                with m.If(place == self.length + CHECK_BYTES):
                    m.next = "END"
                with m.Else():
                    m.next = "LOOK"
            with m.State("END"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.eq(FLAG)]
                with m.If(taken):
                    m.next = "REST"
        return m
