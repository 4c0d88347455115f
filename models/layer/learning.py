"""Update of a layer by one sample: the plain twin of `models.burst` and `models.applying`.

W' = W - lr (d x^T) F(W) - lr |d x^T| G(W) (Wu et al., arXiv 2406.12774, eq. 3), in pulses of
Gokmen & Vlasov (2016); then what is due: retention and refresh.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import frexp

import numpy as np

from models.converter import Numerics, Vectors
from models.crossbar import Crossbar
from models.layer.linear import Linear
from models.management import Drive, integer_drive, real_drive
from models.outer import outer_gain, outer_update
from models.pulse import PulseTranslator
from models.refreshing import Counts, refresh
from models.tally import Tally
from models.transfer.plain import TileTransfers


def update_bias(layer: Linear, d: Vectors, factor: Vectors, rate: float) -> None:
    """Subtract rate * d from the digital bias in place.

    `d` are error codes of one sample, `factor` those of its blocks.
    """
    numerics, limit = layer.numerics, layer.numerics.limit * layer.numerics.bias_unit
    for part, own in zip(layer.grid.config.column_parts, factor.tolist(), strict=True):
        change = d[part] * (own * rate * numerics.bias_unit) / layer.gain[part]
        if numerics.integer:
            layer.bias[part] = np.clip(layer.bias[part] - np.rint(change), -limit, limit)
        else:
            layer.bias[part] -= change


def share(
    translator: PulseTranslator,
    numerics: Numerics,
    x: Vectors,
    d: Vectors,
    amplitude: float,
    x_factor: float = 1.0,
    d_factor: float = 1.0,
) -> Drive:
    """Return one sample's slots and thresholds; `amplitude` is that of a unit of x d."""
    codes, errors, spec = x.astype(np.int64), d.astype(np.int64), translator.config.tile.update
    if numerics.integer:
        exponent, own, other = (
            frexp(value)[1] - 1 for value in (amplitude * x_factor * d_factor, x_factor, d_factor)
        )
        return integer_drive(spec, codes, errors, exponent, own, other)
    return real_drive(spec, codes, errors, amplitude, x_factor, d_factor)


def update_tile(
    bar: Crossbar,
    translator: PulseTranslator,
    drive: Drive,
    x: Vectors,
    d: Vectors,
    gain: np.float32,
    sample: int,
    tally: Tally | None,
) -> tuple[int, int]:
    """Apply one sample's update to a tile; return pulses sent and coincidences.

    `gain` is the change of a weight a unit of code x code, where nothing is pulsed.
    """
    kind = translator.config.tile.update.pulse_type
    if kind == "ideal":
        states = bar.states.reshape(-1, len(x), len(d))
        for number in bar.chosen(sample):
            own = bar.members[number]
            outer_update(states[number], own.w_min, own.w_max, own.exponent, x, d, gain)
        bar.settle((x != 0)[:, None] & (d != 0)[None, :], sample)
        return 0, 0
    if kind == "binomial":
        counts = translator.counts(drive, sample)
        if tally is not None:
            tally.devices[...] += counts
        return 0, bar.step(counts, (x < 0)[:, None] == (d > 0)[None, :], sample)
    words = translator.make(drive, x.astype(np.int64), d.astype(np.int64), sample)
    if tally is not None:
        tally.add(words)
    sent = int(np.bitwise_count(words.xw).sum()) + int(np.bitwise_count(words.dw).sum())
    return sent, bar.update(words, sample)


@dataclass(frozen=True)
class Around:
    """What else an update of a layer touches; one entry a tile.

    `tallies` count words; `refreshed`, shape (tiles, 2, 3), takes the counts of `models.refreshing`
    of this refresh and of all; `transfers` hold the choppers, and the digital memory of updates.
    """

    tallies: Sequence[Tally | None] = ()
    refreshed: Counts | None = None
    transfers: Sequence[TileTransfers] = ()

    def after(self, number: int, tile: Crossbar, updates: int) -> None:
        """Do to a tile what is due after so many updates."""
        tile.age(updates)
        counts = refresh(tile, updates)
        if counts is not None and self.refreshed is not None:
            self.refreshed[number, 0] = counts
            self.refreshed[number, 1] += counts


#: Nothing but the array.
NOTHING = Around()


def update(
    layer: Linear,
    translators: tuple[PulseTranslator, ...],
    x: Vectors,
    x_factor: Vectors,
    d: Vectors,
    d_factor: Vectors,
    amplitude: float,
    bias_rate: float,
    sample: int,
    dw_min: float,
    around: Around = NOTHING,
) -> tuple[int, int, int]:
    """Apply one sample's update to a layer; return slots used, pulses sent and coincidences.

    Each tile makes its own pulses, from its blocks of `x` and `d` with their factors, shapes
    (row blocks,) and (column blocks,); the slots are those of the tile that uses most. `dw_min` is
    the step that a coincidence stands for where nothing is pulsed.
    """
    slots = sent = steps = 0
    for number, (r, c, rows, columns, tile) in enumerate(layer.grid.blocks()):
        if columns.stop <= layer.frozen:
            tile.age(sample + 1)
            continue
        translator, tally = translators[number], around.tallies[number] if around.tallies else None
        own, other = float(x_factor[r]), float(d_factor[c])
        inputs, errors = x[rows], d[columns]
        if around.transfers:
            inputs = around.transfers[number].chopped(inputs)
        if around.transfers and around.transfers[number].collects:
            around.transfers[number].collect(inputs, errors, amplitude * own * other)
        else:
            drive = share(translator, layer.numerics, inputs, errors, amplitude, own, other)
            gain = outer_gain(amplitude, own, other, dw_min)
            found = update_tile(tile, translator, drive, inputs, errors, gain, sample, tally)
            slots, sent, steps = max(slots, drive.slots), sent + found[0], steps + found[1]
        around.after(number, tile, sample + 1)
    if layer.biased:
        update_bias(layer, d, d_factor, bias_rate)
    return slots, sent, steps
