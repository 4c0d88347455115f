"""The table `[device]` of a design file."""

from collections.abc import Callable
from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from models.device.family import OWN_KEYS, OWN_NAMES, Family, applies
from models.table import Section


def _own(key: str) -> Callable[[dict[str, Any]], Any]:
    """Return a factory of the family's default of a key; None where it has no such key."""
    return lambda data: OWN_KEYS[data["family"]].get(key) if "family" in data else None


class Device(Section):
    """`[device]`: response of one crosspoint to one coincidence; units of normalised weight.

    `models.device` says which family uses which of the keys that not all have.
    """

    preset: str | None = None
    """Name of a preset whose values are the defaults of this table."""
    family: Family = "soft-bounds"
    dw_min: float = Field(0.002, ge=1e-9, le=1024.0)
    """Mean step of one coincidence at weight 0."""
    w_max: float = Field(0.6, ge=1e-6, le=1024.0)
    w_min: float = Field(-0.6, ge=-1024.0, le=-1e-6)
    dw_min_dtod: float = Field(0.3, ge=0, le=100)
    """Device-to-device spread of the step, relative."""
    dw_min_std: float = Field(0.3, ge=0, le=100)
    """Cycle-to-cycle spread of the step, relative."""
    w_max_dtod: float = Field(0.3, ge=0, le=100)
    w_min_dtod: float = Field(0.3, ge=0, le=100)
    up_down: float = Field(0.0, ge=-1, le=1)
    """Mean asymmetry: above 0 the step down is smaller by it, below 0 the step up."""
    up_down_dtod: float = Field(0.01, ge=0, le=100)
    """Device-to-device spread of the asymmetry."""
    mult_noise: bool | None = Field(default_factory=_own("mult_noise"))
    """Whether cycle-to-cycle noise multiplies the step, rather than adding to it."""
    gamma_up: float | None = Field(default_factory=_own("gamma_up"), ge=-100, le=100)
    """Relative decrease of the step up at the upper bound."""
    gamma_down: float | None = Field(default_factory=_own("gamma_down"), ge=-100, le=100)
    """Relative decrease of the step down at the lower bound."""
    gamma_up_dtod: float | None = Field(default_factory=_own("gamma_up_dtod"), ge=0, le=100)
    gamma_down_dtod: float | None = Field(default_factory=_own("gamma_down_dtod"), ge=0, le=100)
    """Device-to-device spread of gamma, absolute."""
    mean_bound_reference: bool | None = Field(default_factory=_own("mean_bound_reference"))
    """Whether gamma refers to the mean bounds rather than to the device's own."""
    allow_increasing: bool | None = Field(default_factory=_own("allow_increasing"))
    """Whether steps may grow toward the bound; otherwise gamma's absolute value counts."""
    reference_mean: float | None = Field(
        default_factory=_own("reference_mean"), ge=-1024.0, le=1024.0
    )
    """Weight of the reference device that is subtracted at every read."""
    reference_std: float | None = Field(default_factory=_own("reference_std"), ge=0, le=1024.0)
    """Device-to-device spread of the reference, absolute."""
    subtract_symmetric_point: bool | None = Field(default_factory=_own("subtract_symmetric_point"))
    """Whether the reference also holds the device's own symmetric point."""
    symmetric_point: float | None = Field(
        default_factory=_own("symmetric_point"), ge=-1024.0, le=1024.0
    )
    """Weight at which steps up and down are equal; w_max and w_min are counted from it."""
    shift: float | None = Field(default_factory=_own("shift"), ge=-1, le=1)
    """Relative excess c of the step up over the mean of both; the step down lacks it."""

    @field_validator(*OWN_NAMES, mode="before")
    @classmethod
    def _refuse_foreign(cls, value: Any, info: ValidationInfo) -> Any:
        family = info.data.get("family")
        if family is not None and not applies(family, str(info.field_name)):
            raise ValueError(f"the family {family!r} has no such key")
        return value

    def number(self, key: str) -> float:
        """Return the value of a number that the family has."""
        value = getattr(self, key)
        if not isinstance(value, float):
            raise TypeError(f"the family {self.family!r} has no number {key!r}")
        return value
