"""The check sum of frames in gates, a byte a clock."""

from amaranth.hdl import Cat, Value

from models.crc import byte_masks
from rtl.lfsr import parity


def crc_next(register: Value, byte: Value) -> Value:
    """Return the register after one more byte, as `models.crc.crc_byte`."""
    both = Cat(register, byte)
    return Cat(parity(mask, both) for mask in byte_masks())
