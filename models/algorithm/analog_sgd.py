"""Analog SGD: every sample's rank-1 gradient is pulsed into its own tile at once.

W' = W - lr (d x^T) F(W) - lr |d x^T| G(W) (Wu et al., arXiv 2406.12774, eq. 3), in pulses of
Gokmen & Vlasov (2016). Operations a sample and stage: one F, one B, one U; no transfer.
"""

from math import frexp

import numpy as np

from models.converter import Numerics, Vectors
from models.layer.linear import Linear
from models.pulse import PulseTranslator, PulseWords
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


def pulse_words(
    translator: PulseTranslator,
    numerics: Numerics,
    x: Vectors,
    d: Vectors,
    amplitude: float,
    sample: int,
    x_factor: float = 1.0,
    d_factor: float = 1.0,
) -> PulseWords:
    """Return one sample's pulse words; `amplitude` times both factors is that of the codes."""
    codes, errors = x.astype(np.int64), d.astype(np.int64)
    if numerics.integer:
        exponent, own, other = (
            frexp(value)[1] - 1 for value in (amplitude * x_factor * d_factor, x_factor, d_factor)
        )
        return translator.words(codes, errors, exponent, sample, own, other)
    return translator.real_words(codes, errors, amplitude, sample, x_factor, d_factor)


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
    tally: Tally | None = None,
) -> tuple[int, int, int]:
    """Apply one sample's update to a layer; return slots used, pulses sent and coincidences.

    `tally`, where given, counts its words.
    """
    words = pulse_words(translator, layer.numerics, x, d, amplitude, sample, x_factor, d_factor)
    if tally is not None:
        tally.add(words)
    steps = layer.crossbar.update(words, sample)
    if layer.biased:
        update_bias(layer, d, d_factor, bias_rate)
    sent = int(np.bitwise_count(words.xw).sum()) + int(np.bitwise_count(words.dw).sum())
    return words.slots, sent, steps
