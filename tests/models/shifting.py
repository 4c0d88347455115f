"""A shift register as one would draw it."""

from models.register import TAPS


class Register:
    """A shift register, one bit at a time; `state` holds the youngest bit lowest."""

    def __init__(self, width: int, state: int) -> None:
        self.width = width
        self.bits = [state >> i & 1 for i in range(width)]

    def step(self, times: int = 1) -> "Register":
        for _ in range(times):
            fed = sum(self.bits[tap - 1] for tap in TAPS[self.width]) % 2
            self.bits = [fed, *self.bits[:-1]]
        return self

    @property
    def state(self) -> int:
        return sum(bit << i for i, bit in enumerate(self.bits))

    def top(self, bits: int) -> int:
        return self.state >> (self.width - bits)
