"""Kinds of the draws that make a tile: they key apart from every op's code, and never change."""

STEP, ASYMMETRY, UPPER, LOWER, START = 16, 17, 18, 19, 20
SLOPE_UP, SLOPE_DOWN, REFERENCE, POWER_GAIN, POWER_TILT = 32, 33, 34, 35, 36
FAULT, STUCK, DRIFT, DIFFUSION = 37, 38, 39, 40
PAIR, SPREAD, WRITE = 41, 42, 43
