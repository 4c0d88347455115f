"""Words of streams as integers."""

from collections.abc import Mapping

from amaranth.lib import data


def packed(layout: data.StructLayout, fields: Mapping[str, int]) -> int:
    """Return a word of a stream as an integer."""
    found = 0
    for name, value in fields.items():
        place = layout[name]
        found |= (value & ((1 << place.width) - 1)) << place.offset
    return found


def signed_field(layout: data.StructLayout, name: str, word: int) -> int:
    """Return a two's complement field of a word."""
    place = layout[name]
    return sign_extended(word >> place.offset, place.width)


def sign_extended(word: int, bits: int) -> int:
    """Return the two's complement number in the low bits of a word."""
    half = 1 << (bits - 1)
    return ((word & (2 * half - 1)) ^ half) - half
