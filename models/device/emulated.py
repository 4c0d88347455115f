"""The device of an emulated array: soft bounds in integers, small enough for a block RAM.

A weight has 18 bits, a device one 8-bit rate for each direction, u up and v down; with the bounds
b+ and b- in units of the weight and one shift s for all devices of a design

    up    w <- w + round_half_even(u (b+ - w) / 2^s)
    down  w <- w - round_half_even(v (w - b-) / 2^s)

so n coincidences are n such steps. u and v are the rates of soft bounds, a+ / b+ and a- / |b-|,
rounded and at most 255; s puts the mean rate of the faster direction at 64 to 127. No rate reaches
1, so a step ends before the bound. `rtl.emulator` is the circuit.

The unit of the weight is the grid's step: its exponent is `SPARE_BITS` above that of the bounds.
Key: `mult_noise`, of the noise that a simulated array can have beside; it is rounded to the grid
after the last coincidence of an update.
"""

from math import frexp

import numpy as np

from models.device.array import GRID_BITS, Floats
from models.device.response import Drawn, Reals, Response, Shape, ratio
from models.device.section import Device

#: Bits of a weight, sign included, and of a rate.
WEIGHT_BITS, RATE_BITS = 18, 8
#: Bits of the grid above the largest weight.
SPARE_BITS = GRID_BITS + 1 - WEIGHT_BITS


def rate_shift(device: Device) -> int:
    """Return the shift s that belongs to the rates of a design's devices: 8 at least."""
    up = device.dw_min * (1.0 + min(device.up_down, 0.0))
    down = device.dw_min * (1.0 - max(device.up_down, 0.0))
    rates = [up / device.w_max, *([down / -device.w_min] if device.w_min < 0 else [])]
    fastest = max(rates)
    return max(RATE_BITS, RATE_BITS - 1 - frexp(fastest)[1]) if fastest > 0 else RATE_BITS


def integer_rates(scale: Reals, bound: Reals, shift: int) -> Reals:
    """Return whole rates of 2^-shift, 0 to 255: of steps at weight 0 and the bounds' distances."""
    most = float((1 << RATE_BITS) - 1)
    return np.minimum(np.rint(ratio(scale, bound) * 2.0**shift), most)


def within_bits(bounds: Floats, exponent: int) -> Floats:
    """Return bounds that a weight of `WEIGHT_BITS` reaches on both sides of 0."""
    unit = 2.0 ** (exponent - GRID_BITS)
    most = np.float32(((1 << (WEIGHT_BITS - 1)) - 1) * unit)
    return np.minimum(np.maximum(bounds, -most), most)


def respond(device: Device, drawn: Drawn) -> Response:
    """Return the distances to the bounds as q, and the rates as scales."""
    shift = rate_shift(device)
    one = np.ones_like(drawn.upper)
    return Response(
        shape=Shape.INTEGER,
        offset_up=drawn.upper,
        rate_up=one,
        offset_down=-drawn.lower,
        rate_down=one,
        scale_up=integer_rates(drawn.scale_up, drawn.upper, shift) * 2.0**-shift,
        scale_down=integer_rates(drawn.scale_down, -drawn.lower, shift) * 2.0**-shift,
        coefficients=(drawn.grid, drawn.grid),
    )
