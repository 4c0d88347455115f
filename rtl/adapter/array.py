"""All adapters of one array: code port in, pins out."""

from amaranth.hdl import Cat, EnableInserter, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.schedule import Op
from models.seed import COLUMNS, ROWS
from models.tile import TileConfig
from models.timing import digit_cycles, drive_cycles
from rtl.adapter.check import check_adapter
from rtl.adapter.converter import ConverterBank
from rtl.adapter.driver import LineDriver
from rtl.adapter.pin import code_port, pin_members
from rtl.adapter.serializer import WordSerializer


class ArrayAdapter(wiring.Component):
    """Adapter between the code port of a tile and the pins of its array.

    Takes what `rtl.tile.TileController` shows, drives and pulses lines, and has codes in `y` at the
    end of cycle g + T - 1 of every read, g its `go` and T of `models.timing`. A `go` is seen by the
    lowest bit of `tag`. F and READ drive the rows with their codes, B the columns; PROGRAM selects
    the rows whose code is not 0 while the columns carry its digit; an update pulses both. There is
    no back-pressure but `stall`, which passes from the pins to the tile and stops everything here:
    pins hold still. A digit of PROGRAM that takes longer to drive than the cycles that the machine
    counts for it stalls the tile alone for the rest. Reset, that of the tile, ends every drive,
    pulse and conversion.

    Parameters
    ----------
    config
        Architecture and cycles that `check_adapter` passes; `adapter_for` asks it.

    Members
    -------
    code : ``In(code_port(config))``
        The tile's analog port.
    pins : ``Out(wiring.Signature(pin_members(config)))``
        The array's pins; `docs/adapters.md` explains each.
    """

    def __init__(self, config: TileConfig) -> None:
        self.config = config
        super().__init__(
            {"code": In(code_port(config)), "pins": Out(wiring.Signature(pin_members(config)))}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        code, pins = self.code, self.pins
        gated = EnableInserter(~pins.stall)
        rows, columns = (LineDriver(self.config, side) for side in (ROWS, COLUMNS))
        serializer, bank = WordSerializer(self.config), ConverterBank(self.config)
        m.submodules.rows = gated(rows)
        m.submodules.columns = gated(columns)
        m.submodules.serializer = gated(serializer)
        m.submodules.bank = gated(bank)

        seen, go = Signal(), Signal()
        with m.If(~pins.stall):
            m.d.sync += seen.eq(code.tag[0])
        by_rows, by_columns = (code.op == Op.FORWARD) | (code.op == Op.READ), code.op == Op.BACKWARD
        update, program = code.op == Op.UPDATE, code.op == Op.PROGRAM
        later = code.attempt != 0
        m.d.comb += [
            go.eq(code.tag[0] ^ seen),
            code.y.eq(bank.y),
            rows.start.eq(go & by_rows),
            rows.codes.eq(code.x),
            columns.start.eq(go & (by_columns | program)),
            columns.codes.eq(code.d),
            serializer.start.eq(go & update & ~later),
            serializer.again.eq(go & update & later),
            serializer.slots.eq(code.bl),
            serializer.xw.eq(code.xw),
            serializer.dw.eq(code.dw),
            bank.start.eq(go & (by_rows | by_columns)),
            bank.transposed.eq(by_columns),
            bank.above.eq(pins.above),
        ]
        self._hold(m, go & program)
        driven = rows.active | columns.active
        chosen = Cat(line != 0 for line in code.x) & (columns.active & program).replicate(
            self.config.rows
        )
        m.d.comb += [
            pins.mode.eq(Mux(driven | serializer.active, code.op, 0)),
            pins.transposed.eq(by_columns),
            pins.begin.eq(rows.begin | columns.begin),
            pins.weight.eq(rows.weight | columns.weight),
            pins.digit.eq(Mux(columns.active & program, code.attempt, 0)),
            pins.row.eq(rows.on | serializer.row | chosen),
            pins.row_sign.eq(rows.sign | code.xs),
            pins.column.eq(columns.on | serializer.column),
            pins.column_sign.eq(columns.sign | code.ds),
            pins.acquire.eq(bank.acquire),
            pins.select.eq(bank.select),
            pins.trial.eq(bank.trial),
        ]
        return m

    def _hold(self, m: Module, begin: Value) -> None:
        """Stall the tile until a digit that begins has only the cycles left that count for it."""
        config = self.config
        needed = config.timing.load_cycles + drive_cycles(config)
        beyond = needed - digit_cycles(config)
        m.d.comb += self.code.stall.eq(self.pins.stall)
        if beyond <= 0:
            return
        left = Signal(range(max(2, beyond)))
        m.d.comb += self.code.stall.eq(self.pins.stall | begin | (left != 0))
        with m.If(~self.pins.stall):
            with m.If(begin):
                m.d.sync += left.eq(beyond - 1)
            with m.Elif(left != 0):
                m.d.sync += left.eq(left - 1)


def adapter_for(config: TileConfig) -> ArrayAdapter:
    """Return the adapter between a tile's code port and its array's pins.

    Raises
    ------
    DesignError
        With one sentence that names the key, see `check_adapter`.
    """
    check_adapter(config)
    return ArrayAdapter(config)
