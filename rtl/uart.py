"""Bytes on a wire: start bit, eight bits with the lowest first, stop bit."""

from amaranth.hdl import Cat, Const, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

BYTE = stream.Signature(unsigned(8))
#: Start bit, byte, stop bit.
FRAME_BITS = 10


def heard_divisor(divisor: int) -> int:
    """Return the clocks of a bit, where they are enough to find its middle.

    Raises
    ------
    ValueError
        When they are fewer than 4.
    """
    if divisor < 4:
        raise ValueError(f"The divisor must be at least 4, not {divisor}")
    return divisor


class UartSender(wiring.Component):
    """Sends bytes, each bit for `divisor` clocks; the wire is high at rest.

    A byte is taken at rest, and so every 10 `divisor` clocks at most. Reset ends what is sent.

    Parameters
    ----------
    divisor
        Clocks of a bit, at least 1.

    Members
    -------
    i : ``In(stream.Signature(8))``
        Bytes.
    tx : ``Out(1)``
        The wire.
    """

    i: In(BYTE)
    tx: Out(1, init=1)

    def __init__(self, divisor: int) -> None:
        self.divisor = divisor
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        #: What is still to be sent, the wire's bit the lowest; 0 at rest.
        word, left = Signal(FRAME_BITS), Signal(range(max(self.divisor, 2)))
        m.d.comb += [self.i.ready.eq(word == 0), self.tx.eq(word[0] | (word == 0))]
        with m.If(self.i.ready):
            with m.If(self.i.valid):
                m.d.sync += [word.eq(Cat(Const(0, 1), self.i.payload, Const(1, 1)))]
                m.d.sync += left.eq(self.divisor - 1)
        with m.Elif(left == 0):
            m.d.sync += [word.eq(word >> 1), left.eq(self.divisor - 1)]
        with m.Else():
            m.d.sync += left.eq(left - 1)
        return m


class UartReceiver(wiring.Component):
    """Takes bytes from a wire; each is looked at in the middle of its bits.

    A byte is given for one clock, in the middle of its stop bit. The clocks of both ends may differ
    by 3 % where a bit has 16 clocks or more. There is no back-pressure. Reset forgets the byte that
    comes.

    Parameters
    ----------
    divisor
        Clocks of a bit, at least 4.

    Members
    -------
    rx : ``In(1)``
        The wire, of any clock.
    o : ``Out(stream.Signature(8, always_ready=True))``
        Bytes.
    wrong : ``Out(1)``
        A byte without its stop bit has come and is not given.
    """

    rx: In(1, init=1)
    o: Out(stream.Signature(unsigned(8), always_ready=True))
    wrong: Out(1)

    def __init__(self, divisor: int) -> None:
        self.divisor = heard_divisor(divisor)
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        wire = Signal(init=1)
        m.submodules.synchronizer = FFSynchronizer(self.rx, wire, init=1)
        left, bits = Signal(range(self.divisor)), Signal(range(FRAME_BITS))
        word, looking = Signal(8), Signal()
        m.d.comb += looking.eq(left == 0)
        m.d.comb += self.o.payload.eq(word)
        with m.FSM():
            with m.State("REST"):
                m.d.sync += [left.eq((self.divisor - 1) // 2), bits.eq(0)]
                with m.If(~wire):
                    m.next = "BYTE"
            with m.State("BYTE"):
                m.d.sync += left.eq(left - 1)
                with m.If(looking):
                    m.d.sync += [left.eq(self.divisor - 1), bits.eq(bits + 1)]
                    with m.If((bits == 0) & wire):  # no start bit, but a spike
                        m.next = "REST"
                    with m.Elif(bits == FRAME_BITS - 1):
                        m.d.comb += [self.o.valid.eq(wire), self.wrong.eq(~wire)]
                        m.next = "END"
                    with m.Else():
                        m.d.sync += word.eq(Cat(word[1:], wire))
            with m.State("END"):
                with m.If(wire):
                    m.next = "REST"
        return m
