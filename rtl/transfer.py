"""One transfer of a stage: line after line is read of one array and written into another."""

from amaranth.hdl import Array, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from models.number import code_limit
from models.schedule import Op
from rtl.digest import make_digest
from rtl.digital import DigitalConfig
from rtl.layout import SAMPLE_BITS, answer_vector
from rtl.prepare import prepared_layout


class TransferUnit(wiring.Component):
    """Engine of T: a column of W (a line of the array) after the other, as `models.transfer` does.

    In the cycle of `start` it takes the transfer's number and whether the rates have decayed. For
    each of its lines it drives the line's row alone at full scale (READ, `attempt` 1 + transfer),
    digests the codes, and fires the row and the columns' words (TRANSFER, `attempt` 4 transfer +
    sign phase), `sample` being the number of the line; it writes nothing where nothing is wanted.
    `done` is high in the last cycle. The tile's port must be free from `start` to `done`.
    Back-pressure on `line` holds it. Reset is before the first line.

    Parameters
    ----------
    config
        Lines, widths and transfers.

    Members
    -------
    start, which, late : ``In``
        Begin a transfer.
    line : ``Out(stream.Signature(prepared_layout(config.tile)))``
        Ops for the analog port.
    answered, y : ``In(1)``, ``In(answer_vector(config.tile))``
        The codes of a READ are here.
    ended : ``In(1)``
        The write is in its last cycle.
    done : ``Out(1)``
        The transfer ends with this cycle.
    """

    def __init__(self, config: DigitalConfig) -> None:
        self.config = config
        super().__init__(
            {
                "start": In(1),
                "which": In(range(len(config.transfers))),
                "late": In(1),
                "line": Out(stream.Signature(prepared_layout(config.tile))),
                "answered": In(1),
                "y": In(answer_vector(config.tile)),
                "ended": In(1),
                "done": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, transfers = self.config, self.config.transfers
        m.submodules.digest = digest = make_digest(config)
        which, late = Signal(self.which.shape()), Signal()
        left = Signal(range(max(one.columns for one in transfers) + 1))
        lines = Array(Signal(SAMPLE_BITS, name=f"line{t}") for t in range(len(transfers)))
        rows = Array(Signal(range(config.inputs), name=f"row{t}") for t in range(len(transfers)))
        row, offer, read = rows[which], self.line.payload, Signal()
        m.d.comb += [
            digest.y.eq(self.y),
            digest.which.eq(which),
            digest.late.eq(late),
            digest.row.eq(row),
            offer.sample.eq(lines[which]),
            offer.op.eq(Mux(read, Op.READ, Op.TRANSFER)),
            offer.attempt.eq(Mux(read, which + 1, which << 2)),
            offer.drives_x.eq(read),
            offer.reads.eq(read),
            offer.pulses.eq(~read),
            offer.dw.eq(digest.words),
            offer.ds.eq(digest.signs),
            offer.slots.eq(Mux(read, 0, digest.slots)),
        ]
        limit = code_limit(config.tile.tile.dac.bits)
        for line in range(config.inputs):
            with m.If(row == line):
                m.d.comb += offer.x[line].eq(limit)
                m.d.comb += offer.xw[line].eq((1 << digest.slots) - 1)
        with m.FSM():
            with m.State("idle"):
                m.d.sync += [which.eq(self.which), late.eq(self.late)]
                m.d.sync += left.eq(Array(one.columns for one in transfers)[self.which])
                with m.If(self.start):
                    m.next = "read"
            with m.State("read"):
                m.d.comb += [read.eq(1), self.line.valid.eq(1)]
                with m.If(self.line.ready):
                    m.next = "digest"
            with m.State("digest"):
                m.d.comb += digest.load.eq(self.answered)
                with m.If(digest.made):
                    m.next = "write"
            with m.State("write"):
                m.d.comb += self.line.valid.eq(digest.slots != 0)
                with m.If(digest.slots == 0):
                    m.next = "next"
                with m.Elif(self.line.ready):
                    m.next = "wait"
            with m.State("wait"):
                with m.If(self.ended):
                    m.next = "next"
            with m.State("next"):
                m.d.sync += [
                    lines[which].eq(lines[which] + 1),
                    row.eq(Mux(row == config.inputs - 1, 0, row + 1)),
                    left.eq(left - 1),
                ]
                m.next = "read"
                with m.If(left == 1):
                    m.d.comb += self.done.eq(1)
                    m.next = "idle"
        return m
