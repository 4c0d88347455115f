"""Error of one update's coincidences by pulse type: of one device, and of a whole array's sum.

Run as `python -m benchmarks.pulse_error`; 300 updates of a 64 x 32 tile with uniform random codes.
"""

import numpy as np

from models.management import integer_drive
from models.pulse import PulseTranslator
from models.section import Tile
from models.tile import TileConfig
from models.update import Update

UPDATES, ROWS, COLUMNS, LARGEST = 300, 64, 32, 63
KINDS = ("lfsr", "random", "deterministic", "binomial")
#: Slots that are built, and the exponent of the coincidences wanted a unit of code x code.
CASES = ((8, -12), (8, -9), (31, -8), (63, -7))


def errors(kind: str, bl: int, exponent: int) -> tuple[int, float, float]:
    """Return the slots used, and both root mean square errors; the array's relative to its sum."""
    update = Update.model_validate({"bl": bl, "pulse_type": kind})
    translator = PulseTranslator(TileConfig(ROWS, COLUMNS, Tile(update=update)))
    rng, full = np.random.default_rng(0), float(1 << update.comparator_bits)
    device, array, slots = [], [], 0
    for number in range(UPDATES):
        x = rng.integers(-LARGEST, LARGEST + 1, ROWS)
        d = rng.integers(-LARGEST, LARGEST + 1, COLUMNS)
        drive = integer_drive(update, x, d, exponent)
        slots = drive.slots
        wanted = slots * np.outer(drive.rows / full, drive.columns / full)
        if kind == "binomial":
            found = translator.counts(drive, number)
        else:
            xw, dw = translator.translate(drive, number)
            found = np.bitwise_count(xw[:, None] & dw[None, :])
        device.append(((found - wanted) ** 2).mean())
        array.append(((found - wanted).sum() / wanted.sum()) ** 2)
    return slots, float(np.sqrt(np.mean(device))), float(np.sqrt(np.mean(array)))


def main() -> None:
    """Print the table."""
    print("| slots | " + " | ".join(f"`{kind}`" for kind in KINDS) + " |")
    print("|" + "---|" * (len(KINDS) + 1))
    for bl, exponent in CASES:
        found = [errors(kind, bl, exponent) for kind in KINDS]
        cells = [f"{device:.2f}, {100 * array:.1f} %" for _, device, array in found]
        print(f"| {found[0][0]} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
