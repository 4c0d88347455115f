"""The table of pulse trains in a design file."""

from typing import Literal

from pydantic import Field

from models.table import MANY, Section

#: Slots that one pulse word holds.
MOST_SLOTS = 63


class Update(Section):
    """`[tile.update]`: pulse trains."""

    bl: int = Field(8, ge=1, le=MOST_SLOTS)
    """Slots of the longest pulse train (BL)."""
    slots: Literal["built", "used"] = "built"
    """`built`: an update always takes `bl` slots. `used`: it ends after the slots it used."""
    steps: Literal["each", "aggregated"] = "each"
    """`each`: a device takes its coincidences one after another. `aggregated`: all of an update at
    once, with the same mean and variance, where the response allows it; see `docs/contract.md`."""
    pulse_type: Literal["lfsr", "random", "deterministic", "binomial", "ideal"] = "lfsr"
    """Where a line's pulses come from. `lfsr`: shift registers. `random`: a keyed random number a
    line and slot. `deterministic`: ordered trains, whose coincidences are as even as can be.
    `binomial`: no trains, each device's coincidences are drawn on their own. `ideal`: no pulses,
    the weights take the wanted change within their bounds."""
    update_management: bool = True
    """Balance the sides: the largest element of either fires with the same probability."""
    update_bl_management: bool = True
    """Use no more slots than the largest wanted change needs."""
    um_grad_scale: float = Field(1.0, ge=1e-6, le=MANY)
    """Factor on the errors' largest element in both managements; behavioural profile alone."""
    fixed_bl: bool = True
    """Keep to `bl` slots; if false and without `update_bl_management`, trains grow up to 63 slots
    where the rate asks for more; behavioural profile alone."""
    phases: Literal[1, 2, 4] = 1
    """Sign phases: 1 bipolar, 2 by the sign of the row, 4 by the signs of row and column."""
    lfsr_bits: int = Field(31, ge=8, le=32)
    """Length of a shift register."""
    lfsr_sharing: Literal["side", "line"] = "side"
    """`side`: one register a side, a fixed phase offset a line. `line`: one register a line."""
    comparator_bits: int = Field(12, ge=4, le=32)
    """Top bits of the register that are compared; at most `lfsr_bits`."""
    steps_per_slot: int = Field(8, ge=1, le=64)
    """Register steps between neighbouring slots."""

    @property
    def longest(self) -> int:
        """Slots of the longest train that an update can take."""
        return self.bl if self.fixed_bl or self.update_bl_management else MOST_SLOTS
