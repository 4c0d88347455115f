"""The layers as stages: an adapted layer is two, any other one.

y = W x + b + s B (A x) with a frozen W and a trained pair of rank r (Hu et al., arXiv 2106.09685).
The first stage holds A beside W and hands on both sums; the second holds B and adds what it was
handed.
"""

from dataclasses import dataclass
from typing import Literal

from models.layer.section import ConvLayer, LinearLayer, LstmLayer, xavier_scale

Learn = Literal["none", "layer", "column"]


@dataclass(frozen=True)
class _Half:
    """What both stages of an adapted layer share."""

    layer: LinearLayer
    activation: Literal["tanh", "sigmoid", "relu", "linear", "hard-tanh", "hard-sigmoid"] = "linear"
    reads: int = 1
    errors: int = 1
    learn_scale: Learn = "none"
    scale_floor: float = 1.0
    normalise: bool = False
    dropout: float = 0.0

    @property
    def rank(self) -> int:
        """Rank of the pair."""
        return self.layer.adapter_rank or 1

    @property
    def strength(self) -> float:
        """The factor s."""
        return self.layer.adapter_scale or 1.0

    @property
    def digital(self) -> bool:
        """Whether the frozen weights are exact numbers."""
        return self.layer.adapter_base == "digital"

    @property
    def adc_full_scale(self) -> float:
        """ADC rail of F and B."""
        return self.layer.adc_full_scale


class DownPart(_Half):
    """First stage: A, and W beside it; hands on W x, then A x."""

    @property
    def kind(self) -> str:
        """With the frozen weights on devices it is a linear layer of more columns."""
        return "down" if self.digital else "linear"

    @property
    def inputs(self) -> int:
        """Elements that the layer takes."""
        return self.layer.inputs

    @property
    def rows(self) -> int:
        """Lines that F drives."""
        return self.layer.inputs

    @property
    def frozen(self) -> int:
        """Columns of the frozen weights, which come first."""
        return 0 if self.digital else self.layer.outputs

    @property
    def columns(self) -> int:
        """Lines that F reads."""
        return self.frozen + self.rank

    @property
    def outputs(self) -> int:
        """Elements handed on."""
        return self.layer.outputs + self.rank

    @property
    def elements(self) -> int:
        """Pre-activations of a sample."""
        return self.outputs

    @property
    def scale(self) -> float:
        """Output scale of W and A."""
        return self.layer.scale

    @property
    def omega(self) -> float:
        """Largest |weight| of A at the start, and of W where nothing is started from."""
        return self.layer.omega

    @property
    def bias(self) -> bool:
        """The bias is added in the second stage."""
        return False


class UpPart(_Half):
    """Second stage: z = what came of W, plus s B times what came of A, plus b."""

    @property
    def kind(self) -> str:
        """A kind of its own."""
        return "up"

    @property
    def inputs(self) -> int:
        """Elements that the first stage hands on."""
        return self.layer.outputs + self.rank

    @property
    def rows(self) -> int:
        """Lines that F drives."""
        return self.rank

    @property
    def columns(self) -> int:
        """Lines that F reads."""
        return self.layer.outputs

    @property
    def outputs(self) -> int:
        """Elements handed on."""
        return self.layer.outputs

    @property
    def elements(self) -> int:
        """Pre-activations of a sample."""
        return self.layer.outputs

    @property
    def scale(self) -> float:
        """Output scale of s B: s times that of B, which follows Xavier."""
        own = xavier_scale(self.rank + self.layer.outputs, self.layer.omega)
        return own * self.strength

    @property
    def omega(self) -> float:
        """B starts at 0."""
        return 0.0

    @property
    def bias(self) -> bool:
        """Whether the bias learns."""
        return self.layer.bias and bool(self.layer.adapter_bias)


#: The layer of one stage.
Part = LinearLayer | ConvLayer | LstmLayer | DownPart | UpPart


def parts_of(layers: tuple[LinearLayer | ConvLayer | LstmLayer, ...]) -> tuple[Part, ...]:
    """Return the layers of the stages."""
    found: list[Part] = []
    for layer in layers:
        if isinstance(layer, LinearLayer) and layer.adapter_rank is not None:
            above = UpPart(layer, activation=layer.activation, dropout=layer.dropout)
            found += [DownPart(layer), above]
        else:
            found.append(layer)
    return tuple(found)


def layer_numbers(layers: tuple[LinearLayer | ConvLayer | LstmLayer, ...]) -> tuple[int, ...]:
    """Return the layer that each stage belongs to, counted from 0."""
    return tuple(number for number, layer in enumerate(layers) for _ in parts_of((layer,)))


def column_groups(part: Part) -> tuple[int, ...]:
    """Return the columns that share tiles: frozen ones have tiles of their own."""
    frozen = frozen_columns(part)
    return (frozen, part.columns - frozen) if frozen else (part.columns,)


def frozen_columns(part: Part) -> int:
    """Return the columns that are never pulsed; they come first."""
    return part.frozen if isinstance(part, DownPart) else 0


def rate_gain(part: Part) -> float:
    """Return the factor of a rate that is lr / scale elsewhere.

    s B learns by s times the gradient of B, which its scale holds once already: s^2.
    """
    return part.strength**2 if isinstance(part, UpPart) else 1.0
