"""Analog SGD: every sample's rank-1 gradient is pulsed into its own tile at once.

W' = W - lr (d x^T) F(W) - lr |d x^T| G(W) (Wu et al., arXiv 2406.12774, eq. 3), in pulses of
Gokmen & Vlasov (2016). Operations a sample and stage: one F, one B, one U; no transfer.
"""

from math import frexp

import numpy as np

from models.converter import Numerics, Vectors
from models.layer.linear import Linear
from models.management import Drive, integer_drive, real_drive
from models.outer import outer_gain, outer_update
from models.pulse import PulseTranslator
from models.tally import Tally


def update_bias(layer: Linear, d: Vectors, factor: float, rate: float) -> None:
    """Subtract rate * d from the digital bias in place; `d` are error codes of one sample."""
    numerics = layer.numerics
    change = d * (factor * rate * numerics.bias_unit)
    if numerics.integer:
        limit = numerics.limit * numerics.bias_unit
        layer.bias[...] = np.clip(layer.bias - np.rint(change), -limit, limit)
    else:
        layer.bias[...] -= change


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


def update(
    layer: Linear,
    translator: PulseTranslator,
    x: Vectors,
    x_factor: float,
    d: Vectors,
    d_factor: float,
    amplitude: float,
    bias_rate: float,
    sample: int,
    dw_min: float,
    tally: Tally | None = None,
) -> tuple[int, int, int]:
    """Apply one sample's update to a layer; return slots used, pulses sent and coincidences.

    `tally`, where given, counts its words; `dw_min` is the step that a coincidence stands for where
    nothing is pulsed.
    """
    bar, kind = layer.crossbar, translator.config.tile.update.pulse_type
    drive = share(translator, layer.numerics, x, d, amplitude, x_factor, d_factor)
    sent = steps = 0
    if kind == "ideal":
        gain, dev = outer_gain(amplitude, x_factor, d_factor, dw_min), bar.devices
        outer_update(bar.weights, dev.w_min, dev.w_max, dev.exponent, x, d, gain)
    elif kind == "binomial":
        counts = translator.counts(drive, sample)
        if tally is not None:
            tally.devices[...] += counts
        steps = bar.step(counts, (x < 0)[:, None] == (d > 0)[None, :], sample)
    else:
        words = translator.make(drive, x.astype(np.int64), d.astype(np.int64), sample)
        if tally is not None:
            tally.add(words)
        steps = bar.update(words, sample)
        sent = int(np.bitwise_count(words.xw).sum()) + int(np.bitwise_count(words.dw).sum())
    if layer.biased:
        update_bias(layer, d, d_factor, bias_rate)
    return drive.slots, sent, steps
