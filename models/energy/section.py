"""The tables `[energy]` and `[area]` of a design file."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from models.error import DesignError
from models.table import MANY, Section

_Joule = Annotated[float, Field(ge=0, le=1)]
_Whole = _Joule | tuple[_Joule, ...]
_Side = Annotated[int, Field(ge=1, le=MANY)]
_Area = Annotated[float, Field(gt=0, le=1e12)]

#: Keys of whole ops, and of the tiles that they stand for.
WHOLE_KEYS = ("forward_joules", "backward_joules", "update_joules", "transfer_joules")
SIDE_KEYS = ("tile_rows", "tile_columns")
#: Keys of what a whole read or update covers.
READ_KEYS = ("read_device_joules", "drive_bit_joules", "dac_joules", "adc_joules")
PULSE_KEYS = ("pulse_joules", "pulse_device_joules", "coincidence_joules", "update_line_watts")


class Energy(Section):
    """`[energy]`: joules of elementary steps; `models.energy.account` adds them up.

    What is not given is not counted, and the account says so. Either an op of a whole tile has a
    constant, or its parts are counted. A constant is one for all stages, or one for each.
    """

    preset: str | None = None
    """Name of a preset whose values are the defaults of this table."""
    forward_joules: _Whole | None = None
    """A whole F of a tile."""
    backward_joules: _Whole | None = None
    """A whole B of a tile."""
    update_joules: _Whole | None = None
    """A whole U of a tile."""
    transfer_joules: _Whole | None = None
    """A line of a tile that a transfer takes from its sources to its targets."""
    tile_rows: _Side | tuple[_Side, ...] | None = None
    """Rows of the tile that the constants stand for; for information."""
    tile_columns: _Side | tuple[_Side, ...] | None = None
    """Columns of that tile."""
    read_device_joules: _Joule | None = None
    """One device in one read."""
    drive_bit_joules: _Joule | None = None
    """One bit of one driven line in a read."""
    dac_joules: _Joule | Literal["zigzag28"] | None = None
    """One input of a read; `zigzag28`: the closed form of `models.energy.converter`."""
    adc_joules: _Joule | Literal["zigzag28"] | None = None
    """One conversion of an output; `zigzag28`: the closed form."""
    pulse_joules: _Joule | None = None
    """One pulse on one line."""
    pulse_device_joules: _Joule | None = None
    """One pulse at one of the devices that its line crosses."""
    coincidence_joules: _Joule | None = None
    """One coincidence of one device."""
    update_line_watts: float | None = Field(None, ge=0, le=MANY)
    """Watts of the periphery of one line while its tile updates."""
    digital_joules: _Joule | None = None
    """One digital operation of the learning rule."""
    memory_bit_joules: _Joule | None = None
    """One bit that the learning rule moves to or from memory."""
    link_bit_joules: _Joule | None = None
    """One bit between neighbouring stages."""


def check_energy(energy: Energy, stages: int, transfers: bool) -> None:
    """Refuse constants of another number of stages, and parts that constants hold already.

    Raises
    ------
    DesignError
        With one sentence that names the key.
    """
    for key in (*WHOLE_KEYS, *SIDE_KEYS):
        value = getattr(energy, key)
        if isinstance(value, tuple) and len(value) != stages:
            raise DesignError(f"energy.{key}: {len(value)} values for {stages} stages")
    last = ("transfer_joules",) if transfers else ()
    for parts, whole in (
        (READ_KEYS, ("forward_joules", "backward_joules", *last)),
        (PULSE_KEYS, ("update_joules", *last)),
    ):
        idle = [key for key in parts if getattr(energy, key) is not None]
        if idle and None not in [getattr(energy, key) for key in whole]:
            raise DesignError(f"energy.{idle[0]}: energy.{' and '.join(whole)} hold all of it")


class Area(Section):
    """`[area]`: square micrometres of the parts of a tile; `models.energy.area` adds them up."""

    preset: str | None = None
    """Name of a preset whose values are the defaults of this table."""
    tile_um2: _Area | None = None
    """A whole tile with its periphery, whatever its size."""
    pitch_um: float | None = Field(None, gt=0, le=1e6)
    """Side of the square that a device takes, in micrometres."""
    arrays_per_device: int = Field(1, ge=1, le=64)
    """Arrays built for one that is pulsed: 2 with a reference array beside each."""
    adc_um2: _Area | Literal["zigzag28"] | None = None
    """One ADC; `zigzag28`: the closed form of `models.energy.converter`."""
    dac_um2: _Area | None = None
    """One DAC."""

    @field_validator("pitch_um", "adc_um2", "dac_um2")
    @classmethod
    def _refuse_part(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and info.data.get("tile_um2") is not None:
            raise ValueError("area.tile_um2 holds all of a tile")
        return value
