"""The tables `[device]` and `[device.channel]` of a design file."""

from typing import Annotated, Any

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
)

from models.device.cell import Cell
from models.device.channel import channel_ohm, conductance_range, on_off_ratio, read_energy
from models.device.family import OWN_KEYS, OWN_NAMES, Family, applies
from models.table import MANY, MOST, Section

#: Keys that say how a mechanism works, and the keys of which one must be given.
DEPENDENT = {
    "rest": ("lifetime",),
    "drift_nu_dtod": ("drift_nu",),
    "drift_t0": ("drift_nu",),
    "retention_every": ("lifetime", "diffusion", "drift_nu"),
}

_Gamma = Annotated[float, Field(ge=-100, le=100)]
_Spread = Annotated[float, Field(ge=0, le=100)]
_Weight = Annotated[float, Field(ge=-1024.0, le=1024.0)]
_Nodes = Annotated[
    tuple[Annotated[float, Field(ge=0, le=100)], ...], Field(min_length=2, max_length=1024)
]
_Ohm = Annotated[float, Field(ge=0, le=1e18)]
_Factor = Annotated[float, Field(ge=1e-9, le=1e9)]


def _own(key: str) -> Any:
    """Return a field whose default is the family's; None where it has no such key."""

    def default(data: dict[str, Any]) -> Any:
        return OWN_KEYS[data["family"]].get(key) if "family" in data else None

    return Field(default_factory=default)


def _with(key: str, value: float | int) -> Any:
    """Return a field with a default where one of the keys it depends on is given."""

    def default(data: dict[str, Any]) -> Any:
        return value if any(data.get(name) is not None for name in DEPENDENT[key]) else None

    return Field(default_factory=default)


def _step(data: dict[str, Any]) -> float:
    if data.get("states") is None or not {"w_max", "w_min"} <= data.keys():
        return 0.002
    return float((data["w_max"] - data["w_min"]) / data["states"])


class Channel(Section):
    """`[device.channel]`: the resistance of a channel of grains and the boundaries between them.

    `models.device.channel` has the formulas. Every resistance is the user's own.
    """

    grain_on_ohm: _Ohm
    """Grains, in the device's most conducting state."""
    boundary_on_ohm: _Ohm
    """Grain boundaries, in the same state."""
    grain_off_ohm: _Ohm
    """Grains, in the least conducting state."""
    boundary_off_ohm: _Ohm
    """Grain boundaries, in the same state."""
    grain_factor: _Factor = 1.0
    """What a dopant makes of the grains' resistance, as a factor, in both states."""
    boundary_factor: _Factor = 1.0
    """The same of the boundaries' resistance."""
    read_volt: float = Field(gt=0, le=1000)
    """Voltage of a read."""
    read_second: float = Field(gt=0, le=1)
    """Length of a read."""

    @property
    def on_ohm(self) -> float:
        """Resistance of the most conducting state."""
        factors = self.grain_factor, self.boundary_factor
        return channel_ohm(self.grain_on_ohm, self.boundary_on_ohm, *factors)

    @property
    def off_ohm(self) -> float:
        """Resistance of the least conducting state."""
        factors = self.grain_factor, self.boundary_factor
        return channel_ohm(self.grain_off_ohm, self.boundary_off_ohm, *factors)

    @property
    def on_off_ratio(self) -> float:
        """Largest over smallest conductance."""
        return on_off_ratio(self.on_ohm, self.off_ohm)

    @property
    def weight_range(self) -> float:
        """Range of weights relative to the undoped channel, at equal siemens per weight."""
        undoped = (
            channel_ohm(self.grain_on_ohm, self.boundary_on_ohm),
            channel_ohm(self.grain_off_ohm, self.boundary_off_ohm),
        )
        return conductance_range(self.on_ohm, self.off_ohm) / conductance_range(*undoped)

    @property
    def read_energy(self) -> float:
        """Energy in joule of one read of one device in its most conducting state."""
        return read_energy(self.read_volt, self.read_second, 1.0 / self.on_ohm)


class Device(Section):
    """`[device]`: response of one crosspoint to one coincidence; units of normalised weight.

    `models.device` says which family uses which of the keys that not all have.
    """

    preset: str | None = None
    """Name of a preset whose values are the defaults of this table."""
    family: Family = "soft-bounds"
    """How a step depends on the weight."""
    w_max: float = Field(0.6, ge=1e-6, le=1024.0)
    """Mean upper bound of the weight."""
    w_min: float = Field(-0.6, ge=-1024.0, le=0)
    """Mean lower bound of the weight."""
    states: int | None = Field(None, ge=2, le=MOST)
    """Number of states (w_max - w_min) / dw_min, given in place of `dw_min`."""
    dw_min: float = Field(default_factory=_step, ge=1e-9, le=1024.0)
    """Mean step of one coincidence where the family's response is 1: for most at weight 0."""
    dw_min_dtod: float = Field(0.3, ge=0, le=100)
    """Device-to-device spread of the step, relative."""
    dw_min_dtod_log_normal: bool = False
    """Whether that spread is log-normal: steps are dw_min exp(dw_min_dtod xi)."""
    dw_min_std: float = Field(0.3, ge=0, le=100)
    """Cycle-to-cycle spread of the step, relative."""
    w_max_dtod: float = Field(0.3, ge=0, le=100)
    """Device-to-device spread of the upper bound, relative."""
    w_min_dtod: float = Field(0.3, ge=0, le=100)
    """Device-to-device spread of the lower bound, relative."""
    up_down: float = Field(0.0, ge=-1, le=1)
    """Mean asymmetry: above 0 the step down is smaller by it, below 0 the step up."""
    up_down_dtod: float = Field(0.01, ge=0, le=100)
    """Device-to-device spread of the asymmetry."""
    mirror_draws: bool = False
    """Whether a step or bound drawn with the wrong sign counts by its size, rather than as 0."""
    write_noise: float = Field(0.0, ge=0, le=MANY)
    """Standard deviation of the weight that reads see about the one that updates see, in dw_min."""
    dead_fraction: float = Field(0.0, ge=0, le=1)
    """Share of devices without conductance change: weight 0 for ever."""
    stuck_fraction: float = Field(0.0, ge=0, le=1)
    """Share of devices stuck at a weight drawn uniformly within their bounds."""
    on_off_ratio: float | None = Field(None, gt=1, le=MOST)
    """Largest over smallest conductance; by default the channel's, if that is given."""
    lifetime: float | None = Field(None, gt=0, le=1e15)
    """Time constant, in samples, with which weights decay to `rest`."""
    rest: _Weight | None = _with("rest", 0.0)
    """Weight to which the others decay."""
    diffusion: float | None = Field(None, gt=0, le=1024.0)
    """Standard deviation of a weight's random walk after one sample; grows with their root."""
    drift_nu: float | None = Field(None, ge=0, le=10)
    """Mean exponent of the power-law drift (1 + t / drift_t0)^-nu, t in samples of the run."""
    drift_nu_dtod: _Spread | None = _with("drift_nu_dtod", 0.0)
    """Device-to-device spread of that exponent, relative."""
    drift_t0: Annotated[float, Field(gt=0, le=1e15)] | None = _with("drift_t0", 1.0)
    """Time scale of the drift, in samples."""
    retention_every: Annotated[int, Field(ge=1, le=MOST)] | None = _with("retention_every", 100)
    """Samples between two steps of decay, diffusion and drift."""
    mult_noise: bool | None = _own("mult_noise")
    """Whether cycle-to-cycle noise multiplies the step, rather than adding to it."""
    gamma_up: _Gamma | None = _own("gamma_up")
    """How fast steps up shrink toward the upper bound; the family says how."""
    gamma_down: _Gamma | None = _own("gamma_down")
    """How fast steps down shrink toward the lower bound."""
    gamma_up_dtod: _Spread | None = _own("gamma_up_dtod")
    """Device-to-device spread of `gamma_up`, absolute."""
    gamma_down_dtod: _Spread | None = _own("gamma_down_dtod")
    """Device-to-device spread of `gamma_down`, absolute."""
    mean_bound_reference: bool | None = _own("mean_bound_reference")
    """Whether gamma refers to the mean bounds rather than to the device's own."""
    allow_increasing: bool | None = _own("allow_increasing")
    """Whether steps may grow toward the bound; otherwise gamma's absolute value counts."""
    reference_mean: _Weight | None = _own("reference_mean")
    """Weight of the reference device that is subtracted at every read."""
    reference_std: Annotated[float, Field(ge=0, le=1024.0)] | None = _own("reference_std")
    """Device-to-device spread of the reference, absolute."""
    subtract_symmetric_point: bool | None = _own("subtract_symmetric_point")
    """Whether the reference also holds the device's own symmetric point."""
    amplitude_up: _Gamma | None = _own("amplitude_up")
    """Factor A of the exponential in the step up."""
    amplitude_down: _Gamma | None = _own("amplitude_down")
    """Factor A of the exponential in the step down."""
    exponent_slope: Annotated[float, Field(ge=-10, le=10)] | None = _own("exponent_slope")
    """a of the exponent 2 a w / range + b."""
    exponent_offset: Annotated[float, Field(ge=-10, le=10)] | None = _own("exponent_offset")
    """b of the exponent 2 a w / range + b."""
    pow_gamma_up: Annotated[float, Field(gt=0, le=100)] | None = _own("pow_gamma_up")
    """Exponent of the distance from the upper bound, in a step up."""
    pow_gamma_down: Annotated[float, Field(gt=0, le=100)] | None = _own("pow_gamma_down")
    """Exponent of the distance from the lower bound, in a step down."""
    pow_gamma_dtod: _Spread | None = _own("pow_gamma_dtod")
    """Device-to-device spread of both exponents, relative."""
    pow_up_down_dtod: _Spread | None = _own("pow_up_down_dtod")
    """Device-to-device spread by which the exponents differ, relative."""
    nodes_up: _Nodes | None = _own("nodes_up")
    """Steps up at equal distances from w_min to w_max, in units of the device's step."""
    nodes_down: _Nodes | None = _own("nodes_down")
    """Steps down at the same distances, in the same units."""
    symmetric_point: _Weight | None = _own("symmetric_point")
    """Weight at which steps up and down are equal; w_max and w_min are counted from it."""
    shift: Annotated[float, Field(ge=-1, le=1)] | None = _own("shift")
    """Relative excess c of the step up over the mean of both; the step down lacks it."""
    gamma_res: Annotated[float, Field(gt=0, le=40)] | None = _own("gamma_res")
    """Exponent of the response."""
    channel: Channel | None = None
    cell: Cell | None = None

    @field_validator(*OWN_NAMES)
    @classmethod
    def _refuse_foreign(cls, value: Any, info: ValidationInfo) -> Any:
        family = info.data.get("family")
        if family is not None and not applies(family, str(info.field_name)):
            raise ValueError(f"the family {family!r} has no such key")
        return value

    @field_validator(*DEPENDENT)
    @classmethod
    def _refuse_idle(cls, value: Any, info: ValidationInfo) -> Any:
        needed = DEPENDENT[str(info.field_name)]
        if all(info.data.get(key) is None for key in needed):
            raise ValueError(f"has no effect without device.{' or device.'.join(needed)}")
        return value

    @model_serializer(mode="wrap")
    def _write(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out the step where the number of states gives it."""
        found: dict[str, Any] = write(self)
        if self.states is not None:
            del found["dw_min"]
        return found

    def number(self, key: str) -> float:
        """Return the value of a number that the family has."""
        value = getattr(self, key)
        if not isinstance(value, float):
            raise TypeError(f"the family {self.family!r} has no number {key!r}")
        return value

    def nodes(self, key: str) -> tuple[float, ...]:
        """Return the values of a list of nodes that the family has."""
        value = getattr(self, key)
        if not isinstance(value, tuple):
            raise TypeError(f"the family {self.family!r} has no nodes {key!r}")
        return value

    @property
    def conductance_ratio(self) -> float | None:
        """Largest over smallest conductance: as given, or the channel's; None where unknown."""
        return self.on_off_ratio if self.channel is None else self.channel.on_off_ratio

    @property
    def step(self) -> float:
        """Mean change of the weight by one coincidence where the responses are 1.

        `dw_min` is the step of one device; a cell of several adds what they do to the weight.
        """
        return self.dw_min if self.cell is None else self.dw_min * self.cell.gain

    @property
    def state_count(self) -> float:
        """Number of steps from w_min to w_max, (w_max - w_min) / dw_min."""
        return (self.w_max - self.w_min) / self.dw_min
