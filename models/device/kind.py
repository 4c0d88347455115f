"""Kinds of the draws that make a tile: they key apart from every op's code, and never change."""

STEP, ASYMMETRY, UPPER, LOWER, START = 16, 17, 18, 19, 20
SLOPE_UP, SLOPE_DOWN, REFERENCE = 32, 33, 34
