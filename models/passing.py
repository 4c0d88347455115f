"""What passes between stages, packed: maps of a sample, and how vectors are made of them."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.layer.conv import Convolution
from models.layer.lstm import KEPT
from models.layer.part import Part
from models.layer.section import KINDS
from models.layer.unit import Unit
from models.placing import starts

Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]

#: Kinds of layers as compiled code knows them.
STAGES = (*KINDS, "down", "up")
LINEAR, CONV, LSTM, DOWN, UP = range(len(STAGES))


class Passing(NamedTuple):
    """One entry a stage unless said.

    A stage takes `inputs` elements a sample, makes `reads` vectors of them in F and as many
    pre-activations as there are `elements`, and hands on `outputs` of these; `errors` vectors, the
    last of `reads`, go through B and U. Vector p of sample k has the number k * reads + p in F and
    k * errors + p in B and U.

    `x_samples`, `d_samples`: depth of the stashes in samples. `value_at`, `slope_at`, `cell_at`,
    `gradient_at`, `used_at`: where a stage's parts of these fields of the state begin.
    `slope_size`: slopes that lie beside a stage's inputs, those of the stage below; `cell_size`, of
    each vector, and `gradient_size`, of each sample: 0 but for an
    LSTM, and for errors that pass an adapter by.

    `gather_at`, `pool_at`: where the tables of `models.layer.conv` begin in `gather`, `pool`, of
    `squares` elements an output, of which `share` have its error; `largest`: pooling by maximum.
    """

    kind: Ints
    inputs: Ints
    elements: Ints
    outputs: Ints
    reads: Ints
    errors: Ints
    x_samples: Ints
    d_samples: Ints
    used_at: Ints
    value_at: Ints
    slope_at: Ints
    slope_size: Ints
    cell_size: Ints
    cell_at: Ints
    gradient_size: Ints
    gradient_at: Ints
    gather: Ints
    gather_at: Ints
    pool: Ints
    pool_at: Ints
    squares: Ints
    share: Reals
    largest: Ints


def _joined(tables: list[Ints]) -> tuple[Ints, Ints]:
    """Return flat tables one after another, and where each begins."""
    flat = [table.ravel() for table in tables]
    return np.concatenate([np.zeros(0, np.int64), *flat]), starts([len(table) for table in flat])


def make_passing(
    layers: tuple[Part, ...], units: tuple[Unit, ...], x_depth: Ints, d_depth: Ints
) -> Passing:
    """Return what passes between the stages of a network, with stashes of so many samples."""
    nothing = np.zeros(0, np.int64)
    maps = [unit if isinstance(unit, Convolution) else None for unit in units]
    gather, gather_at = _joined([nothing if one is None else one.gather for one in maps])
    pool, pool_at = _joined([nothing if one is None else one.pool for one in maps])

    def of(key: str) -> Ints:
        return np.array([getattr(layer, key) for layer in layers], np.int64)

    kind = np.array([STAGES.index(layer.kind) for layer in layers], np.int64)
    inputs, elements, reads, errors = of("inputs"), of("elements"), of("reads"), of("errors")
    slope_size = np.concatenate([inputs[:1], elements[:-1]])
    recurrent = kind == LSTM
    cell_size = np.where(recurrent, KEPT * of("outputs"), 0)
    passed = of("outputs") - np.where(kind == DOWN, of("columns"), 0)
    beside = np.where((kind == UP) | (kind == DOWN), passed, 0)
    gradient_size = np.where(recurrent, 2 * of("outputs"), beside)
    return Passing(
        kind=kind,
        inputs=inputs,
        elements=elements,
        outputs=of("outputs"),
        reads=reads,
        errors=errors,
        x_samples=x_depth,
        d_samples=d_depth,
        used_at=starts(errors),
        value_at=starts(inputs * x_depth),
        slope_at=starts(slope_size * x_depth),
        slope_size=slope_size,
        cell_size=cell_size,
        cell_at=starts(cell_size * reads * x_depth),
        gradient_size=gradient_size,
        gradient_at=starts(gradient_size * d_depth),
        gather=gather,
        gather_at=gather_at,
        pool=pool,
        pool_at=pool_at,
        squares=np.array([1 if one is None else one.pool.shape[1] for one in maps], np.int64),
        share=np.array([1.0 if one is None else one.share for one in maps]),
        largest=np.array([one is not None and one.largest for one in maps], np.int64),
    )
