"""Shift scaling: a digital vector becomes DAC codes and one exponent."""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from models.tile import TileConfig
from rtl.layout import code_vector, digital_vector, side_lines

#: Lines whose magnitudes are merged in the cycle in which they come.
GROUP = 8
#: Bits among which the highest one is found in that cycle.
FOUR = 4


def largest_shift(config: TileConfig) -> int:
    """Return the largest exponent that scaling can give."""
    return max(0, config.tile.digital_bits - (config.tile.dac.bits - 1))


def magnitude(value: Value) -> Value:
    """Return |value| of a signed value, in as many bits as `value` has."""
    return Mux(value < 0, -value, value)[: len(value)]


def shifted(value: Value, right: Value, most: int) -> tuple[Value, Value]:
    """Return the unsigned `value` >> right, and what rounding half to even adds to it, 0 or 1.

    `right` is at most `most`.
    """
    if most == 0:
        return value, Const(0, 1)
    exact = Cat(Const(0, most), value) >> right
    whole, half, rest = exact[most:], exact[most - 1], exact[: most - 1].any()
    return whole, half & (rest | whole[0])


def _any(values: Iterable[Value]) -> Value:
    """Return the OR of values, 0 of none."""
    return reduce(or_, values, Const(0, 1))


def _chosen(chosen: Sequence[Value], numbers: Iterable[int]) -> Value:
    """Return the number of which `chosen` has the only bit."""
    return _any(Mux(one, number, 0) for one, number in zip(chosen, numbers, strict=True))


class ShiftScaler(wiring.Component):
    """Input stage of one side's DACs, bit-identical to `models.number.shift_scale`.

    Takes a vector in the cycle of `load`, and finds its length and shift in the next: they stand
    two cycles after `load`, until two cycles after the next. A `shift` in that cycle or later moves
    it on, shifted, and may come with the next `load`; a `round` in a later cycle makes the codes,
    which stand from the next cycle on until the one after the next `round`. So codes come four
    cycles after their vector at the earliest, with a throughput of one vector every two cycles.
    Whoever gives these three strobes keeps their order. Reset clears the codes and the length.

    The bit length of the largest |v| is that of the OR of all |v|: no comparison is needed. Groups
    of lines are merged so that in every four bits those below the highest one are set as well: that
    leaves few gates for the next cycle.

    Parameters
    ----------
    config
        Architecture; `tile.digital_bits` and `tile.dac.bits` are the widths before and after.
    side
        `models.seed.ROWS` or `models.seed.COLUMNS`.

    Members
    -------
    load : ``In(1)``
        Take `vector`.
    vector : ``In(ArrayLayout(signed(digital_bits), lines))``
        Digital integers.
    length : ``Out(range(digital_bits + 1))``
        Bit length of the largest |v|.
    exponent : ``Out(range(largest_shift(config) + 1))``, at least 1 bit
        Right shift of the whole vector.
    shift : ``In(1)``
        Shift the vector that was loaded.
    round : ``In(1)``
        Round the vector that was shifted.
    codes : ``Out(ArrayLayout(signed(dac_bits), lines))``
        Codes, +-(2**(dac_bits - 1) - 1); vector ~ codes * 2**exponent.
    sizes : ``Out(ArrayLayout(dac_bits - 1, lines))``
        Their magnitudes.
    negative : ``Out(lines)``
        The lines whose element is below 0, though its code may be 0.
    """

    def __init__(self, config: TileConfig, side: int) -> None:
        self.config = config
        self.side = side
        sizes = data.ArrayLayout(config.tile.dac.bits - 1, side_lines(config, side))
        super().__init__(
            {
                "load": In(1),
                "vector": In(digital_vector(config, side)),
                "length": Out(range(config.tile.digital_bits + 1)),
                "exponent": Out(range(max(2, largest_shift(config) + 1))),
                "shift": In(1),
                "round": In(1),
                "codes": Out(code_vector(config, side)),
                "sizes": Out(sizes),
                "negative": Out(side_lines(config, side)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bits, lines = self.config.tile.digital_bits, side_lines(self.config, self.side)
        here = [Signal(bits, name=f"here{line}") for line in range(lines)]
        groups = [here[first : first + GROUP] for first in range(0, lines, GROUP)]
        merged = [Signal(bits, name=f"merged{group}") for group in range(len(groups))]
        combined = Signal(bits)
        m.d.comb += combined.eq(_any(merged))
        with m.If(self.load):
            for one, group in zip(merged, groups, strict=True):
                whole = Signal.like(one, name=f"{one.name}_whole")
                m.d.comb += whole.eq(_any(group))
                fours = (whole[bit : bit // FOUR * FOUR + FOUR].any() for bit in range(bits))
                m.d.sync += one.eq(Cat(fours))

        most, magnitude_bits = largest_shift(self.config), self.config.tile.dac.bits - 1
        wanted = Signal(most + 1)  # the shift, one-hot
        fours, tops = combined[::FOUR], [(combined == 0)]
        for bit in range(bits):
            higher = combined[bit + 1] if (bit + 1) % FOUR and bit + 1 < bits else Const(0, 1)
            tops.append(combined[bit] & ~higher & ~_any(fours[bit // FOUR + 1 :]))
        shifts = [max(0, length - magnitude_bits) for length in range(bits + 1)]
        m.d.sync += [
            self.length.eq(_chosen(tops, range(bits + 1))),
            self.exponent.eq(_chosen(tops, shifts)),
            wanted.eq(_chosen(tops, [1 << shift for shift in shifts])),
        ]
        for line in range(lines):
            m.d.comb += here[line].eq(magnitude(self.vector[line]))
            self._scale(m, line, here[line], wanted)
        return m

    def _scale(self, m: Module, line: int, here: Value, wanted: Value) -> None:
        """Hold one line's magnitude and sign, shift it, and round it half to even."""
        bits = self.config.tile.dac.bits - 1
        held, kept = Signal(len(here), name=f"held{line}"), Signal(name=f"kept{line}")
        whole, sign = Signal(bits, name=f"whole{line}"), Signal(name=f"sign{line}")
        half, rest = Signal(name=f"half{line}"), Signal(name=f"rest{line}")
        up = Signal(name=f"up{line}")
        with m.If(self.load):
            m.d.sync += [held.eq(here), kept.eq(self.vector[line] < 0)]
        chosen = list(enumerate(wanted))
        with m.If(self.shift):
            m.d.sync += [
                whole.eq(_any(Mux(one, held[n : n + bits], 0) for n, one in chosen)),
                half.eq(_any(one & held[n - 1] for n, one in chosen[1:])),
                rest.eq(_any(one & held[: n - 1].any() for n, one in chosen[2:])),
                sign.eq(kept),
            ]
        m.d.comb += up.eq(half & (rest | whole[0]) & ~whole.all())  # saturates
        with m.If(self.round):
            m.d.sync += [self.sizes[line].eq(whole + up), self.negative[line].eq(sign)]
        code = Cat(self.sizes[line], 0).as_signed()
        m.d.comb += self.codes[line].eq(Mux(self.negative[line], -code, code))
