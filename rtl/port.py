"""The analog port: drives one op after the other and keeps its cycles."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from models.schedule import Op
from models.seed import COLUMNS, ROWS
from models.tile import TileConfig
from models.timing import backward_cycles, digit_cycles, forward_cycles, update_cycles
from rtl.layout import drive_members
from rtl.phase import PHASE_BITS, PhaseCounter, WordDriver, slot_counts
from rtl.prepare import prepared_layout


class AnalogPort(wiring.Component):
    """Registers of the analog port and the counters that give every op its cycles.

    Takes a prepared op on `i` in the cycle before its `go`: while idle, or in the last cycle of the
    op before. Then the drive outputs change together, once, and stay until the next `go`. What an
    op does not drive is 0: x but in F and READ, d but in B, both but in PROGRAM, words, signs and
    bl but in U and TRANSFER; `attempt` is the number of PROGRAM and READ. A later sign phase of an
    update is a `go` of its own, with its number in the low bits of `attempt`. `i.ready` is high
    while idle and in an op's last cycle g + T - 1, with T of `models.timing`; so the next `go` is
    at g + T at the earliest. `sampled` is high in the last cycle of a read. `idles` and `samples`
    say a cycle ahead what `i.ready` and `sampled` will be. Reset ends an op at once and clears
    every output.

    Parameters
    ----------
    config
        Architecture and cycles.

    Members
    -------
    i : ``In(stream.Signature(prepared_layout(config)))``
        Ops ready to go.
    sampled : ``Out(1)``
        The array's answer to a read is taken at the end of this cycle.
    idles, samples : ``Out(1)``
        `i.ready` and `sampled` of the next cycle.
    exponent : ``Out(signed(RESULT_EXPONENT_BITS))``
        Exponent of the vector that the running read drives.

    The other members are those of `rtl.layout.drive_members`.
    """

    def __init__(self, config: TileConfig) -> None:
        self.config = config
        prepared = prepared_layout(config)
        super().__init__(
            drive_members(config)
            | {
                "i": In(stream.Signature(prepared)),
                "sampled": Out(1),
                "idles": Out(1),
                "samples": Out(1),
                "exponent": Out(prepared["exponent"].shape),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.phase = counter = PhaseCounter(config)
        m.submodules.rows = rows = WordDriver(config, ROWS)
        m.submodules.columns = columns = WordDriver(config, COLUMNS)
        offer, go = self.i.payload, Signal()
        rows_read = (offer.op == Op.FORWARD) | (offer.op == Op.READ)
        cycles = (forward_cycles, backward_cycles, update_cycles, digit_cycles)
        longest = max(own(config) for own in cycles)
        left, idle, reading = Signal(range(longest)), Signal(init=1), Signal()
        ending = ~idle & (left == 1)
        m.d.comb += [
            self.idles.eq((idle & ~go) | ending),
            self.samples.eq(reading & ending),
            self.i.ready.eq(idle),
            go.eq(self.i.valid & self.i.ready),
            counter.start.eq(go & offer.pulses),
            counter.slots.eq(offer.slots),
        ]
        m.d.sync += [idle.eq(self.idles), self.sampled.eq(self.samples)]
        with m.If(idle):
            m.d.sync += reading.eq(0)
        with m.Else():
            m.d.sync += left.eq(left - 1)
        with m.If(go | counter.again):
            m.d.sync += self.tag.eq(self.tag + 1)
        with m.If(counter.again):
            m.d.sync += self.attempt[:PHASE_BITS].eq(counter.phase)
        with m.If(go):
            m.d.sync += [
                self.op.eq(offer.op),
                self.sample.eq(offer.sample),
                self.attempt.eq(offer.attempt),
                self.x.eq(Mux(offer.drives_x, offer.x.as_value(), 0)),
                self.d.eq(Mux(offer.drives_d, offer.d.as_value(), 0)),
                self.bl.eq(offer.slots),
                self.exponent.eq(offer.exponent),
                reading.eq(offer.reads),
                left.eq(Mux(rows_read, forward_cycles(config), backward_cycles(config)) - 1),
            ]
            with m.If(offer.op == Op.PROGRAM):
                m.d.sync += left.eq(digit_cycles(config) - 1)
            with m.If(offer.pulses), m.Switch(offer.slots):
                for slots in slot_counts(config):
                    with m.Case(slots):
                        m.d.sync += left.eq(update_cycles(config, slots) - 1)

        for side, words, signs, given, given_signs in (
            (rows, self.xw, self.xs, offer.xw, offer.xs),
            (columns, self.dw, self.ds, offer.dw, offer.ds),
        ):
            m.d.comb += [
                side.go.eq(go),
                side.again.eq(counter.again),
                side.phase.eq(counter.phase),
                side.i_words.eq(Mux(offer.pulses, given.as_value(), 0)),
                side.i_signs.eq(Mux(offer.pulses, given_signs, 0)),
                words.eq(side.words),
                signs.eq(side.signs),
            ]
        return m
