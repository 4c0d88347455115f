"""Samples in, results out, as there is room and as they come."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from amaranth.lib import data

from models.link import Get, Put
from rtl.remote.client import LinkError
from rtl.remote.word import signed_field

#: Requests without any progress after which a machine counts as standing still.
MOST_IDLE = 2000


class Ends(Protocol):
    """The channels of a board."""

    def put(self, channel: Put, items: Sequence[int]) -> int:
        """Offer items; return how many of the first ones were taken."""

    def get(self, channel: Get, most: int) -> list[int]:
        """Return items that have come."""


@dataclass
class Run:
    """What came of a run, sample after sample."""

    outputs: list[list[int]] = field(default_factory=list)
    classes: list[int] = field(default_factory=list)


class Pump:
    """Keeps samples going in and results coming out.

    Parameters
    ----------
    ends
        Where items are put and got.
    layout
        Of an item of the outputs (`rtl.prediction.element_layout`).
    elements, marks
        Items of all samples: their elements, and one with the class of each.
    """

    def __init__(
        self, ends: Ends, layout: data.StructLayout, elements: list[int], marks: list[int]
    ) -> None:
        self.ends, self.layout, self.samples = ends, layout, len(marks)
        self.elements, self.marks = elements, marks
        self.given = self.marked = self.idle = 0
        self.run, self._vector = Run(), list[int]()

    @property
    def whole(self) -> bool:
        """Whether all results are here."""
        return len(self.run.classes) == len(self.run.outputs) == self.samples

    def turn(self) -> None:
        """Put and get what goes at once."""
        ends, moved = self.ends, 0
        if self.marked < self.samples:
            taken = ends.put(Put.LABEL, self.marks[self.marked : self.marked + 64])
            self.marked, moved = self.marked + taken, moved + taken
        if self.given < len(self.elements):
            taken = ends.put(Put.ELEMENT, self.elements[self.given : self.given + 256])
            self.given, moved = self.given + taken, moved + taken
        outputs = ends.get(Get.OUTPUT, 64)
        for item in outputs:
            self._vector.append(signed_field(self.layout, "data", item))
            if item >> self.layout["last"].offset & 1:
                self.run.outputs.append(self._vector)
                self._vector = []
        classes = ends.get(Get.CLASS, 64)
        self.run.classes += classes
        self.idle = 0 if moved or outputs or classes else self.idle + 1
        if self.idle > MOST_IDLE:
            raise LinkError(
                f"the machine stands still after {len(self.run.outputs)} of {self.samples} samples"
            )
