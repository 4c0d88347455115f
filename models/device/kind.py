"""Kinds of the draws that make a tile: they key apart from every op's code, and never change."""

from models.key import fold

STEP, ASYMMETRY, UPPER, LOWER, START = 16, 17, 18, 19, 20
SLOPE_UP, SLOPE_DOWN, REFERENCE, POWER_GAIN, POWER_TILT = 32, 33, 34, 35, 36
FAULT, STUCK, DRIFT, DIFFUSION = 37, 38, 39, 40
PAIR, SPREAD, WRITE = 41, 42, 43
CELL, CHOICE = 44, 45
TRANSFER, CHOP = 46, 47
DROPOUT, PROBLEM, GRADIENT, BASE = 51, 52, 53, 54  # 48 to 50: models.pulse


def device_key(seed: int, tile: int, kind: int, number: int = 0) -> int:
    """Return the key of a kind of draw of a tile's devices.

    `number` counts the devices of a unit cell; the first draws as one that stands alone.
    """
    return fold(seed, tile, kind) if number == 0 else fold(seed, tile, CELL, number, kind)
