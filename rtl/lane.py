"""One column of an emulated array: a weight, its steps, and its products."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.device.emulated import RATE_BITS, WEIGHT_BITS
from models.jitter import PLACES
from models.number import code_limit
from rtl.arithmetic import clipped, scaled
from rtl.emulation import EmulatedTile
from rtl.noise import FACTOR_BITS, ONES_BITS, factor_of


def product_bits(tile: EmulatedTile) -> int:
    """Return the width of what is read of a device times a code, sign included."""
    return tile.read_bits + tile.config.tile.dac.bits - 1


def to_code(tile: EmulatedTile, total: Value, shift: int | None = None) -> Value:
    """Return the ADC code of a sum of products, over 2^`adc_shift` unless told."""
    places = tile.adc_shift if shift is None else shift
    return clipped(scaled(total, -places), code_limit(tile.config.tile.adc.bits))


def popcount(word: Value) -> Value:
    """Return the number of set bits, added by halves."""
    if len(word) == 1:
        return word
    middle = len(word) // 2
    return popcount(word[:middle]) + popcount(word[middle:])


class Lane(wiring.Component):
    """One column of the array, at one row at a time.

    `load` takes the row's device: its weight, and of its rates that of the direction. A step takes
    two clocks, in the second of which `move` is high: the rate times the distance to the bound,
    then the weight moves by it, rounded half to even. Only devices with coincidences left do.
    `product` is the weight times `code` of the clock before; `add` sums it up. With noise the rate
    is multiplied first, in the clock before, by the factor of `ones`.

    Parameters
    ----------
    tile
        Widths, bounds and shifts.

    Members
    -------
    load, weight, up_rate, down_rate : ``In(1)``, ``In(signed(18))``, ``In(8)``, ``In(8)``
        Take a device.
    seen, line : ``In(signed(read_bits))``, ``In(1)``
        With several arrays what is read of the column, taken with it, and whether a transfer reads.
    word, falling : ``In(bl)``, ``In(1)``
        Its coincidences in this update, a bit each, and their direction; taken with it.
    move : ``In(1)``
        End a step of devices that wait.
    turn, above : ``In(1)``, ``In(signed(18))``
        Take the weight of the next column.
    code : ``In(signed(dac_bits))``
        What the weight is multiplied by.
    ones : ``In(4)``
        Of the noise (:class:`rtl.noise.NoiseSource`); only where there is any.
    clear, add : ``In(1)``
        Set the sum to 0, add the product.
    held : ``Out(signed(18))``
        The weight.
    more : ``Out(1)``
        Coincidences are left after the next step.
    product : ``Out(signed(product_bits(tile)))``
        The product.
    answer : ``Out(signed(adc_bits))``
        ADC code of the sum.
    """

    def __init__(self, tile: EmulatedTile) -> None:
        self.tile = tile
        architecture = tile.config.tile
        several = {"seen": In(signed(tile.read_bits)), "line": In(1)} if tile.arrays > 1 else {}
        super().__init__(
            ({"ones": In(ONES_BITS)} if tile.noise_gain else {})
            | several
            | {
                "load": In(1),
                "weight": In(signed(WEIGHT_BITS)),
                "up_rate": In(RATE_BITS),
                "down_rate": In(RATE_BITS),
                "word": In(architecture.update.bl),
                "falling": In(1),
                "move": In(1),
                "turn": In(1),
                "above": In(signed(WEIGHT_BITS)),
                "code": In(signed(architecture.dac.bits)),
                "clear": In(1),
                "add": In(1),
                "held": Out(signed(WEIGHT_BITS)),
                "more": Out(1),
                "product": Out(signed(product_bits(tile))),
                "answer": Out(signed(architecture.adc.bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        rows = self.tile.config.rows
        # Every op clears it first.
        bits = product_bits(self.tile) + (rows - 1).bit_length()
        total = Signal(signed(bits), reset_less=True)
        seen: Value = self.held
        if self.tile.arrays > 1:
            seen = Signal(signed(self.tile.read_bits))
            with m.If(self.load):
                m.d.sync += seen.eq(self.seen)
        m.d.sync += self.product.eq(seen * self.code)
        with m.If(self.clear):
            m.d.sync += total.eq(0)
        with m.Elif(self.add):
            m.d.sync += total.eq(total + self.product)
        m.d.comb += self.answer.eq(to_code(self.tile, total))
        if self.tile.arrays > 1:
            with m.If(self.line):
                m.d.comb += self.answer.eq(to_code(self.tile, total, self.tile.line_shift))

        left = Signal(range(self.tile.config.tile.update.bl + 1))
        down, rate = Signal(), Signal(RATE_BITS)
        m.d.comb += self.more.eq(left > 1)
        moved = self._moved(m, down, rate)
        with m.If(self.load):
            m.d.sync += [
                self.held.eq(self.weight),
                left.eq(popcount(self.word)),
                down.eq(self.falling),
                rate.eq(Mux(self.falling, self.down_rate, self.up_rate)),
            ]
        with m.Elif(self.turn):
            m.d.sync += self.held.eq(self.above)
        with m.Elif(self.move & (left != 0)):
            m.d.sync += [self.held.eq(moved), left.eq(left - 1)]
        return m

    def _moved(self, m: Module, down: Value, rate: Value) -> Value:
        """Return the weight after a step: one adder before the multiplication, one after it."""
        tile, w = self.tile, self.held
        away = w.as_unsigned() ^ (~down).replicate(WEIGHT_BITS)  # w, or -w - 1
        room = Signal(WEIGHT_BITS)
        m.d.comb += room.eq(away.as_signed() + Mux(down, -tile.low, tile.high + 1))
        rate, shift = self._noisy(m, rate)
        step = Signal(WEIGHT_BITS + len(rate))
        m.d.sync += step.eq(rate * room)
        half, whole = step[shift - 1], step[shift:]
        carry = half & (step[: shift - 1].any() | whole[0])
        size = Signal(WEIGHT_BITS)  # below 2^17 and the weight's range: the sum's low bits are it
        m.d.comb += size.eq(whole)
        sign = down.replicate(WEIGHT_BITS)
        total = Cat(1, w).as_unsigned() + Cat(carry ^ down, size ^ sign).as_unsigned()
        return total[1 : WEIGHT_BITS + 1].as_signed()

    def _noisy(self, m: Module, rate: Value) -> tuple[Value, int]:
        """Return the rate with its noise, and its binary places; no step goes beyond the bound."""
        gain, shift = self.tile.noise_gain, self.tile.rate_shift
        if not gain:
            return rate, shift
        product, noisy = Signal(RATE_BITS + FACTOR_BITS), Signal(RATE_BITS + FACTOR_BITS)
        m.d.comb += product.eq(rate * factor_of(m, gain, self.ones))
        most = shift + PLACES
        beyond = product[most:].any() if most < len(product) else Const(0)
        low = product[:most]
        m.d.sync += noisy.eq(Cat(low & (~beyond).replicate(len(low)), beyond))
        return noisy, most
