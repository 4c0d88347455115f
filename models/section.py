"""The tables of a design file: one frozen, validated class each."""

from typing import Annotated, Literal

from pydantic import Field

from models.table import MANY, MOST, Section
from models.update import Update

ScheduleName = Literal[
    "sequential", "fill-drain", "1f1b", "async", "zero-bubble", "lock-step", "custom"
]

_Move = Annotated[int, Field(ge=-7, le=7)]
_Depth = Annotated[int, Field(le=MANY)]
PerStage = _Depth | tuple[Annotated[int, Field(ge=1, le=MANY)], ...]


class Run(Section):
    """`[run]`: what is run, not what is built."""

    seed: int = Field(0, ge=0, lt=1 << 63)
    """Root of every random number."""
    out: str | None = None
    """Run directory; by default `runs/<design>-<sha8>-s<seed>`."""
    profile: Literal["hardware", "behavioural"] = "hardware"
    """`hardware`: integers, bit-exact. `behavioural`: the float scalings of the literature."""
    epochs: float = Field(15.0, gt=0, le=MANY)
    """Passes over the training set; ignored where `samples` is given."""
    samples: int | None = Field(None, ge=1, le=MOST)
    """Training samples in all."""
    evaluate_every: int | None = Field(None, ge=1, le=10 * MANY)
    """Training samples between two evaluations; by default one pass over the training set."""
    average_after: float | None = Field(None, ge=0, le=1)
    """Share of the samples from which on the mean of the evaluated weights is evaluated too."""
    count_pulses: bool = False
    """Count the pulses of every line and the coincidences of every device into `pulses.npz`."""
    batched: bool = False
    """Read a whole mini-batch of a synchronous schedule at once; another path to the same bits."""


class Data(Section):
    """`[data]`: the labelled images to learn."""

    name: Literal["digits", "shifted-digits", "idx", "spiral"] = "digits"
    """`digits`: the embedded 1,797 images of 8x8. `shifted-digits`: each of them moved.

    `idx`: a folder in MNIST's format. `spiral`: points of the plane on three arms.
    """
    path: str | None = None
    """Folder with the four MNIST-format files (gz or not); only with `idx`."""
    shift: Annotated[tuple[_Move, ...], Field(min_length=2, max_length=2)] | None = None
    """`shifted-digits`: pixels to the right and down, by default [1, 0]; negative: left and up.

    What comes in is 0, what goes out is lost.
    """
    points: int | None = Field(None, ge=2, le=100_000)
    """`spiral`: points an arm, by default 500."""
    noise: float | None = Field(None, ge=0, le=1)
    """`spiral`: standard deviation of the angle in rad, by default 0.2."""
    seed: int | None = Field(None, ge=0)
    """`spiral`: seed of that noise, by default 0."""
    test_fraction: float = Field(0.2, gt=0, lt=1)
    """Share held back for testing; not of `idx`."""
    split_seed: int = Field(0, ge=0)
    """Seed of the permutation that splits them."""
    limit: int | None = Field(None, ge=1)
    """Use only the first this many training images."""
    test_limit: int | None = Field(None, ge=1)
    """Use only the first this many test images."""


class Network(Section):
    """`[network]`: what all layers share."""

    loss: Literal["cross-entropy", "mse"] = "cross-entropy"
    """What is made small: cross-entropy of the softmax, or the mean squared error."""
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    """Share of the target that all classes have alike; the rest is the label's."""
    start: str | None = None
    """Run directory, or checkpoint, whose weights the devices are written with at the start."""
    fraction_bits: int = Field(10, ge=4, le=14)
    """Binary places of every digital vector of the hardware profile."""
    bias_fraction_bits: int = Field(12, ge=0, le=16)
    """Binary places of a digital bias beyond `fraction_bits`."""


class Dac(Section):
    """`[tile.dac]`: signed symmetric input codes, +-(2^(bits-1) - 1)."""

    bits: int = Field(7, ge=2, le=12)
    """Bits of an input code, sign included."""
    drive: Literal["bit-serial", "pulse-width"] = "bit-serial"
    """How a line carries its code: bit after bit, or by the length of one pulse."""
    bound: float = Field(1.0, ge=2.0**-12, le=4096.0)
    """Rail over what noise management makes 1; below 1 the largest inputs are clipped."""
    rounding: Literal["nearest", "stochastic"] = "nearest"
    """`stochastic`: up with the probability of the part that is cut off."""
    noise: float = Field(0.0, ge=0, le=1)
    """Standard deviation of the noise on every driven line, in full input codes."""


class Adc(Section):
    """`[tile.adc]`: signed symmetric output codes, +-(2^(bits-1) - 1)."""

    bits: int = Field(9, ge=2, le=16)
    """Bits of an output code, sign included."""
    count: int | None = Field(None, ge=1)
    """Converters a tile shares among its outputs; by default one for each output."""
    rounding: Literal["nearest", "stochastic"] = "nearest"
    """`stochastic`: up with the probability of the part that is cut off."""
    lower: float = Field(1.0, gt=0, le=1)
    """Lower rail over the upper one; its code is rounded."""
    bank: tuple[Annotated[int, Field(ge=0, le=MANY)], ...] | None = None
    """Number of the bank of converters of each stage; stages and arrays with one bank share it, one
    op at a time. By default every array has converters of its own."""


class Tile(Section):
    """`[tile]`: the crossbar's size and periphery, the same for every stage."""

    rows: int = Field(512, ge=1, le=4096)
    """Largest number of inputs on one tile; a larger layer is split over several."""
    columns: int = Field(512, ge=1, le=4096)
    """Largest number of outputs on one tile; a larger layer is split over several."""
    digital_bits: int = Field(16, ge=8, le=24)
    """Width of a digital vector's elements."""
    output_noise: float = Field(0.004, ge=0, le=MANY)
    """Standard deviation of an output's read noise, in full input codes times unit weight."""
    read_noise: float = Field(0.0, ge=0, le=MANY)
    """Standard deviation of every weight as one read sees it, in unit weight."""
    wire_resistance: float = Field(0.0, ge=0, le=1)
    """Wire between neighbouring devices over a device at weight 1; above 0 voltage is lost."""
    noise_management: Literal["auto", "shift", "abs-max", "average-abs-max", "constant", "none"] = (
        "auto"
    )
    """Input scaling; `auto`: `shift` in the hardware profile, `abs-max` in the behavioural."""
    noise_value: float | None = Field(None, ge=1e-9, le=1e9)
    """`constant`: the input that becomes 1, by default 1. `abs-max`: the largest maximum used."""
    noise_decay: float | None = Field(None, gt=0, le=1)
    """`average-abs-max`: weight of the newest maximum in the running average; by default 0.001."""
    bound_management: Literal["none", "iterative", "iterative-worst-case"] = "none"
    """Whether a read with an output at a rail is repeated with halved inputs."""
    bound_factor: int | None = Field(None, ge=2, le=4096)
    """Largest reduction of the inputs by bound management; by default 1000."""
    bound_bits: int | None = Field(None, ge=1, le=11)
    """Fewest bits of an input, sign included, that bound management leaves; by default 2."""
    bound_weight: float | None = Field(None, ge=1e-6, le=1024.0)
    """`iterative-worst-case`: the largest |weight| it assumes; by default 0.6."""
    bound_backward: bool | None = None
    """Whether B has bound management too; by default F alone."""
    dac: Dac = Dac()
    adc: Adc = Adc()
    update: Update = Update()


class Timing(Section):
    """`[timing]`: clock cycles of the elementary steps; `models.timing` adds them up."""

    preset: str | None = None
    """Name of a preset whose values are the defaults of this table."""
    clock_hz: float = Field(1e9, ge=1, le=1e15)
    """Clock frequency in hertz; it turns cycles into seconds, in reports alone."""
    forward_cycles: int | None = Field(None, ge=2, le=MANY)
    """F as a constant; by default computed from the steps below."""
    backward_cycles: int | None = Field(None, ge=2, le=MANY)
    """B as a constant; by default computed from the steps below."""
    update_cycles: int | None = Field(None, ge=2, le=MANY)
    """U as a constant, whatever its slots; by default computed from the steps below."""
    load_cycles: int = Field(1, ge=0, le=MANY)
    """To load an op's vector into the drivers, before every op."""
    bit_cycles: int = Field(1, ge=1, le=MANY)
    """One bit of a bit-serial drive."""
    slot_cycles: int = Field(1, ge=1, le=MANY)
    """One slot of a pulse-width drive."""
    settle_cycles: int = Field(1, ge=0, le=MANY)
    """Between the drive of a read and its first conversion."""
    adc_cycles: int = Field(1, ge=0, le=MANY)
    """One conversion of one converter; 0 where a read needs none."""
    pulse_cycles: int = Field(1, ge=1, le=MANY)
    """One slot of a pulse train."""
    row_by_row: bool = False
    """Whether an update pulses one row of a tile after another, rather than all at once."""
    digital_rate: float | None = Field(None, ge=1e-6, le=1e12)
    """Digital operations of the learning rule that a tile's digital unit does in a cycle; by
    default they are hidden behind other work."""
    digital_unit: tuple[Annotated[int, Field(ge=0, le=MANY)], ...] | None = None
    """Number of the digital unit of each stage; stages and arrays with one unit share it, one op at
    a time. By default every array has its own."""
    activation_rate: float | None = Field(None, ge=1e-6, le=1e12)
    """Elements that what stands between two stages passes on in a cycle; by default it keeps up."""
    program_row_cycles: int = Field(0, ge=0, le=MANY)
    """Writing one row of a tile before training starts, all tiles at once; 0 is not counted."""
    add_cycles: int = Field(0, ge=0, le=MANY)
    """One addition of two partial sums of a layer on several tiles."""


class Schedule(Section):
    """`[schedule]`: a named rule of order and its keys; letters as in `docs/contract.md`."""

    name: ScheduleName = "async"
    """Rule of order; `custom` is what the other keys make it, of which it needs `priority`."""
    priority: tuple[Literal["F", "B", "U"], ...] | None = None
    """The three ops, first served first."""
    W: PerStage | None = None
    """Forward window: samples between F's start and B's end."""
    P: PerStage | None = None
    """Update window: samples between B's start and U's end; by default without limit."""
    S: PerStage | None = None
    """Depth of the input stash."""
    Q: PerStage | None = None
    """Depth of the error stash."""
    N: int | None = Field(None, ge=1, le=MANY)
    """Mini-batch: samples between two flushes, for synchronous schedules."""
    slot: int | None = Field(None, ge=1, le=MANY)
    """Cycles between the earliest starts of two samples, of F and of B; for lock-step and custom.

    By default lock-step has the shortest slot that fits, and custom none.
    """
    release: Literal["B", "U"] | None = None
    """The op whose end hands the error to the stage below."""
    hold: bool | None = None
    """Whether the first B of a mini-batch waits for its last F."""
    first_stage_backward: bool = False
    """Whether the first stage computes an input gradient that nobody uses."""
    link_cycles: (
        Annotated[int, Field(ge=0, le=MANY)] | tuple[Annotated[int, Field(ge=0, le=MANY)], ...]
    ) = 0
    """Delay of a token between neighbours, each way; one value or one for each boundary."""
    link_interval: (
        Annotated[int, Field(ge=0, le=MANY)] | tuple[Annotated[int, Field(ge=0, le=MANY)], ...]
    ) = 0
    """Fewest cycles between two tokens that enter a link; one value or one for each boundary."""
    credit_return_cycles: int = Field(0, ge=0, le=MANY)
    """Delay with which the end of an update frees a place in the neighbours' stashes."""
    loss_cycles: int = Field(0, ge=0, le=MANY)
    """Delay from the last F's end to its error."""
    arrival_cycles: int = Field(0, ge=0, le=MANY)
    """Cycles between two arrivals of samples at the first stage; 0 means all wait at cycle 0."""


def is_power_of_two(value: float) -> bool:
    """Whether `value` is 2^n for an integer n, exactly."""
    numerator, denominator = value.as_integer_ratio()
    return value > 0 and numerator & (numerator - 1) == 0 and denominator & (denominator - 1) == 0
