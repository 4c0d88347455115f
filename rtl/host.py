"""How a host writes and reads a tile's weights between the ops of its stage."""

from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from models.number import code_limit
from models.schedule import Op
from models.seed import COLUMNS
from rtl.digital import DigitalConfig
from rtl.layout import ATTEMPT_BITS, OP_BITS, command_layout, result_layout
from rtl.vector import VectorLoader, VectorSender


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


class HostAccess(wiring.Component):
    """Takes packets of a host while the stage is `free`, and holds its tile until they are done.

    A packet of PROGRAM writes digit `number` of one row (`models.programming`). One of READ drives
    its row with the largest code and answers with a packet of the columns' codes; `number` is its
    place in the keys of noise. A packet that has begun keeps the stage from its ops until its last
    word, and the answer's, was taken. Reset drops both.

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
    busy : ``Out(1)``
        The tile is held.
    command : ``Out(stream.Signature(command_layout(config.tile)))``
        Ops for the tile.
    result : ``In(result_layout(config.tile))``, with `answered` : ``In(1)``
        The tile's answer to a READ, in the cycle of `answered`.
    """

    def __init__(self, config: DigitalConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(host_layout(config))),
                "o": Out(stream.Signature(answer_layout(config))),
                "free": In(1),
                "busy": Out(1),
                "command": Out(stream.Signature(command_layout(config.tile))),
                "result": In(result_layout(config.tile)),
                "answered": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, command = self.config, self.command.payload
        m.submodules.digits = digits = VectorLoader(config, COLUMNS)
        m.submodules.sender = sender = VectorSender(config)
        word, left = Signal(self.i.payload.shape()), Signal(range(config.outputs + 1))
        limit = code_limit(config.tile.tile.dac.bits)
        with m.Switch(word.row):
            for row in range(config.inputs):
                with m.Case(row):
                    m.d.comb += command.x[row].eq(limit)
        m.d.comb += [
            command.op.eq(word.op),
            command.sample.eq(word.number),
            command.gain.eq(word.number),
            command.d.eq(digits.vector),
            digits.i.payload.code.eq(self.i.payload.code),
            sender.y.eq(self.result.y),
            sender.lines.eq(config.outputs),
            sender.load.eq(self.answered & self.busy),
            self.o.valid.eq(sender.o.valid),
            self.o.payload.code.eq(sender.o.payload.code),
            self.o.payload.last.eq(left == 1),
            sender.o.ready.eq(self.o.ready),
        ]
        self._steps(m, digits, word, left)
        return m

    def _steps(self, m: Module, digits: VectorLoader, word: data.View, left: Signal) -> None:
        """Take a packet, hand it over, and send its answer."""
        with m.FSM():
            with m.State("free"):
                m.d.comb += digits.clear.eq(1)
                with m.If(self.free & self.i.valid):
                    m.d.sync += self.busy.eq(1)
                    m.next = "take"
            with m.State("take"):
                m.d.comb += [self.i.ready.eq(1), digits.i.valid.eq(self.i.valid)]
                with m.If(self.i.valid):
                    m.d.sync += word.eq(self.i.payload)
                    with m.If(self.i.payload.last):
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
