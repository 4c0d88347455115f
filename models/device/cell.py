"""The table `[device.cell]`: how a weight is made of several devices."""

from math import fsum
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationInfo, field_validator

from models.table import MOST, Section

CellKind = Literal["reference", "pair", "vector"]
Policy = Literal["all", "single", "sequential", "random"]
#: Update policies, in the order of their codes in compiled code.
POLICIES: tuple[Policy, ...] = get_args(Policy)

#: Keys of each kind, with their defaults.
CELL_KEYS: dict[CellKind, dict[str, float | bool | int | str | None]] = {
    "reference": {
        "reference_mean": 0.0,
        "reference_std": 0.0,
        "subtract_symmetric_point": False,
    },
    "pair": {"refresh_every": None, "refresh_upper": None, "refresh_lower": None},
    "vector": {"devices": 2, "significance": None, "base": None, "policy": "all", "first": None},
}
#: All those keys.
CELL_NAMES = tuple(dict.fromkeys(key for keys in CELL_KEYS.values() for key in keys))

_Weight = Annotated[float, Field(ge=-1024.0, le=1024.0)]
_Significance = Annotated[float, Field(ge=1e-6, le=1024.0)]


def _own(key: str) -> Any:
    """Return a field whose default is the kind's; None where it has no such key."""

    def default(data: dict[str, Any]) -> Any:
        return CELL_KEYS[data["kind"]].get(key) if "kind" in data else None

    return Field(default_factory=default)


def _refreshed(value: float) -> Any:
    """Return a field with a default where pairs are refreshed."""

    def default(data: dict[str, Any]) -> Any:
        return value if data.get("refresh_every") is not None else None

    return Field(default_factory=default)


class Cell(Section):
    """`[device.cell]`: a weight of one device and a reference, of a pair, or of a vector.

    `models.cell` has the formulas.
    """

    kind: CellKind
    """`reference`: w = g - r. `pair`: w = g+ - g-, moved up alone. `vector`: w = sum of gamma g."""
    reference_mean: _Weight | None = _own("reference_mean")
    """Weight of the reference r that is subtracted at every read."""
    reference_std: Annotated[float, Field(ge=0, le=1024.0)] | None = _own("reference_std")
    """Device-to-device spread of r, absolute."""
    subtract_symmetric_point: bool | None = _own("subtract_symmetric_point")
    """Whether r also holds the device's own symmetric point, where it has one."""
    refresh_every: Annotated[int, Field(ge=1, le=MOST)] | None = _own("refresh_every")
    """Updates between two refreshes of a tile's pairs; by default none is refreshed."""
    refresh_upper: Annotated[float, Field(gt=0, le=1)] | None = _refreshed(0.75)
    """A pair is refreshed where one device is above this share of `device.w_max`."""
    refresh_lower: Annotated[float, Field(ge=0, le=1)] | None = _refreshed(0.25)
    """And the other above this."""
    devices: Annotated[int, Field(ge=2, le=16)] | None = _own("devices")
    """Devices a weight, D."""
    significance: (
        Annotated[tuple[_Significance, ...], Field(min_length=2, max_length=16)] | None
    ) = _own("significance")
    """Significance gamma of each device; by default 1 / D."""
    base: Annotated[float, Field(gt=1, le=64)] | None = _own("base")
    """gamma_0 : gamma_1 : ... = 1 : 1/base : 1/base^2 ..., of sum 1; in place of `significance`."""
    policy: Policy | None = _own("policy")
    """Which devices an update pulses: all, the first, or one by turns or at random."""
    first: Annotated[int, Field(ge=0, le=15)] | None = _own("first")
    """The one device of `single`, or where `sequential` begins; by default 0."""

    @field_validator(*CELL_NAMES)
    @classmethod
    def _refuse_foreign(cls, value: Any, info: ValidationInfo) -> Any:
        kind = info.data.get("kind")
        if kind is not None and info.field_name not in CELL_KEYS[kind]:
            raise ValueError(f"a cell of kind {kind!r} has no such key")
        return value

    @field_validator("refresh_upper", "refresh_lower")
    @classmethod
    def _refuse_unused(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and info.data.get("refresh_every") is None:
            raise ValueError("has no effect without device.cell.refresh_every")
        upper = info.data.get("refresh_upper")
        if info.field_name == "refresh_lower" and None not in (value, upper) and value >= upper:
            raise ValueError(f"must be below the {upper} of device.cell.refresh_upper, not {value}")
        return value

    @field_validator("significance")
    @classmethod
    def _refuse_length(cls, value: Any, info: ValidationInfo) -> Any:
        devices = info.data.get("devices")
        if value is not None and devices is not None and len(value) != devices:
            raise ValueError(f"{len(value)} values for the {devices} of device.cell.devices")
        return value

    @field_validator("base")
    @classmethod
    def _refuse_both(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and info.data.get("significance") is not None:
            raise ValueError("give it or device.cell.significance, not both")
        return value

    @field_validator("first")
    @classmethod
    def _refuse_idle(cls, value: Any, info: ValidationInfo) -> Any:
        policy, devices = info.data.get("policy"), info.data.get("devices")
        if value is not None and policy in ("all", "random"):
            raise ValueError(f"the policy {policy!r} has no first device")
        if value is not None and devices is not None and value >= devices:
            raise ValueError(f"there is no device {value} among {devices}, counted from 0")
        return value

    @property
    def count(self) -> int:
        """Devices that are pulsed and read, D: 1 against a reference, which is fixed."""
        return {"reference": 1, "pair": 2}.get(self.kind, self.devices or 1)

    @property
    def gammas(self) -> tuple[float, ...]:
        """Factor of each device in the weight; the second of a pair is held with its minus."""
        if self.kind != "vector":
            return (1.0,) * self.count
        if self.significance is not None:
            return self.significance
        parts = [(self.base or 1.0) ** -number for number in range(self.count)]
        return tuple(part / fsum(parts) for part in parts)

    @property
    def gain(self) -> float:
        """Mean change of the weight over that of the devices, by a coincidence of an update."""
        if self.kind != "vector":
            return 1.0
        gammas, policy = self.gammas, self.policy
        if policy == "single":
            return gammas[self.first or 0]
        return fsum(gammas) if policy == "all" else fsum(gammas) / len(gammas)
