"""What a host can set in an accelerator at run time: widths and codes."""

#: Bits of the signed logarithm by which every learning rate is multiplied.
RATE_BITS = 3
#: The least factor of the learning rates, as a logarithm.
LEAST_RATE = -(1 << (RATE_BITS - 1))
#: Bits of a limit of the slots: 0 all that are built, n + 1: 2^n of them at most.
LIMIT_BITS = 3
#: Bits of the numbers of a line and of a stage, and of a shift register's state.
LINE_BITS, STAGE_BITS, STATE_BITS = 7, 8, 32
#: Bits of a bias as a host sees it: those of the widest, `tile.digital_bits` and
#: `network.bias_fraction_bits`.
BIAS_BITS = 40


def limited_slots(bl: int, limit: int) -> int:
    """Return the most slots of an update under a limit, 0 .. 7; `bl` are built."""
    return bl if limit == 0 else min(1 << (limit - 1), bl)
