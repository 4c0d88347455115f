"""The check sum of the host link: CRC-32 of IEEE 802.3, as in zlib."""

CRC_BITS = 32
#: The polynomial with the highest power in the low bit.
POLYNOMIAL = 0xEDB88320
#: What the register begins with, and what the check sum differs from it by.
INITIAL = FINAL = (1 << CRC_BITS) - 1


def crc_bit(register: int, bit: int) -> int:
    """Return the register after one more bit; bytes pass with their low bit first."""
    return register >> 1 ^ (POLYNOMIAL if (register ^ bit) & 1 else 0)


def crc_byte(register: int, byte: int) -> int:
    """Return the register after one more byte."""
    for place in range(8):
        register = crc_bit(register, byte >> place & 1)
    return register


def crc32(message: bytes) -> int:
    """Return the check sum of a message."""
    register = INITIAL
    for byte in message:
        register = crc_byte(register, byte)
    return register ^ FINAL


def residue() -> int:
    """Return the register after any message and its check sum, low byte first."""
    register = INITIAL
    for byte in crc32(b"").to_bytes(CRC_BITS // 8, "little"):
        register = crc_byte(register, byte)
    return register


def byte_masks() -> list[int]:
    """Return which bits of register and byte (above it) make up each bit of the next register.

    The step is linear over GF(2): it is known from what it makes of single bits.
    """
    single = [crc_byte(1 << place, 0) for place in range(CRC_BITS)]
    single += [crc_byte(0, 1 << place) for place in range(8)]
    return [
        sum((column >> row & 1) << place for place, column in enumerate(single))
        for row in range(CRC_BITS)
    ]
