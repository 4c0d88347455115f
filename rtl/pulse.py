"""Pulse translation: update management, update-BL management, and the words of one side."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.seed import COLUMNS
from models.tile import TileConfig
from rtl.dac import magnitude
from rtl.layout import BL_BITS, EXPONENT_BITS, code_vector, side_lines, word_vector
from rtl.lfsr import LfsrBank


def most_places(config: TileConfig) -> int:
    """Return the largest right shift of a threshold that can leave a bit, plus one."""
    return config.tile.update.comparator_bits + config.tile.dac.bits - 1


class UpdateManager(wiring.Component):
    """Update and update-BL management: how the needed probability is shared out.

    Takes the bit lengths of the two digital vectors and the sum of their exponents and the gain;
    gives the slots to use and how far each side's thresholds move right, as
    `models.management.split` and `thresholds` do with the scaled codes: length and exponent of a
    scaled vector add up to those of the digital one. Combinational: no latency, no state, no
    back-pressure, nothing to reset.

    Parameters
    ----------
    config
        Architecture; `tile.update` gives the most slots, and whether few are used where few do.

    Members
    -------
    x_length, d_length : ``In(range(digital_bits + 1))``
        Bit length of the largest |x| and |d|, before scaling.
    exponent : ``In(signed(EXPONENT_BITS + 2))``
        Exponents of both digital vectors and the gain, summed.
    slots : ``Out(6)``
        Slots used, 0 .. bl; 0 where a vector is zero.
    x_places, d_places : ``Out(range(most_places(config) + 1))``
        A side's threshold is (|code| << comparator_bits) >> places.
    """

    def __init__(self, config: TileConfig) -> None:
        self.config = config
        length = range(config.tile.digital_bits + 1)
        places = range(most_places(config) + 1)
        super().__init__(
            {
                "x_length": In(length),
                "d_length": In(length),
                "exponent": In(signed(EXPONENT_BITS + 2)),
                "slots": Out(BL_BITS),
                "x_places": Out(places),
                "d_places": Out(places),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        magnitude_bits, update = self.config.tile.dac.bits - 1, self.config.tile.update
        bl = update.bl
        fewest = 0 if update.update_bl_management else bl.bit_length() - 1
        total = Signal(signed(EXPONENT_BITS + 4))
        excess = Signal(EXPONENT_BITS + 3)
        m.d.comb += total.eq(self.x_length + self.d_length + self.exponent)
        with m.If(total < fewest):
            m.d.comb += excess.eq(fewest - total)

        nothing = (self.x_length == 0) | (self.d_length == 0)
        m.d.comb += self.slots.eq(bl)
        for power in range(fewest, 6):
            with m.If(total == power):
                m.d.comb += self.slots.eq(min(1 << power, bl))
        with m.If(nothing):
            m.d.comb += self.slots.eq(0)
        with m.Elif(total < fewest):
            m.d.comb += self.slots.eq(1 << fewest)

        half = excess >> 1
        for places, length, shift in (
            (self.x_places, self.x_length, half + excess[0]),
            (self.d_places, self.d_length, half),
        ):
            wanted = Mux(length > magnitude_bits, magnitude_bits, length) + shift
            most = most_places(self.config)
            m.d.comb += places.eq(Mux(wanted > most, most, wanted))
        return m


class PulseGenerator(wiring.Component):
    """Maker of one side's pulse words, one slot a cycle, bit-identical to `models.pulse`.

    Takes codes and `places`, which must hold still while slots are made; in every cycle with a bit
    set in `window` it compares each line's number with its threshold and sets that bit of the
    line's word where the number is smaller. `words` shows the words with the present slot included,
    so the words of n slots are whole in the n-th cycle: latency zero, throughput one slot a cycle.
    `clear` empties the words from the next cycle on. There is no back-pressure. Reset empties the
    words and returns the registers to update 0.

    Parameters
    ----------
    config
        Architecture; `tile.update` gives slots, comparator and registers.
    side
        `models.seed.ROWS`, whose sign is 1 for negative codes, or `models.seed.COLUMNS`, whose sign
        is 1 for positive ones: the minus of gradient descent.

    Members
    -------
    codes : ``In(ArrayLayout(signed(dac_bits), lines))``
        Scaled codes.
    places : ``In(range(most_places(config) + 1))``
        Right shift of the thresholds.
    window : ``In(bl)``
        The present slot, one-hot; 0 makes no pulse.
    clear : ``In(1)``
        Empty the words.
    step : ``In(1)``
        Go on to the next slot's numbers.
    leap : ``In(1)``
        Go on to the next update's numbers.
    words : ``Out(ArrayLayout(bl, lines))``
        Pulse words.
    signs : ``Out(lines)``
        Sign bit of each line.
    """

    def __init__(self, config: TileConfig, side: int) -> None:
        self.config = config
        self.side = side
        super().__init__(
            {
                "codes": In(code_vector(config, side)),
                "places": In(range(most_places(config) + 1)),
                "window": In(config.tile.update.bl),
                "clear": In(1),
                "step": In(1),
                "leap": In(1),
                "words": Out(word_vector(config, side)),
                "signs": Out(side_lines(config, side)),
            }
        )

    def _sign(self, code: Value) -> Value:
        return code > 0 if self.side == COLUMNS else code < 0

    def elaborate(self, platform: object) -> Module:
        m = Module()
        update = self.config.tile.update
        m.submodules.bank = bank = LfsrBank(self.config, self.side)
        m.d.comb += [bank.step.eq(self.step), bank.leap.eq(self.leap)]
        for line in range(side_lines(self.config, self.side)):
            scaled = Cat(Const(0, update.comparator_bits), magnitude(self.codes[line]))
            threshold = Signal(update.comparator_bits, name=f"threshold{line}")
            held = Signal(update.bl, name=f"word{line}")
            fires = bank.numbers[line] < threshold
            m.d.comb += [
                threshold.eq(scaled >> self.places),
                self.words[line].eq(held | Mux(fires, self.window, 0)),
                self.signs[line].eq(self._sign(self.codes[line])),
            ]
            m.d.sync += held.eq(Mux(self.clear, 0, self.words[line]))
        return m
