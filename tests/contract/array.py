"""The smallest array at an analog port."""

import numpy as np

from models.number import Integers, code_limit, saturate, shift_round
from models.pulse import PulseWords
from models.schedule import Op
from models.tile import TileConfig
from rtl.cosim.packing import Vector


class IntegerArray:
    """Smallest array: integer weights, every coincidence one step, no noise."""

    def __init__(self, config: TileConfig) -> None:
        self.limit = code_limit(config.tile.adc.bits)
        shape = (config.rows, config.columns)
        self.weights = (np.arange(config.rows * config.columns).reshape(shape) * 7) % 11 - 5

    def read(self, op: Op, codes: Integers, sample: int) -> Vector:
        weights = self.weights.T if op == Op.BACKWARD else self.weights
        return saturate(shift_round(codes @ weights, -1), self.limit)

    def update(self, words: PulseWords, sample: int) -> None:
        count = np.bitwise_count(words.xw[:, None] & words.dw[None, :]).astype(np.int64)
        down = words.xs[:, None] != words.ds[None, :]
        self.weights += np.where(down, -count, count)

    def program(self, rows: Integers, codes: Integers, number: int) -> None:
        self.weights[rows != 0] = codes * (3 + number)
