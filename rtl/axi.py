"""AXI4-Lite: the five channels, and what answers on them with one word after another."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.csr import ADDRESS_BITS

DATA_BITS = 32
#: Responses.
OKAY, SLVERR = 0, 2


class AxiLiteSignature(wiring.Signature):
    """AXI4-Lite with words of 32 bits, from the manager's side.

    Signals have the names of the specification (ARM IHI 0022) in small letters.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "awaddr": Out(ADDRESS_BITS),
                "awprot": Out(3),
                "awvalid": Out(1),
                "awready": In(1),
                "wdata": Out(DATA_BITS),
                "wstrb": Out(DATA_BITS // 8),
                "wvalid": Out(1),
                "wready": In(1),
                "bresp": In(2),
                "bvalid": In(1),
                "bready": Out(1),
                "araddr": Out(ADDRESS_BITS),
                "arprot": Out(3),
                "arvalid": Out(1),
                "arready": In(1),
                "rdata": In(DATA_BITS),
                "rresp": In(2),
                "rvalid": In(1),
                "rready": Out(1),
            }
        )


class AxiLiteTarget(wiring.Component):
    """A subordinate that reads and writes one word at a time.

    Address and data of a write are taken in any order and wait for each other; in the clock of
    `write` both are there, and `write_error` is the answer, given from the next clock on. A read is
    asked in the clock of `read`, the one after its address was taken, and answered from the next
    clock on. Reads and writes do not wait for each other; of each, one is under way. Answers stay
    until they are taken. Reset forgets all that is under way.

    Members
    -------
    bus : ``In(AxiLiteSignature())``
        From the manager.
    read, read_address : ``Out``
        A read happens, of which address.
    read_data, read_error : ``In``
        What it gives, in the same clock.
    write, write_address, write_data, write_strobe : ``Out``
        A write happens; which address, what, and which of its bytes.
    write_error : ``In(1)``
        It is refused, in the same clock.
    hold, hold_read : ``In(1)``
        No write, no read happens now.
    """

    bus: In(AxiLiteSignature())
    read: Out(1)
    read_address: Out(ADDRESS_BITS)
    read_data: In(DATA_BITS)
    read_error: In(1)
    write: Out(1)
    write_address: Out(ADDRESS_BITS)
    write_data: Out(DATA_BITS)
    write_strobe: Out(DATA_BITS // 8)
    write_error: In(1)
    hold: In(1)
    hold_read: In(1)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bus = self.bus
        addressed, given, asked = Signal(), Signal(), Signal()
        m.d.comb += [
            bus.awready.eq(~addressed),
            bus.wready.eq(~given),
            bus.arready.eq(~asked),
            self.write.eq(addressed & given & ~bus.bvalid & ~self.hold),
            self.read.eq(asked & ~bus.rvalid & ~self.hold_read),
        ]
        with m.If(bus.awvalid & bus.awready):
            m.d.sync += [addressed.eq(1), self.write_address.eq(bus.awaddr)]
        with m.If(bus.wvalid & bus.wready):
            m.d.sync += [given.eq(1), self.write_data.eq(bus.wdata)]
            m.d.sync += self.write_strobe.eq(bus.wstrb)
        with m.If(bus.bready):
            m.d.sync += bus.bvalid.eq(0)
        with m.If(self.write):
            m.d.sync += [addressed.eq(0), given.eq(0), bus.bvalid.eq(1)]
            m.d.sync += bus.bresp.eq(SLVERR * self.write_error)
        with m.If(bus.arvalid & bus.arready):
            m.d.sync += [asked.eq(1), self.read_address.eq(bus.araddr)]
        with m.If(bus.rready):
            m.d.sync += bus.rvalid.eq(0)
        with m.If(self.read):
            m.d.sync += [asked.eq(0), bus.rvalid.eq(1), bus.rdata.eq(self.read_data)]
            m.d.sync += bus.rresp.eq(SLVERR * self.read_error)
        return m
