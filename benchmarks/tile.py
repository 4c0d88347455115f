"""The one place that knows how an array of this project is called."""

from models.crossbar import Crossbar
from models.kernel import pulse_update
from models.key import extend, fold
from models.pulse import PulseWords
from models.schedule import Op


class Tile:
    """An array on the compiled kernels."""

    def __init__(self, crossbar: Crossbar) -> None:
        self.crossbar = crossbar
        self.key = fold(crossbar.config.seed, crossbar.config.index, Op.UPDATE)
        self.forward = crossbar.forward
        self.backward = crossbar.backward

    def update(self, words: PulseWords, sample: int) -> int:
        """Apply an update; return the coincidences."""
        dev, lines = self.crossbar.devices, (words.xw, words.xs, words.dw, words.ds)
        key = extend(self.key, sample)[()]
        weights = self.crossbar.weights
        return int(pulse_update(weights, dev.planes, dev.noise, dev.exponent, *lines, key))
