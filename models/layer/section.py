"""The tables `[[layer]]` of a design file: one class for each kind of layer."""

from math import log2
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from models.table import Section

KINDS = ("linear", "conv", "lstm")
_Size = Annotated[int, Field(ge=1, le=65536)]
_Side = Annotated[int, Field(ge=1, le=4096)]


def _fans(data: dict[str, Any]) -> tuple[int, int]:
    """Return the inputs of an output and the outputs of an input, as Xavier counts them."""
    if data["kind"] == "conv":
        window = data["kernel"] ** 2
        return data["channels"] * window, data["filters"] * window
    if data["kind"] == "lstm":
        return data["features"] + data["hidden"], data["hidden"]
    return data["inputs"], data["outputs"]


def xavier_scale(fans: int, omega: float) -> float:
    """Return the power of two nearest to Xavier's limit sqrt(6 / fans) over `omega`."""
    return float(2.0 ** round(log2((6.0 / fans) ** 0.5 / omega)))


def _default_scale(data: dict[str, Any]) -> float:
    """Power of two nearest to Xavier's limit sqrt(6 / (inputs + outputs)) over `omega`."""
    try:
        return xavier_scale(sum(_fans(data)), data["omega"])
    except KeyError:
        return 1.0  # one of them is wrong, and is what the user is told


class _Analog(Section):
    """What every layer's tiles share."""

    bias: bool = True
    """Add a digital bias, trained at the layer's rate."""
    omega: float = Field(0.05, ge=1e-6, le=1024.0)
    """Largest |weight| on the device at the start; uniform in [-omega, omega]."""
    scale: float = Field(default_factory=_default_scale, ge=1e-9, le=1e9)
    """Digital output scale s of y = s G'x; a power of two in the hardware profile."""
    learn_scale: Literal["none", "layer", "column"] = "none"
    """What the behavioural profile learns of the scale: one factor a layer, or one a column."""
    scale_floor: float = Field(0.1, gt=0, le=1)
    """Smallest learned scale, over `scale`."""
    adc_full_scale: float = Field(4.0, ge=1e-9, le=1e9)
    """ADC rail of F and B, in full input codes times unit weight; see `scale`."""
    normalise: bool = False
    """Bring the pre-activations of every vector to mean 0 and standard deviation 1."""
    dropout: float = Field(0.0, ge=0, le=0.9)
    """Share of the outputs that are 0 in training, drawn for each sample; none in evaluations."""


class _Activated(Section):
    activation: Literal["tanh", "sigmoid", "relu", "linear", "hard-tanh", "hard-sigmoid"] = "tanh"
    """By default `tanh`; `linear` for the last layer under cross-entropy. `hard-tanh` is z between
    -1 and 1, `hard-sigmoid` z / 4 + 1/2 between 0 and 1."""


class _LinearShape(Section):
    kind: Literal["linear"] = "linear"
    """Kind of layer."""
    inputs: _Size
    """Elements of the vector that comes in."""
    outputs: _Size
    """Elements of the vector that goes out."""


class _ConvShape(Section):
    kind: Literal["conv"]
    """Kind of layer."""
    channels: _Side
    """Channels of the input map, which comes channel after channel, row after row."""
    height: _Side
    """Rows of the input map."""
    width: _Side
    """Columns of the input map."""
    filters: _Side
    """Channels of the output map."""
    kernel: int = Field(ge=1, le=256)
    """Side of the square window."""
    stride: int = Field(1, ge=1, le=256)
    """Step of the window, both ways."""
    padding: int = Field(0, ge=0, le=256)
    """Zeros around the map, on every side."""
    pool: int = Field(1, ge=1, le=256)
    """Side of the square of outputs that become one, after the activation; 1: none does.

    Squares lie side by side; outputs beyond the last whole one are dropped.
    """
    pool_kind: Literal["max", "average"] = "max"
    """`max`: the first largest, which gets the whole error. `average`: the rounded mean."""


class _LstmShape(Section):
    kind: Literal["lstm"]
    """Kind of layer."""
    features: _Size
    """Inputs of one time step: the layer's inputs come step after step."""
    hidden: int = Field(ge=1, le=16384)
    """Outputs: the hidden state after the last step."""
    steps: _Side
    """Time steps a sample."""
    truncate: int | None = Field(None, ge=1, le=4096)
    """Last time steps that errors go back through; by default all."""
    forget_bias: float = Field(1.0, ge=-16, le=16)
    """Bias of the forget gate at the start; not trained without `bias`."""


class _Adapted(Section):
    adapter_rank: int | None = Field(None, ge=1, le=4096)
    """Freeze the layer and train two matrices of this rank beside it: W + s B A, two stages."""
    adapter_scale: float | None = Field(None, ge=2.0**-12, le=4096.0)
    """Factor s, by default 1; a power of two in the hardware profile."""
    adapter_base: Literal["analog", "digital"] | None = None
    """Whether the frozen W stands on devices beside A (the default) or is exact numbers."""
    adapter_bias: bool | None = None
    """Whether the layer's bias goes on learning; by default it is frozen too."""


class LinearLayer(_Adapted, _Analog, _Activated, _LinearShape):
    """`[[layer]]`: one layer, one stage, as many tiles as it needs; here y = f(W x + b)."""

    @property
    def rows(self) -> int:
        """Lines that F drives."""
        return self.inputs

    @property
    def columns(self) -> int:
        """Lines that F reads."""
        return self.outputs

    @property
    def elements(self) -> int:
        """Pre-activations of a sample."""
        return self.outputs

    @property
    def reads(self) -> int:
        """Vectors of F a sample."""
        return 1

    @property
    def errors(self) -> int:
        """Vectors of B and U a sample: errors of the last so many of `reads`."""
        return 1


class ConvLayer(_Analog, _Activated, _ConvShape):
    """`[[layer]]` of kind `conv`: a window over a map, each place one vector; then pooling."""

    @property
    def rows(self) -> int:
        """Lines that F drives: a window of every channel."""
        return self.channels * self.kernel**2

    @property
    def columns(self) -> int:
        """Lines that F reads."""
        return self.filters

    @property
    def out_height(self) -> int:
        """Rows of the map before pooling."""
        return (self.height + 2 * self.padding - self.kernel) // self.stride + 1

    @property
    def out_width(self) -> int:
        """Columns of the map before pooling."""
        return (self.width + 2 * self.padding - self.kernel) // self.stride + 1

    @property
    def map(self) -> tuple[int, int, int]:
        """Channels, rows and columns of the map that the layer hands on."""
        return self.filters, self.out_height // self.pool, self.out_width // self.pool

    @property
    def inputs(self) -> int:
        """Elements of the input map."""
        return self.channels * self.height * self.width

    @property
    def outputs(self) -> int:
        """Elements of the map that the layer hands on."""
        channels, height, width = self.map
        return channels * height * width

    @property
    def elements(self) -> int:
        """Pre-activations of a sample."""
        return self.filters * self.reads

    @property
    def reads(self) -> int:
        """Vectors of F a sample: the places of the window."""
        return self.out_height * self.out_width

    @property
    def errors(self) -> int:
        """Vectors of B and U a sample."""
        return self.reads


class LstmLayer(_Analog, _LstmShape):
    """`[[layer]]` of kind `lstm`: gates i, f, g, o on one matrix, each time step one vector."""

    @property
    def rows(self) -> int:
        """Lines that F drives: a step's inputs, then the hidden state."""
        return self.features + self.hidden

    @property
    def columns(self) -> int:
        """Lines that F reads: gates i, f, g, o."""
        return 4 * self.hidden

    @property
    def inputs(self) -> int:
        """Elements of a sample."""
        return self.steps * self.features

    @property
    def outputs(self) -> int:
        """Elements of the last hidden state."""
        return self.hidden

    @property
    def elements(self) -> int:
        """Slopes that go with a sample's outputs: they stand for themselves."""
        return self.hidden

    @property
    def reads(self) -> int:
        """Vectors of F a sample."""
        return self.steps

    @property
    def errors(self) -> int:
        """Vectors of B and U a sample: the last time steps."""
        return min(self.steps, self.truncate or self.steps)


def _kind(table: Any) -> str | None:
    kind = table.get("kind", "linear") if isinstance(table, dict) else getattr(table, "kind", None)
    return kind if isinstance(kind, str) and kind in KINDS else None


Layer = Annotated[
    Annotated[LinearLayer, Tag("linear")]
    | Annotated[ConvLayer, Tag("conv")]
    | Annotated[LstmLayer, Tag("lstm")],
    Discriminator(
        _kind,
        custom_error_type="layer_kind",
        custom_error_message="kind should be 'linear', 'conv' or 'lstm'",
    ),
]
