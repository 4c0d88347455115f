"""Which transfers follow an update, and in what order: the list that clock and numbers share."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from models.schedule import Op

Ints = npt.NDArray[np.int64]


def due(every: Sequence[int], vectors: int, sample: int) -> list[int]:
    """Return the transfers that follow U of a sample, in their order.

    A sample is `vectors` updates; `every` are the updates between two of each transfer. Transfer t
    after update u of the stage has the number u * T + t, of T transfers.
    """
    first, last = sample * vectors, (sample + 1) * vectors
    found = [
        update * len(every) + t
        for t, one in enumerate(every)
        for update in range(first // one * one + one - 1, last, one)
    ]
    found.sort()
    return found


def with_due(
    every: Sequence[int], vectors: Sequence[int], rows: Iterable[tuple[int, int, int]]
) -> tuple[Ints, Ints, Ints]:
    """Return stages, ops and samples of a list of F, B and U, each U with what follows it.

    `vectors`: updates of a sample at each stage.
    """
    found = []
    for stage, op, sample in rows:
        found.append((stage, op, sample))
        if op == Op.UPDATE:
            numbers = due(every, vectors[stage], sample)
            found += [(stage, Op.TRANSFER, number) for number in numbers]
    table = np.array(found, np.int64).reshape(-1, 3)
    stages, ops, samples = np.ascontiguousarray(table.T)
    return stages, ops, samples
