"""How long a training will take on this computer: a rough model, and where its numbers come from.

Seconds of the parts of a training were measured once (two cores of an AMD EPYC, Zen 4; `analog-sgd`
and `digital-sgd` on the digits with 64-32-16-10, 64-512-512-10 and LeNet, and 784-256-128-10). A
product of 512x512 numbers, timed now, tells how this processor compares. What the response of a
device, the pulses of an update and transfers add is left out: right within a factor of 3.
"""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.data import Dataset
from models.design import Design
from models.word import linear_map
from sim.system import System

#: Seconds of the product on the processor that the others were measured on.
_PRODUCT = 34e-6
#: A vector at a stage and a weight that it meets, in F, B and U together: analog, digital.
_VECTOR, _WEIGHT = (7e-6, 2.5e-6), (1.1e-9, 1.35e-9)
#: An image of an evaluation, a vector and a weight of it.
_IMAGE, _IMAGE_VECTOR, _IMAGE_WEIGHT = 60e-6, 8e-6, 0.3e-9
#: An op where the clock needs the numbers; to load the libraries; to compile the kernels.
_COUPLED, _START, _COMPILE = 140e-6, 2.5, 50.0
_PROBE_SECONDS = 0.03


@dataclass(frozen=True)
class Forecast:
    """Seconds of a training: to start, to compile (0 where that is kept), to train and evaluate.

    `slower`: time of the product here over that where the rest was measured.
    """

    start: float
    compile: float
    train: float
    evaluate: float
    slower: float

    @property
    def seconds(self) -> float:
        """All of them."""
        return self.start + self.compile + self.train + self.evaluate


def slower() -> float:
    """Return how many times slower than the reference this processor multiplies, now."""
    matrix, vector = np.full((512, 512), 0.5), np.full(512, 0.5)
    times: list[float] = []
    end = time.perf_counter() + _PROBE_SECONDS
    while (begin := time.perf_counter()) < end or len(times) < 3:
        matrix @ vector
        times.append(time.perf_counter() - begin)
    return float(np.median(times)) / _PRODUCT


def compiled() -> bool:
    """Whether compiled kernels of this version are kept from an earlier run."""
    return any(Path(linear_map.stats.cache_path or ".").glob("executor._run-*.nbc"))


def forecast(design: Design, system: System, data: Dataset, total: int, interval: int) -> Forecast:
    """Return how long a training of `total` samples takes, evaluated every `interval` samples."""
    digital, pace = design.algorithm.digital, slower()
    image = _IMAGE + sum(
        layer.reads * (_IMAGE_VECTOR + layer.rows * layer.columns * _IMAGE_WEIGHT)
        for layer in design.parts
    )
    work = sum(
        (layer.reads + 2 * layer.errors)
        / 3
        * (_VECTOR[digital] + layer.rows * layer.columns * _WEIGHT[digital])
        for layer in design.parts
    )
    if system.coupled:
        work += 3 * design.stages * _COUPLED
    return Forecast(
        start=_START * pace,
        compile=0.0 if compiled() else _COMPILE * pace,
        train=total * work * pace,
        evaluate=-(-total // interval) * len(data.test) * image * pace,
        slower=pace,
    )
