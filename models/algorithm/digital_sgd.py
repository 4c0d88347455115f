"""Digital SGD: the baseline, float32 weights without converters, noise, devices or pulses."""

from typing import ClassVar, Literal

from models.algorithm.base import Algorithm, Arrangement, Work


class DigitalSGD(Algorithm):
    """`algorithm.name = "digital-sgd"`: exact weights, W' = W - lr d x^T."""

    name: Literal["digital-sgd"] = "digital-sgd"

    digital: ClassVar[bool] = True

    def arrangement(self, batch: int) -> Arrangement:
        """Return the one matrix of a layer; an update multiplies and adds at every weight."""
        del batch
        return Arrangement(update_work=Work(), dense_work=Work(2, 64))
