"""The register that gives an emulated array the noise of its steps."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from models.jitter import COLUMN, FIELD, PLACES, ROW, UPDATE, WIDTH, powers
from models.register import compose, identity, step_power
from rtl.arithmetic import total
from rtl.lfsr import mapped, parity

#: Bits of the number of ones, and of a factor.
ONES_BITS, FACTOR_BITS = FIELD.bit_length(), PLACES + 1


def factor_of(m: Module, gain: int, ones: Value) -> Value:
    """Return the factor of a step, in 2^-PLACES, by the number of ones."""
    factor = Signal(FACTOR_BITS)
    with m.Switch(ones):
        for number in range(FIELD + 1):
            with m.Case(number):
                m.d.comb += factor.eq((1 << PLACES) + gain * (2 * number - FIELD))
    return factor


class NoiseSource(wiring.Component):
    """One register for all columns of an array, bit-identical to `models.jitter`.

    `start` begins the next update, of the first after reset, or with `again` the present one anew.
    `load` takes the next row, of the first after `start`; the columns' numbers of its first
    coincidence stand in the second cycle after it, and those of the next in the second after
    `step`. Reset returns to the seed.

    Parameters
    ----------
    columns
        Columns of the array.
    seed
        `models.jitter.start` of the key of the tile's updates.

    Members
    -------
    start, again, load, step : ``In(1)``
        See above; `load` before `step`.
    ones : ``Out(ArrayLayout(4, columns))``
        Ones among the bits that a column sees, 0 .. 9.
    """

    def __init__(self, columns: int, seed: int) -> None:
        self.columns, self.seed = columns, seed
        members = {"start": In(1), "again": In(1), "load": In(1), "step": In(1)}
        super().__init__(members | {"ones": Out(data.ArrayLayout(ONES_BITS, columns))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        base, row, state = Signal(WIDTH, init=self.seed), Signal(WIDTH), Signal(WIDTH)
        begun = Signal(WIDTH)
        m.d.comb += begun.eq(Mux(self.again, base, mapped(powers(UPDATE)[0], base)))
        with m.If(self.start):
            m.d.sync += [base.eq(begun), row.eq(begun)]
        with m.Elif(self.load):
            m.d.sync += row.eq(mapped(powers(ROW)[0], row))
        with m.If(self.load):
            m.d.sync += state.eq(row)
        with m.Elif(self.step):
            m.d.sync += state.eq(mapped(step_power(WIDTH, FIELD), state))
        seen = identity(WIDTH)
        for column in range(self.columns):
            bits = [parity(mask, state) for mask in seen[WIDTH - FIELD :]]
            m.d.sync += self.ones[column].eq(total(bits))
            seen = compose(powers(COLUMN)[0], seen)
        return m
