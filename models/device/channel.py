"""The materials' view of a device: a channel of grains and of the boundaries between them.

Both parts of the resistance lie in series, R = R_grain + R_boundary, in the most conducting (on)
and in the least conducting (off) state. A dopant multiplies either part by a factor, in both
states. Ohm, siemens, volt, second and joule throughout. A definition of this project: ohmic parts
in series, nothing fitted.
"""


def channel_ohm(
    grain_ohm: float,
    boundary_ohm: float,
    grain_factor: float = 1.0,
    boundary_factor: float = 1.0,
) -> float:
    """Return the resistance of a channel whose parts a dopant multiplies by the factors."""
    return grain_factor * grain_ohm + boundary_factor * boundary_ohm


def on_off_ratio(on_ohm: float, off_ohm: float) -> float:
    """Return largest over smallest conductance, R_off / R_on."""
    return off_ohm / on_ohm


def conductance_range(on_ohm: float, off_ohm: float) -> float:
    """Return largest minus smallest conductance in siemens, 1 / R_on - 1 / R_off."""
    return 1.0 / on_ohm - 1.0 / off_ohm


def read_energy(volt: float, second: float, siemens: float) -> float:
    """Return the energy in joule of one read, V^2 t G."""
    return volt * volt * second * siemens
