"""How a host writes and reads a tile's weights between the ops of its stage."""

from amaranth.hdl import Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from models.schedule import Op
from rtl.digital import DigitalConfig
from rtl.layout import ATTEMPT_BITS, OP_BITS


def host_layout(config: DigitalConfig) -> data.StructLayout:
    """Return one word of a packet to a tile.

    Every word of a packet repeats `op`, `row` and `number`. PROGRAM has a word for each column with
    its digit in `code`, READ has one; the last is marked.
    """
    return data.StructLayout(
        {
            "op": unsigned(OP_BITS),
            "row": unsigned(bits_for(max(config.inputs - 1, 1))),
            "number": unsigned(ATTEMPT_BITS),
            "code": signed(config.tile.tile.dac.bits),
            "last": 1,
        }
    )


def answer_layout(config: DigitalConfig) -> data.StructLayout:
    """Return one ADC code of a row that was read, and whether it is the row's last."""
    return data.StructLayout({"code": signed(config.tile.tile.adc.bits), "last": 1})


def asked_layout(config: DigitalConfig) -> data.StructLayout:
    """Return one op of a host for the tile, but for the digits."""
    fields = {"op": OP_BITS, "number": ATTEMPT_BITS, "row": config.inputs}
    return data.StructLayout({name: unsigned(bits) for name, bits in fields.items()})


class HostAccess(wiring.Component):
    """Takes packets of a host while the stage is `free`, and holds its tile until they are done.

    A packet of PROGRAM writes one digit of one row. One of READ drives its row with the largest
    code and answers with a packet of the columns' codes. `number` says which digit, and of several
    arrays which one (`models.programming`); a READ has it as its place in the keys of noise too. A
    packet that has begun keeps the stage from its ops until its last
    word, and the answer's, was taken. Digits and codes pass by the stage's own registers for
    vectors, which rest meanwhile. Reset drops packet and answer.

    Parameters
    ----------
    config
        Lines and widths.

    Members
    -------
    i : ``In(stream.Signature(host_layout(config)))``
        Packets.
    o : ``Out(stream.Signature(answer_layout(config)))``
        Answers.
    free : ``In(1)``
        No op runs or starts.
    begins : ``Out(1)``
        A packet begins: digits come from the next clock on.
    busy : ``Out(1)``
        The tile is held.
    digits : ``Out(stream.Signature(signed(dac_bits), always_ready=True))``
        What the columns drive, line 0 first.
    command : ``Out(stream.Signature(asked_layout(config)))``
        Ops for the tile; `row` has the bit of the row that is driven, 0 while the tile is free.
    codes : ``In(stream.Signature(signed(adc_bits)))``
        The tile's answer to a READ.
    """

    def __init__(self, config: DigitalConfig) -> None:
        self.config = config
        tile = config.tile.tile
        super().__init__(
            {
                "i": In(stream.Signature(host_layout(config))),
                "o": Out(stream.Signature(answer_layout(config))),
                "free": In(1),
                "begins": Out(1),
                "busy": Out(1),
                "digits": Out(stream.Signature(signed(tile.dac.bits), always_ready=True)),
                "command": Out(stream.Signature(asked_layout(config))),
                "codes": In(stream.Signature(signed(tile.adc.bits))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        word, left = Signal(self.i.payload.shape()), Signal(range(self.config.outputs + 1))
        command = self.command.payload
        m.d.sync += command.row.eq(Mux(self.busy, 1 << word.row, 0))
        m.d.comb += [
            command.op.eq(word.op),
            command.number.eq(word.number),
            self.digits.payload.eq(self.i.payload.code),
            self.o.valid.eq(self.codes.valid),
            self.o.payload.code.eq(self.codes.payload),
            self.o.payload.last.eq(left == 1),
            self.codes.ready.eq(self.o.ready),
        ]
        self._steps(m, word, left)
        return m

    def _steps(self, m: Module, word: data.View, left: Signal) -> None:
        """Take a packet, hand it over, and send its answer."""
        with m.FSM():
            with m.State("free"):
                m.d.comb += self.begins.eq(self.free & self.i.valid)
                with m.If(self.begins):
                    m.d.sync += self.busy.eq(1)
                    m.next = "take"
            with m.State("take"):
                m.d.comb += [self.i.ready.eq(1), self.digits.valid.eq(self.i.valid)]
                with m.If(self.i.valid):
                    m.d.sync += word.eq(self.i.payload)
                    with m.If(self.i.payload.last):
                        m.next = "choose"
            with m.State("choose"):  # the row, from its number
                m.next = "go"
            with m.State("go"):
                m.d.comb += self.command.valid.eq(1)
                m.d.sync += left.eq(self.config.outputs)
                with m.If(self.command.ready):
                    with m.If(word.op == Op.READ):
                        m.next = "answer"
                    with m.Else():
                        m.d.sync += self.busy.eq(0)
                        m.next = "free"
            with m.State("answer"):
                with m.If(self.o.valid & self.o.ready):
                    m.d.sync += left.eq(left - 1)
                    with m.If(left == 1):
                        m.d.sync += self.busy.eq(0)
                        m.next = "free"
