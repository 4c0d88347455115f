"""Which resources an op claims, all at once and to its end (rule R8), as bit masks.

Arrays belong to one stage; ADC banks and digital units may be shared between stages, which then are
one arbitration group: in a cycle the lowest stage claims first. A resource is held for the whole
op: converters that are busy only while an array is read out are not modelled.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.algorithm.base import Arrangement
from models.design import Design
from models.schedule import Op


@dataclass(frozen=True)
class Claims:
    """What the ops of one stage claim; masks of F, B and U have an entry for each view.

    Parameters
    ----------
    arrays
        The stage's own arrays, in their order: one bit each.
    forward, backward, update
        What F, B and U of a sample claim, by the sample's view.
    transfers
        What each transfer of the learning rule claims; by default all arrays.
    batch
        Samples of a mini-batch, which the views take in turn.
    """

    arrays: tuple[int, ...]
    forward: tuple[int, ...]
    backward: tuple[int, ...]
    update: tuple[int, ...]
    transfers: tuple[int, ...] = ()
    batch: int = 1

    @property
    def own(self) -> int:
        """All arrays of the stage."""
        return sum(self.arrays)

    def mask(self, op: int, number: int) -> int:
        """Return what an op claims; `number` is its sample, or that of a transfer."""
        if op == Op.TRANSFER:
            return self.transfers[number % len(self.transfers)] if self.transfers else self.own
        if op == Op.PROGRAM:
            return self.own
        view = number % self.batch % len(self.forward)
        if op == Op.FORWARD:
            return self.forward[view]
        return self.backward[view] if op == Op.BACKWARD else self.update[view]

    @property
    def exclusive(self) -> bool:
        """Whether no op can start while all arrays are held."""
        return all(mask & self.own for mask in self.masks)

    @property
    def masks(self) -> tuple[int, ...]:
        """The masks of all ops."""
        return *self.forward, *self.backward, *self.update, *self.transfers


@dataclass(frozen=True)
class Resources:
    """The resources of a machine: the claims of each stage, and what stages may share.

    `shared` names the bits that follow those of the arrays.
    """

    claims: tuple[Claims, ...]
    shared: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all resources, in the order of their bits."""
        return *(
            f"stage {stage + 1}" + (f" array {n + 1}" if len(own.arrays) > 1 else "")
            for stage, own in enumerate(self.claims)
            for n in range(len(own.arrays))
        ), *self.shared

    @property
    def first_shared(self) -> int:
        """Number of the first shared resource's bit."""
        return sum(len(own.arrays) for own in self.claims)


def one_array(stages: int) -> Resources:
    """Return the resources of a machine with one array a stage, which every op claims."""
    bits = [1 << stage for stage in range(stages)]
    return Resources(tuple(Claims((bit,), (bit,), (bit,), (bit,)) for bit in bits))


def _union(arrays: Sequence[int], numbers: Iterator[int]) -> int:
    found = 0
    for number in numbers:
        found |= arrays[number]
    return found


def stage_claims(arrangement: Arrangement, arrays: tuple[int, ...], bank: int, unit: int) -> Claims:
    """Return the claims of a stage whose rule has `arrays`, one bit each.

    F and B claim the arrays that their view reads, U the one that it pulses, T its sources and
    targets. What reads claims the converters `bank` too, and what computes the digital `unit` (each
    0 where it is not counted).
    """
    reads = tuple(
        _union(arrays, (n for n, gamma in enumerate(view) if gamma != 0.0)) | bank
        for view in arrangement.gamma
    )
    updates = tuple(
        unit if arrangement.collects else arrays[arrangement.gradient[view]] | unit
        for view in range(arrangement.views)
    )
    transfers = tuple(
        _union(arrays, iter((*one.sources, *one.targets, *(arrangement.warm if not t else ()))))
        | (bank if one.sources else 0)
        | unit
        for t, one in enumerate(arrangement.transfers)
    )
    if not any(updates):  # gathered by a digital unit that is not counted
        updates = reads
    return Claims(arrays, reads, reads, updates, transfers, arrangement.batch)


def _kinds(design: Design, units: tuple[int, ...] | None) -> list[tuple[str, tuple[int, ...]]]:
    """Return the kinds of shared resources, with the number of each stage's."""
    found = [("adc", design.tile.adc.bank), ("digital", units)]
    return [(kind, numbers) for kind, numbers in found if numbers is not None]


def machine_resources(design: Design) -> Resources:
    """Return the resources of a design's machine."""
    arrangement, stages = design.arrangement, design.stages
    count = arrangement.arrays
    units = design.timing.digital_unit
    if units is None and arrangement.collects and design.timing.digital_rate is not None:
        units = tuple(range(1, stages + 1))
    shared = [(kind, n) for kind, own in _kinds(design, units) for n in sorted(set(own))]
    bit = {one: 1 << (stages * count + place) for place, one in enumerate(shared)}
    claims = []
    for stage in range(stages):
        arrays = tuple(1 << (stage * count + number) for number in range(count))
        own = {kind: bit[kind, numbers[stage]] for kind, numbers in _kinds(design, units)}
        claims.append(stage_claims(arrangement, arrays, own.get("adc", 0), own.get("digital", 0)))
    return Resources(tuple(claims), tuple(f"{kind} {number}" for kind, number in shared))
