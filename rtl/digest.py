"""Between the codes that a transfer has read and the pulse words that it writes."""

from typing import Any

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from models.seed import COLUMNS
from models.transfer.packed import apart
from rtl.digital import DigitalConfig
from rtl.layout import BL_BITS, answer_vector, word_vector
from rtl.lfsr import LfsrBank
from rtl.transferring import COLLECTED_BITS


def digest_members(config: DigitalConfig) -> dict[str, Any]:
    """Return the ports of a digest."""
    return {
        "load": In(1),
        "y": In(answer_vector(config.tile)),
        "which": In(range(len(config.transfers))),
        "late": In(1),
        "row": In(range(config.inputs)),
        "made": Out(1),
        "slots": Out(BL_BITS),
        "words": Out(word_vector(config.tile, COLUMNS)),
        "signs": Out(config.outputs),
    }


class Digest(wiring.Component):
    """Digital step of a transfer: a line's codes come in, its columns' pulse words come out.

    Takes the codes `y` in the cycle of `load`, with the transfer's number, its row and whether the
    rates have decayed, which hold still until `made`, the one cycle from which on slots, words and
    signs (1: down) stand until the next `load`. No slot: there is nothing to write. It works on one
    column a cycle or two. There is no back-pressure. Reset is before the first line.

    Parameters
    ----------
    config
        Lines, widths and transfers.

    Members
    -------
    load, y, which, late, row, made, slots, words, signs
        As above.
    """

    def __init__(self, config: DigitalConfig) -> None:
        self.config = config
        super().__init__(digest_members(config))
        self.left = Signal(range(config.outputs + 1))
        self.codes = Signal(config.outputs * self.bits)

    @property
    def bits(self) -> int:
        """Width of a code."""
        return self.config.tile.tile.adc.bits

    @property
    def head(self) -> Value:
        """The code of the column at work."""
        return self.codes[: self.bits].as_signed()

    def _load(self, m: Module) -> None:
        m.d.sync += [
            self.codes.eq(self.y.as_value()[: len(self.codes)]),
            self.left.eq(self.config.outputs),
        ]

    def _rotate(self, m: Module) -> None:
        """Go on to the next column; the codes stand as before after the last."""
        m.d.sync += [
            self.codes.eq(Cat(self.codes[self.bits :], self.head)),
            self.left.eq(self.left - 1),
        ]


class TrainDigest(Digest):
    """Stochastic train of what was read, as `models.transfer.train.train` makes it.

    The row fires in every slot; a column that wants c coincidences in n slots fires with
    probability c / n, by the registers of the transfer (`models.transfer.packed.apart`), which move
    on with every line.
    """

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, update = self.config, self.config.tile.tile.update
        largest, size = Signal(self.bits - 1), Signal(self.bits - 1)
        m.d.comb += size.eq(abs(self.head))
        window, begin, step = Signal(update.bl), Signal(), Signal()
        limits = Signal(config.outputs * (update.comparator_bits + 1))
        log = Signal(range(update.bl.bit_length()))
        with m.FSM():
            with m.State("idle"):
                m.d.sync += largest.eq(0)
                with m.If(self.load):
                    self._load(m)
                    m.next = "measure"
            with m.State("measure"):
                self._rotate(m)
                with m.If(size > largest):
                    m.d.sync += largest.eq(size)
                with m.If(self.left == 1):
                    m.next = "share"
            with m.State("share"):
                m.d.sync += [self.left.eq(config.outputs), log.eq(self._log(m, largest))]
                m.next = "place"
            with m.State("place"):
                self._rotate(m)
                limit = self._limit(m, size, log)
                m.d.sync += [
                    limits.eq(Cat(limits[len(limit) :], limit)),
                    self.signs.eq(Cat(self.signs[1:], self.head < 0)),
                    self.slots.eq(Mux(largest == 0, 0, 1 << log)),
                ]
                with m.If(self.left == 1):
                    m.next = "begin"
            with m.State("begin"):
                m.d.comb += begin.eq(1)
                m.d.sync += [window.eq(1), self.words.as_value().eq(0)]
                m.next = "fire"
            with m.State("fire"):
                m.d.comb += step.eq(1)
                m.d.sync += window.eq(window << 1)
                with m.If((window == 0) | (window >= (1 << self.slots)[: update.bl + 1])):
                    m.d.comb += [step.eq(0), self.made.eq(1)]
                    m.d.sync += window.eq(0)
                    m.next = "idle"
        self._words(m, (begin, step), window, limits)
        return m

    def _late(self, make: Any) -> Value:
        """Return the value of the transfer at its rate; `make` gives it for a gain's logarithm."""
        found = Array(
            Mux(self.late, make(one.gains[1]), make(one.gains[0])) for one in self.config.transfers
        )
        value: Value = found[self.which]
        return value

    def _log(self, m: Module, largest: Value) -> Value:
        """Return the logarithm of the slots: the fewest that the largest needs, a power of two."""
        update = self.config.tile.tile.update
        most = update.bl.bit_length() - 1
        if not update.update_bl_management:
            return Const(most)
        length = Signal(range(self.bits))
        below = largest - 1
        for place in range(self.bits - 1):
            with m.If(below[place] & (largest != 0)):
                m.d.comb += length.eq(place + 1)
        wanted = Signal(signed(12))
        m.d.comb += wanted.eq(length + self._late(lambda gain: Const(gain, signed(10))))
        return Mux(wanted < 0, 0, Mux(wanted > most, most, wanted))

    def _limit(self, m: Module, size: Value, log: Value) -> Value:
        """Return a column's threshold: rint(size 2^(gain - log + comparator bits)), or full."""
        bits = self.config.tile.tile.update.comparator_bits
        found, place = Signal(bits + 1), Signal(signed(12))
        m.d.comb += place.eq(self._late(lambda gain: Const(gain + bits, signed(11))) - log)
        full = 1 << bits
        with m.If(place > bits):
            m.d.comb += found.eq(Mux(size == 0, 0, full))
        for left in range(bits + 1):
            with m.If(place == left):
                moved = size << left
                m.d.comb += found.eq(Mux(moved > full, full, moved))
        for right in range(1, self.bits + 1):
            with m.If(place == -right):
                m.d.comb += found.eq(_halved(size, right))
        return found

    def _words(self, m: Module, moves: tuple[Value, Value], window: Value, limits: Signal) -> None:
        """Compare the registers of the transfer with the thresholds, slot after slot."""
        config, wide = self.config, self.config.tile.tile.update.comparator_bits + 1
        banks = []
        for t in range(len(config.transfers)):
            bank = LfsrBank(apart(config.tile, t), COLUMNS)
            m.submodules[f"bank{t}"] = bank
            own = self.which == t
            m.d.comb += [bank.start.eq(moves[0] & own), bank.step.eq(moves[1] & own)]
            banks.append(bank)
        used = window & ((1 << self.slots) - 1)[: len(window)]
        for column in range(config.outputs):
            number = Array(bank.numbers[column] for bank in banks)[self.which]
            fires = number < limits[column * wide : (column + 1) * wide]
            with m.If(fires & (window != 0)):
                m.d.sync += self.words[column].eq(self.words[column] | used)


def _halved(size: Value, places: int) -> Value:
    """Return size / 2^places, ties to even."""
    if places > len(size):
        return Const(0)
    whole, rest = size[places:] if places < len(size) else Const(0), size[:places]
    half = 1 << places - 1
    return whole + ((rest > half) | ((rest == half) & (whole & 1)))


class CountDigest(Digest):
    """Buffer of what was read, out of which whole pulses go, as version 2 of Tiki-Taka has it.

    One number a device, H += code 2^gain; up to `most` pulses are taken out of it at once
    (`models.algorithm.tiki_taka_2.take`, `models.algorithm.digest.give_pulses`). What the RAM
    holds of a row counts as nothing until it has passed once after a reset.
    """

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        (own,) = config.transfers
        bl = config.tile.tile.update.bl
        kept = memory.Memory(
            shape=signed(COLLECTED_BITS), depth=config.inputs * config.outputs, init=[]
        )
        m.submodules.kept = kept
        source, target = kept.read_port(), kept.write_port()
        address = Signal(range(config.inputs * config.outputs))
        known = Signal(config.inputs)
        column = config.outputs - self.left
        held = Mux(known.bit_select(self.row, 1), source.data, 0)
        early, late = (gain + own.places for gain in own.gains)
        sum_, left = Signal(signed(COLLECTED_BITS)), Signal(signed(COLLECTED_BITS))
        size, pulses = Signal(COLLECTED_BITS), Signal(range(own.most + 1))
        whole = size >> own.places
        taken = pulses << own.places
        m.d.comb += [
            address.eq(self.row * config.outputs + column),
            source.addr.eq(address),
            target.addr.eq(address),
            sum_.eq(held + Mux(self.late, self.head << late, self.head << early)),
            size.eq(abs(sum_)),
            pulses.eq(Mux(whole > own.most, own.most, whole)),
            left.eq(Mux(sum_ < 0, sum_ + taken, sum_ - taken)),
            target.data.eq(left),
        ]
        with m.FSM():
            with m.State("idle"):
                with m.If(self.load):
                    self._load(m)
                    m.d.sync += self.slots.eq(0)
                    m.next = "fetch"
            with m.State("fetch"):
                with m.If(self.left == 0):
                    m.d.comb += self.made.eq(1)
                    m.d.sync += known.bit_select(self.row, 1).eq(1)
                    m.next = "idle"
                with m.Else():
                    m.next = "take"
            with m.State("take"):
                self._rotate(m)
                word = Cat(pulses > slot for slot in range(bl))
                words = self.words.as_value()
                m.d.comb += target.en.eq(1)
                m.d.sync += [
                    words.eq(Cat(words[bl:], word)),
                    self.signs.eq(Cat(self.signs[1:], sum_ < 0)),
                ]
                with m.If(pulses != 0):
                    m.d.sync += self.slots.eq(bl)
                m.next = "fetch"
        return m


def make_digest(config: DigitalConfig) -> Digest:
    """Return the digest of a stage's transfers."""
    return CountDigest(config) if config.transfers[0].counted else TrainDigest(config)
