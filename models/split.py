"""How the lines of a layer are shared out among tiles."""


def split_sizes(lines: int, most: int) -> tuple[int, ...]:
    """Return the fewest parts of at most `most` lines, larger ones first, one apart at most."""
    parts = -(-lines // most)
    size, rest = divmod(lines, parts)
    return (size + 1,) * rest + (size,) * (parts - rest)
