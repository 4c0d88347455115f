"""The stage before the array: scale the vectors and make the words while the op before runs."""

from amaranth.hdl import Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from models.schedule import Op
from models.seed import COLUMNS, ROWS
from models.tile import TileConfig
from rtl.dac import ShiftScaler
from rtl.layout import (
    ATTEMPT_BITS,
    BL_BITS,
    EXPONENT_BITS,
    OP_BITS,
    RESULT_EXPONENT_BITS,
    SAMPLE_BITS,
    code_vector,
    command_layout,
    word_vector,
)
from rtl.pulse import PulseGenerator, UpdateManager, most_places
from rtl.slot import SlotCounter


def prepared_layout(config: TileConfig) -> data.StructLayout:
    """Return one op, ready for the analog port.

    `exponent` is that of the vector a read drives; `attempt` the digit's number in PROGRAM.
    """
    return data.StructLayout(
        {
            "op": unsigned(OP_BITS),
            "sample": unsigned(SAMPLE_BITS),
            "attempt": unsigned(ATTEMPT_BITS),
            "exponent": signed(RESULT_EXPONENT_BITS),
            "x": code_vector(config, ROWS),
            "d": code_vector(config, COLUMNS),
            "xw": word_vector(config, ROWS),
            "xs": unsigned(config.rows),
            "dw": word_vector(config, COLUMNS),
            "ds": unsigned(config.columns),
            "slots": unsigned(BL_BITS),
        }
    )


class PrepareStage(wiring.Component):
    """One op deep stage that turns a command into an op ready to `go`.

    Takes a command on `i` when it is empty or its op leaves in this cycle, so `i.ready` does not
    depend on `i.valid`. An op accepted in cycle a is offered on `o` from cycle a +
    `models.timing.prepare_cycles` - 1 on: a + 2 for a read, a + 1 + max(1, slots passed) for an
    update; taken there, it goes in the next cycle. Back-pressure on `o` holds the op, unchanged. An
    update that leaves moves the registers of both sides on to the next one, whatever slots it used.
    Reset drops the op and returns the registers to update 0.

    Parameters
    ----------
    config
        Architecture.

    Members
    -------
    i : ``In(stream.Signature(command_layout(config)))``
        Ops as they were decided.
    o : ``Out(stream.Signature(prepared_layout(config)))``
        Ops for the port. The codes of both vectors and the words are there for every op: it is the
        port that drives what the op needs.
    """

    def __init__(self, config: TileConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(command_layout(config))),
                "o": Out(stream.Signature(prepared_layout(config))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.rows = rows = PulseGenerator(config, ROWS)
        m.submodules.columns = columns = PulseGenerator(config, COLUMNS)
        m.submodules.x = x = ShiftScaler(config, ROWS)
        m.submodules.d = d = ShiftScaler(config, COLUMNS)
        m.submodules.manager = manager = UpdateManager(config)
        m.submodules.slots = slots = SlotCounter(config)
        command, offer = self.i.payload, self.o.payload

        full, scaled, load, leave = Signal(), Signal(), Signal(), Signal()
        m.d.comb += [
            self.o.valid.eq(full & scaled & slots.done),
            leave.eq(self.o.valid & self.o.ready),
            self.i.ready.eq(~full | leave),
            load.eq(self.i.valid & self.i.ready),
            x.load.eq(load),
            x.vector.eq(command.x),
            d.load.eq(load),
            d.vector.eq(command.d),
        ]
        with m.If(load):
            m.d.sync += [full.eq(1), scaled.eq(0)]
        with m.Elif(leave):
            m.d.sync += full.eq(0)
        with m.Else():
            m.d.sync += scaled.eq(full)

        exponents = {key: Signal(signed(EXPONENT_BITS), name=key) for key in ("ex", "ed", "gain")}
        op, sample = Signal(OP_BITS), Signal(SAMPLE_BITS)
        is_update, by_rows = op == Op.UPDATE, (op == Op.FORWARD) | (op == Op.READ)
        with m.If(load):
            m.d.sync += [op.eq(command.op), sample.eq(command.sample)]
            m.d.sync += [held.eq(command[key]) for key, held in exponents.items()]
        m.d.comb += [
            manager.x_length.eq(x.length),
            manager.d_length.eq(d.length),
            manager.exponent.eq(exponents["ex"] + exponents["ed"] + exponents["gain"]),
        ]

        # The cycle after acceptance: everything that the slots need, fixed until the op leaves.
        used, exponent = Signal(BL_BITS), Signal(signed(RESULT_EXPONENT_BITS))
        places = [Signal(range(most_places(config) + 1), name=f"places{n}") for n in range(2)]
        with m.If(full & ~scaled):
            m.d.sync += [
                exponent.eq(
                    Mux(by_rows, exponents["ex"] + x.exponent, exponents["ed"] + d.exponent)
                ),
                places[ROWS].eq(manager.x_places),
                places[COLUMNS].eq(manager.d_places),
                used.eq(Mux(is_update, manager.slots, 0)),
            ]
        m.d.comb += [
            slots.start.eq(full & ~scaled & is_update),
            slots.slots.eq(manager.slots),
            slots.stop.eq(leave),
        ]
        for side, generator in ((ROWS, rows), (COLUMNS, columns)):
            m.d.comb += [
                generator.codes.eq((x, d)[side].codes),
                generator.places.eq(places[side]),
                generator.window.eq(slots.window),
                generator.clear.eq(full & ~scaled),
                generator.step.eq(slots.step),
                generator.leap.eq(leave & is_update),
            ]
        m.d.comb += [
            offer.op.eq(op),
            offer.sample.eq(sample),
            offer.attempt.eq(Mux(op == Op.PROGRAM, exponents["gain"], 0)),
            offer.exponent.eq(exponent),
            offer.slots.eq(used),
        ]
        self._offer(m, (x, d), (rows, columns))
        return m

    def _offer(
        self,
        m: Module,
        scalers: tuple[ShiftScaler, ShiftScaler],
        generators: tuple[PulseGenerator, PulseGenerator],
    ) -> None:
        """Offer codes, words and signs of both sides as they are made."""
        offer, (x, d), (rows, columns) = self.o.payload, scalers, generators
        m.d.comb += [
            offer.x.eq(x.codes),
            offer.d.eq(d.codes),
            offer.xw.eq(rows.words),
            offer.xs.eq(rows.signs),
            offer.dw.eq(columns.words),
            offer.ds.eq(columns.signs),
        ]
