"""The stage before the array: scale the vectors and make the words while the op before runs."""

from amaranth.hdl import Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from models.programming import ALONE
from models.schedule import Op
from models.seed import COLUMNS, ROWS
from models.tile import TileConfig
from rtl.control import TileControlSignature
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
from rtl.place import PlaceControl
from rtl.pulse import PulseGenerator, UpdateManager
from rtl.slot import SlotCounter


def prepared_layout(config: TileConfig) -> data.StructLayout:
    """Return one op, ready for the analog port.

    `exponent` is that of the vector a read drives; `attempt` the number in PROGRAM, and in READ of
    one array of several (`models.programming`). What the op does has bits of its own, which go to
    every line: it drives `x`, drives `d`, pulses, reads the array's answer.
    """
    return data.StructLayout(
        {
            "op": unsigned(OP_BITS),
            "drives_x": unsigned(1),
            "drives_d": unsigned(1),
            "pulses": unsigned(1),
            "reads": unsigned(1),
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


#: What an op does at the port, as in `prepared_layout`.
_KIND = data.StructLayout({key: unsigned(1) for key in ("drives_x", "drives_d", "pulses", "reads")})


def _kind(op: Value) -> dict[str, Value]:
    """Return what an op does at the port."""
    by_rows, by_columns = (op == Op.FORWARD) | (op == Op.READ), op == Op.BACKWARD
    return {
        "drives_x": by_rows | (op == Op.PROGRAM),
        "drives_d": by_columns | (op == Op.PROGRAM),
        "pulses": op == Op.UPDATE,
        "reads": by_rows | by_columns,
    }


def _header() -> data.StructLayout:
    """Return what stays with an op on its way through the places."""
    return data.StructLayout(
        {
            "op": unsigned(OP_BITS),
            "sample": unsigned(SAMPLE_BITS),
            "attempt": unsigned(ATTEMPT_BITS),
            "exponent": signed(RESULT_EXPONENT_BITS),
            "kind": _KIND,
        }
    )


class PrepareStage(wiring.Component):
    """Three ops deep pipeline that turns a command into an op ready to `go`.

    An op passes three places: in the first, for two cycles, the size of its vectors is found; in
    the second they are shifted; in the third codes and words are ready or made, slot after slot
    (`PlaceControl`). `i.ready` comes from registers alone. An op accepted in cycle a is ready from
    cycle a + `models.timing.prepare_cycles` - 1 on, or, where the op before leaves in cycle l, from
    cycle l + 1 on, an update by the slots passed, at least 1, later. It comes on `o` in the first
    such cycle before which `free`, for a read `free_read`, was high, and goes in the next; until
    then it stays, unchanged, with those behind it. `o.valid` is a register. An update moves the
    registers of both sides on to the next one, whatever slots it uses. Reset drops the ops and
    returns the registers to update 0.

    Parameters
    ----------
    config
        Architecture.
    several
        Whether READ can be of one array of several.

    Members
    -------
    i : ``In(stream.Signature(command_layout(config)))``
        Ops as they were decided.
    o : ``Out(stream.Signature(prepared_layout(config), always_ready=True))``
        Ops for the port. The codes of both vectors and the words are there for every op: it is the
        port that drives what the op needs.
    free, free_read : ``In(1)``
        In the next cycle an op is taken from `o`; a read is.
    control : ``In(TileControlSignature())``
        Limit of the slots, and registers.
    x_pulses, d_pulses : ``Out(range(lines + 1))``
        Lines of each side that fired in the slot of the cycle before.
    """

    def __init__(self, config: TileConfig, several: bool = False) -> None:
        self.config, self.several = config, several
        super().__init__(
            {
                "i": In(stream.Signature(command_layout(config))),
                "o": Out(stream.Signature(prepared_layout(config), always_ready=True)),
                "free": In(1),
                "free_read": In(1),
                "control": In(TileControlSignature()),
                "x_pulses": Out(range(config.rows + 1)),
                "d_pulses": Out(range(config.columns + 1)),
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
        m.submodules.slots = slots = self.slots = SlotCounter(config)
        m.submodules.control = control = self.places = PlaceControl()
        command, offer = self.i.payload, self.o.payload
        kind = _kind(command.op)
        exponents = {key: Signal(signed(EXPONENT_BITS), name=key) for key in ("ex", "ed", "gain")}
        by_x, by_d = exponents["ex"] + x.exponent, exponents["ed"] + d.exponent
        update = self._pass(m, control, exponents, (by_x, by_d))
        m.d.comb += [
            control.valid.eq(self.i.valid),
            control.pulses.eq(kind["pulses"]),
            control.reads.eq(kind["reads"]),
            control.free.eq(self.free),
            control.free_read.eq(self.free_read),
            control.worded.eq(slots.ends),
            self.i.ready.eq(control.ready),
            self.o.valid.eq(control.leave),
            manager.x_length.eq(x.length),
            manager.d_length.eq(d.length),
            manager.exponent.eq(exponents["ex"] + exponents["ed"] + exponents["gain"]),
            manager.sum.eq(control.shift),
            manager.split.eq(control.round),
            slots.start.eq(control.start),
            slots.slots.eq(manager.slots),
            offer.slots.eq(Mux(update, manager.slots, 0)),
            offer.x.eq(x.codes),
            offer.d.eq(d.codes),
            offer.xw.eq(rows.words),
            offer.xs.eq(rows.signs),
            offer.dw.eq(columns.words),
            offer.ds.eq(columns.signs),
        ]
        m.d.comb += [
            manager.limit.eq(self.control.limit),
            self.x_pulses.eq(rows.pulses),
            self.d_pulses.eq(columns.pulses),
        ]
        for generator in (rows, columns):
            self._register(m, generator)
        for scaler, generator, vector, places in (
            (x, rows, command.x, manager.x_places),
            (d, columns, command.d, manager.d_places),
        ):
            m.d.comb += [
                scaler.load.eq(control.ready),
                scaler.vector.eq(vector),
                scaler.shift.eq(control.shift),
                scaler.round.eq(control.round),
                generator.sizes.eq(scaler.sizes),
                generator.negative.eq(scaler.negative),
                generator.places.eq(places),
                generator.clear.eq(control.fresh),
                generator.start.eq(control.start),
                generator.window.eq(slots.window),
                generator.passes.eq(slots.passes),
                generator.step.eq(slots.step),
            ]
        return m

    def _register(self, m: Module, generator: PulseGenerator) -> None:
        """Show and set a register of the side that is asked for."""
        given, own = self.control.register, generator.register
        with m.If(self.control.side == generator.side):
            m.d.comb += [given.state.eq(own.state), own.load.eq(given.load)]
        m.d.comb += [own.line.eq(given.line), own.seed.eq(given.seed)]

    def _pass(
        self,
        m: Module,
        control: PlaceControl,
        exponents: dict[str, Signal],
        scaled: tuple[Value, Value],
    ) -> Value:
        """Pass all but the vectors through the places; return whether the third holds an update.

        `scaled` are the exponents of both vectors with their shifts, in the second place.
        """
        command, offer = self.i.payload, self.o.payload
        first, second, third = (Signal(_header(), name=n) for n in ("first", "second", "third"))
        kind, number = _kind(first.op), exponents["gain"]
        numbered = first.op == Op.PROGRAM
        if self.several:
            numbered |= (first.op == Op.READ) & (number.as_unsigned() & ALONE).any()
        with m.If(control.ready):  # whether or not there is one: so the lines wait for less
            m.d.sync += [first.op.eq(command.op), first.sample.eq(command.sample)]
            m.d.sync += [held.eq(command[key]) for key, held in exponents.items()]
        with m.If(control.shift):
            m.d.sync += [second.op.eq(first.op), second.sample.eq(first.sample)]
            m.d.sync += [second.kind[key].eq(one) for key, one in kind.items()]
            m.d.sync += second.attempt.eq(Mux(numbered, number, 0))
            m.d.sync += second.exponent.eq(Mux(kind["reads"] & kind["drives_x"], *scaled))
        with m.If(control.round):
            m.d.sync += third.eq(second)
        m.d.comb += [offer[key].eq(third[key]) for key in ("op", "sample", "attempt", "exponent")]
        m.d.comb += [offer[key].eq(third.kind[key]) for key in _KIND.members]
        return third.kind.pulses
