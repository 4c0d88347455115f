"""Pulse translation: update management, update-BL management, and the words of one side."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from models.control import LIMIT_BITS, limited_slots
from models.seed import COLUMNS
from models.tile import TileConfig
from rtl.arithmetic import total
from rtl.control import RegisterSignature
from rtl.layout import BL_BITS, EXPONENT_BITS, side_lines, word_vector
from rtl.lfsr import LfsrBank


def most_places(config: TileConfig) -> int:
    """Return the largest right shift of a threshold that can leave a bit, plus one."""
    return config.tile.update.comparator_bits + config.tile.dac.bits - 1


class UpdateManager(wiring.Component):
    """Update and update-BL management: how the needed probability is shared out.

    Takes the bit lengths of the two digital vectors, which hold still at `sum`, and the sum of
    their exponents and the gain, which holds still from the cycle before it; gives the slots to use
    and how far each side's thresholds move right, as `models.management.split` and `thresholds` do
    with the scaled codes: length and exponent of a scaled vector add up to those of the digital
    one. The results stand from the cycle after `split` on, until the one after the next; `split`
    comes after `sum`, and may come with the next one. There is no back-pressure. Reset leaves no
    slot and no shift.

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
    sum : ``In(1)``
        Take the lengths.
    split : ``In(1)``
        Share out what was summed.
    limit : ``In(3)``
        Slots that may be used (`models.control.limited_slots`), for all that is under way.
    slots : ``Out(6)``
        Slots used, 0 .. bl; 0 where a vector is zero.
    x_places, d_places : ``Out(most_places(config) + 1)``
        A side's threshold is (|code| << comparator_bits) >> n, where bit n alone is set.
    """

    def __init__(self, config: TileConfig) -> None:
        self.config = config
        length, places = range(config.tile.digital_bits + 1), most_places(config) + 1
        super().__init__(
            {
                "x_length": In(length),
                "d_length": In(length),
                "exponent": In(signed(EXPONENT_BITS + 2)),
                "sum": In(1),
                "split": In(1),
                "limit": In(LIMIT_BITS),
                "slots": Out(BL_BITS),
                "x_places": Out(places),
                "d_places": Out(places),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        update = self.config.tile.update
        bl, most = update.bl, Signal(BL_BITS)
        built = 0 if update.update_bl_management else bl.bit_length() - 1
        fewest = Signal(range(6))
        m.d.comb += fewest.eq(built)
        with m.Switch(self.limit):
            for limit in range(1 << LIMIT_BITS):
                with m.Case(limit):
                    m.d.comb += most.eq(limited_slots(bl, limit))
                    if 0 < limit <= built:
                        m.d.comb += fewest.eq(limit - 1)
        base, excess = Signal(signed(EXPONENT_BITS + 3)), Signal(signed(EXPONENT_BITS + 4))
        nothing = Signal()
        m.d.sync += base.eq(fewest - self.exponent)
        with m.If(self.sum):
            m.d.sync += [
                excess.eq(base - (self.x_length + self.d_length)),
                nothing.eq((self.x_length == 0) | (self.d_length == 0)),
            ]

        slots = Signal(BL_BITS)
        m.d.comb += slots.eq(most)
        for power in range(6):
            with m.If((excess == fewest - power) & ((1 << power) < most)):
                m.d.comb += slots.eq(1 << power)
        with m.If(nothing):
            m.d.comb += slots.eq(0)
        with m.Elif(excess > 0):
            m.d.comb += slots.eq(Cat(fewest == power for power in range(built + 1)))
        with m.If(self.split):
            m.d.sync += self.slots.eq(slots)
        shared = Signal(EXPONENT_BITS + 3)
        m.d.comb += shared.eq(Mux(excess < 0, 0, excess))
        self._place(m, self.x_places, self.x_length, shared[1:], shared[0])
        self._place(m, self.d_places, self.d_length, shared[1:], Const(0, 1))
        return m

    def _place(self, m: Module, places: Signal, length: Value, half: Value, odd: Value) -> None:
        """Move a side's thresholds by its codes' length and its half of the excess."""
        magnitude_bits, most = self.config.tile.dac.bits - 1, most_places(self.config)
        held = Signal(range(magnitude_bits + 1), name=f"held_{places.name}")
        with m.If(self.sum):
            m.d.sync += held.eq(Mux(length > magnitude_bits, magnitude_bits, length))
        low, beyond = half[: most.bit_length()], half[most.bit_length() :].any()
        wanted = Signal(most.bit_length() + 2, name=f"wanted_{places.name}")
        m.d.comb += wanted.eq(held + low + odd)
        with m.If(self.split):
            m.d.sync += [places[n].eq((wanted == n) & ~beyond) for n in range(most)]
            m.d.sync += places[most].eq((wanted >= most) | beyond)


class PulseGenerator(wiring.Component):
    """Maker of one side's pulse words, one slot a cycle, bit-identical to `models.pulse`.

    Takes sizes and `places`, of which it has thresholds in the next cycle; `clear` empties the
    words from the next cycle on, and `start` goes on to slot 0 of the next update there.
    In every cycle with a bit set in `window`, which `passes` says, it compares each line's number
    with its threshold and sets that bit of the line's word where the number is smaller. `words`
    shows the words with the present slot included, so the words of n slots are whole in the n-th
    cycle: latency zero, throughput one slot a cycle.
    There is no back-pressure. Reset empties the words and returns the registers to update 0.

    Parameters
    ----------
    config
        Architecture; `tile.update` gives slots, comparator and registers.
    side
        `models.seed.ROWS`, whose sign is 1 for negative codes, or `models.seed.COLUMNS`, whose sign
        is 1 for positive ones: the minus of gradient descent.

    Members
    -------
    sizes : ``In(ArrayLayout(dac_bits - 1, lines))``
        Magnitudes of the scaled codes.
    negative : ``In(lines)``
        The lines with a negative code.
    places : ``In(most_places(config) + 1)``
        Right shift of the thresholds, one-hot.
    window : ``In(bl)``
        The present slot, one-hot; 0 makes no pulse.
    passes : ``In(1)``
        There is one.
    clear : ``In(1)``
        Empty the words.
    start : ``In(1)``
        Begin the next update, with `clear`.
    step : ``In(1)``
        Go on to the next slot; in a row from the cycle after `start` on, then at least once not.
    words : ``Out(ArrayLayout(bl, lines))``
        Pulse words.
    pulses : ``Out(range(lines + 1))``
        Lines that fired in the cycle before.
    register : ``In(RegisterSignature())``
        As of :class:`rtl.lfsr.LfsrBank`.
    signs : ``Out(lines)``
        Sign bit of each line.
    """

    def __init__(self, config: TileConfig, side: int) -> None:
        self.config = config
        self.side = side
        super().__init__(
            {
                "sizes": In(data.ArrayLayout(config.tile.dac.bits - 1, side_lines(config, side))),
                "negative": In(side_lines(config, side)),
                "places": In(most_places(config) + 1),
                "window": In(config.tile.update.bl),
                "passes": In(1),
                "clear": In(1),
                "start": In(1),
                "step": In(1),
                "words": Out(word_vector(config, side)),
                "signs": Out(side_lines(config, side)),
                "pulses": Out(range(side_lines(config, side) + 1)),
                "register": In(RegisterSignature()),
            }
        )

    def _threshold(self, size: Value) -> Value:
        """Return (size << comparator_bits) >> places, bit by bit of the result."""
        bits = self.config.tile.update.comparator_bits
        return Cat(
            Cat(
                size[n] & self.places[n - bit + bits]
                for n in range(len(size))
                if 0 <= n - bit + bits < len(self.places)
            ).any()
            for bit in range(bits)
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        update = self.config.tile.update
        m.submodules.bank = bank = LfsrBank(self.config, self.side)
        m.d.comb += [bank.start.eq(self.start), bank.step.eq(self.step)]
        connect(m, flipped(self.register), bank.register)
        fired = Signal(side_lines(self.config, self.side))
        m.d.comb += self.pulses.eq(total(list(fired)))
        for line in range(side_lines(self.config, self.side)):
            size, negative = self.sizes[line], self.negative[line]
            threshold = Signal(update.comparator_bits, name=f"threshold{line}")
            held = Signal(update.bl, name=f"word{line}")
            fires = bank.numbers[line] < threshold
            signed_one = ~negative if self.side == COLUMNS else negative
            m.d.comb += [
                self.words[line].eq(held | Mux(fires, self.window, 0)),
                self.signs[line].eq(size.any() & signed_one),
            ]
            m.d.sync += held.eq(Mux(self.clear, 0, self.words[line]))
            m.d.sync += [threshold.eq(self._threshold(size)), fired[line].eq(fires & self.passes)]
        return m
