"""Stochastic translation of two code vectors into pulse words: one word a line, bit t = slot t.

The expected number of coincidences on a crosspoint is lr |x| |d| / dw_min, where x and d are the
real values of its two codes (Gokmen & Vlasov 2016). With the rate as a power of two all of it is
integer: update management splits the needed probability between the sides, update-BL management
uses no more slots than needed (docs/contract.md, pulse translation).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.lfsr import COLUMNS, ROWS, LfsrBank
from models.number import Integers
from models.tile import TileConfig

WordArray = npt.NDArray[np.uint64]
Bits = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Split:
    """How an update is shared out: slots used, right shifts of both sides' thresholds."""

    slots: int
    row_shift: int
    column_shift: int


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


def split(largest_x: int, largest_d: int, exponent: int, bl: int) -> Split:
    """Return the slots and threshold shifts of an update.

    Parameters
    ----------
    largest_x, largest_d
        Largest |code| of either side, 0 or above; if either is 0 no slot is used.
    exponent
        Sum of both vectors' exponents and the gain log2(lr / (s dw_min)).
    bl
        Slots that are built, 1..63.
    """
    if largest_x == 0 or largest_d == 0:
        return Split(0, 0, 0)
    excess = -(largest_x.bit_length() + largest_d.bit_length() + exponent)
    if excess > 0:
        return Split(1, -(-excess // 2), excess // 2)
    return Split(min(1 << min(-excess, 6), bl), 0, 0)


def thresholds(codes: Integers, shift: int, comparator_bits: int) -> Integers:
    """Return what a line's numbers are compared with: |code| / 2^(bits of the largest + shift).

    In units of 2^-comparator_bits, rounded down where the shift leaves the comparator.
    """
    magnitude = np.abs(codes)
    places = comparator_bits - int(magnitude.max(initial=0)).bit_length() - shift
    if places >= 0:
        return magnitude << places
    return magnitude >> min(-places, 63)


def _words(bank: LfsrBank, limits: Integers, update: int, slots: int) -> WordArray:
    fires = bank.numbers(update, slots) < limits
    weight = np.uint64(1) << np.arange(slots, dtype=np.uint64)
    return np.asarray((fires * weight[:, None]).sum(axis=0, dtype=np.uint64))


def bounded(wanted: float) -> float:
    """Return the wanted coincidences, within what can be told from none and from always.

    Below 2^-200, and not a number: none; above 2^200: as many.
    """
    return min(wanted, 2.0**200) if wanted > 2.0**-200 else 0.0


class PulseTranslator:
    """Translator of one tile: two LFSR banks and the rule that turns codes into words."""

    def __init__(self, config: TileConfig) -> None:
        self.config = config
        self.rows = LfsrBank(config, ROWS)
        self.columns = LfsrBank(config, COLUMNS)

    def words(self, x: Integers, d: Integers, exponent: int, update: int) -> PulseWords:
        """Return the pulse words of update number `update`.

        Parameters
        ----------
        x, d
            Signed input and error codes, shapes (rows,) and (columns,).
        exponent
            Sum of both exponents and the gain, see `split`.
        update
            Number of updates of this tile before this one: the sample's number.
        """
        spec = self.config.tile.update
        plan = split(int(np.abs(x).max()), int(np.abs(d).max()), exponent, spec.bl)
        row_limits = thresholds(x, plan.row_shift, spec.comparator_bits)
        column_limits = thresholds(d, plan.column_shift, spec.comparator_bits)
        return PulseWords(
            xw=_words(self.rows, row_limits, update, plan.slots),
            xs=(x < 0).astype(np.uint8),
            dw=_words(self.columns, column_limits, update, plan.slots),
            ds=(d > 0).astype(np.uint8),
            slots=plan.slots,
        )

    def real_words(self, x: Integers, d: Integers, amplitude: float, update: int) -> PulseWords:
        """Return the pulse words of update number `update` at a real `amplitude`.

        `amplitude` |x| |d| is the expected number of coincidences: aihwkit's update-BL management
        and update management (rpu_pulsed_meta_parameter.cpp). With k = amplitude max|x| max|d| the
        slots are min(ceil(k), BL); both sides fire with the same largest probability
        sqrt(k / slots), and what exceeds 1 is lost.
        """
        spec = self.config.tile.update
        largest_x, largest_d = int(np.abs(x).max()), int(np.abs(d).max())
        wanted = bounded(amplitude * largest_x * largest_d)
        slots = int(min(np.ceil(wanted), spec.bl))
        limits = [np.zeros(len(x), np.int64), np.zeros(len(d), np.int64)]
        if slots:
            full = float(1 << spec.comparator_bits)
            part = np.sqrt(min(wanted, float(slots)) / slots)
            limits = [
                np.minimum(np.rint(np.abs(x) * (part / largest_x * full)), full).astype(np.int64),
                np.minimum(
                    np.rint(np.abs(d) * (wanted / slots / part / largest_d * full)), full
                ).astype(np.int64),
            ]
        return PulseWords(
            xw=_words(self.rows, limits[0], update, slots),
            xs=(x < 0).astype(np.uint8),
            dw=_words(self.columns, limits[1], update, slots),
            ds=(d > 0).astype(np.uint8),
            slots=slots,
        )

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
