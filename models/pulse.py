"""Pulse words: one word a line, bit t = slot t, made from slots and thresholds.

A line fires in a slot with its threshold's probability; a crosspoint steps where both its lines
fire (Gokmen & Vlasov 2016). How slots and thresholds follow from codes: `models.management`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.binomial import Counts, counts
from models.key import draw, extend, fold
from models.lfsr import LfsrBank
from models.management import Drive, integer_drive, real_drive
from models.number import Integers
from models.seed import COLUMNS, ROWS
from models.spread import column_words, line_phases, pascal, reverse, row_words
from models.tile import TileConfig

WordArray = npt.NDArray[np.uint64]
Bits = npt.NDArray[np.uint8]

#: Keys of the random numbers of rows and columns, apart from every op's code.
RANDOM = (48, 49)
#: Key of coincidences drawn without words.
DRAWN = 50


@dataclass(frozen=True)
class PulseWords:
    """The pulse trains of one update.

    `xw`, `dw`: word of each row and column; `xs`, `ds`: their signs. A coincidence steps its device
    down where the signs differ, up where they are equal; the minus of descent is in `ds`.
    `slots`: slots used; higher bits of every word are 0.
    """

    xw: WordArray
    xs: Bits
    dw: WordArray
    ds: Bits
    slots: int


def fires(numbers: Integers, limits: Integers) -> WordArray:
    """Return words with a bit set where a number, shape (slots, lines), is below its limit."""
    weight = np.uint64(1) << np.arange(len(numbers), dtype=np.uint64)
    return np.asarray(((numbers < limits) * weight[:, None]).sum(axis=0, dtype=np.uint64))


class PulseTranslator:
    """Translator of one tile: its sources of numbers and the rule that turns codes into words."""

    def __init__(self, config: TileConfig) -> None:
        self.config = config
        self.rows = LfsrBank(config, ROWS)
        self.columns = LfsrBank(config, COLUMNS)

    def _random_words(self, side: int, limits: Integers, update: int, slots: int) -> WordArray:
        """Return words of numbers keyed by (seed, tile, side, update, line), counted by slot."""
        key = extend(fold(self.config.seed, self.config.index, RANDOM[side]), update)
        keys = extend(key, np.arange(len(limits)))
        bits = self.config.tile.update.comparator_bits
        words = draw(keys[None, :], np.arange(slots)[:, None]) >> np.uint64(64 - bits)
        return fires(words.astype(np.int64), limits)

    def translate(self, drive: Drive, update: int) -> tuple[WordArray, WordArray]:
        """Return the words of rows and columns of update number `update`."""
        spec, slots = self.config.tile.update, drive.slots
        if spec.pulse_type == "random":
            return (
                self._random_words(ROWS, drive.rows, update, slots),
                self._random_words(COLUMNS, drive.columns, update, slots),
            )
        if spec.pulse_type == "deterministic":
            bits = spec.comparator_bits
            u = line_phases(reverse(update), self.config.rows, bits)
            v = line_phases(pascal(update), self.config.columns, bits)
            return (
                row_words(drive.rows, u, slots, bits),
                column_words(drive.columns, v, slots, bits),
            )
        return (
            fires(self.rows.numbers(update, slots), drive.rows),
            fires(self.columns.numbers(update, slots), drive.columns),
        )

    def counts(self, drive: Drive, update: int) -> Counts:
        """Return coincidences drawn without words, shape (rows, columns), of update `update`."""
        key = extend(fold(self.config.seed, self.config.index, DRAWN), update)
        full = float(1 << self.config.tile.update.comparator_bits)
        return counts(key, drive.rows / full, drive.columns / full, drive.slots)

    def make(self, drive: Drive, x: Integers, d: Integers, update: int) -> PulseWords:
        """Return the pulse words of update number `update`, with the signs of its codes."""
        xw, dw = self.translate(drive, update)
        signs = (x < 0).astype(np.uint8), (d > 0).astype(np.uint8)
        return PulseWords(xw=xw, xs=signs[0], dw=dw, ds=signs[1], slots=drive.slots)

    def words(
        self,
        x: Integers,
        d: Integers,
        exponent: int,
        update: int,
        x_exponent: int = 0,
        d_exponent: int = 0,
    ) -> PulseWords:
        """Return the pulse words of update number `update` in the hardware profile.

        Parameters
        ----------
        x, d
            Signed input and error codes, shapes (rows,) and (columns,).
        exponent
            Sum of both exponents and the gain, see `models.management.split`.
        update
            Number of updates of this tile before this one: the sample's number.
        x_exponent, d_exponent
            Both exponents; without update management alone.
        """
        drive = integer_drive(self.config.tile.update, x, d, exponent, x_exponent, d_exponent)
        return self.make(drive, x, d, update)

    def real_words(
        self,
        x: Integers,
        d: Integers,
        amplitude: float,
        update: int,
        x_factor: float = 1.0,
        d_factor: float = 1.0,
    ) -> PulseWords:
        """Return the pulse words of update number `update` in the behavioural profile.

        `amplitude` `x_factor` |x| `d_factor` |d| is the expected number of coincidences, see
        `models.management.real_drive`.
        """
        drive = real_drive(self.config.tile.update, x, d, amplitude, x_factor, d_factor)
        return self.make(drive, x, d, update)

    def phase_words(self, words: PulseWords) -> list[PulseWords]:
        """Return the words of each sign phase: lines that take no part carry 0.

        One phase drives both signs; two split by the row's sign; four by row's, then column's sign.
        """
        phases = self.config.tile.update.phases
        if phases == 1 or words.slots == 0:
            return [words]
        pairs = [(p, None) for p in (0, 1)] if phases == 2 else [(p >> 1, p & 1) for p in range(4)]
        return [
            PulseWords(
                xw=np.where(words.xs == row, words.xw, np.uint64(0)),
                xs=words.xs,
                dw=words.dw
                if column is None
                else np.where(words.ds == column, words.dw, np.uint64(0)),
                ds=words.ds,
                slots=words.slots,
            )
            for row, column in pairs
        ]
