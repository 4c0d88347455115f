"""What a training run leaves behind that two accounts of one machine must agree on, bit for bit."""

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from models.error import DesignError
from models.file import write_bytes

Table = npt.NDArray[np.int64]


def in_order(ops: Table) -> Table:
    """Return ops in the order of start, stage and op."""
    return ops[np.lexsort((ops[:, 1], ops[:, 0], ops[:, 3]))]


@dataclass(frozen=True)
class Record:
    """One run.

    Parameters
    ----------
    ops
        Shape (ops, 5): stage, op, sample, start and end in architectural cycles, `in_order`; of
        T, `sample` is the number of the transfer.
    outputs
        Shape (samples, outputs): pre-activations of the last stage, as integers.
    weights
        For each stage the weights of its tile after every `every` updates, shape
        (samples // every, rows, columns), float32 on the tile's grid; of several arrays theirs,
        shape (samples // every, arrays, rows, columns).
    every
        Updates between two looks at the weights.
    cycles
        Architectural cycles of the run.
    extra
        Further figures of the account, by name; they are not compared.
    """

    ops: Table
    outputs: Table
    weights: list[npt.NDArray[np.float32]]
    every: int
    cycles: int
    extra: dict[str, float] = field(default_factory=dict)

    def write(self, path: Path) -> Path:
        """Write the record as an NPZ file, whole or not at all."""
        arrays: dict[str, Any] = {f"weights{m}": own for m, own in enumerate(self.weights)}
        arrays |= {f"extra_{name}": np.float64(value) for name, value in self.extra.items()}
        buffer = BytesIO()
        np.savez_compressed(
            buffer,
            ops=self.ops,
            outputs=self.outputs,
            every=np.int64(self.every),
            cycles=np.int64(self.cycles),
            **arrays,
        )
        return write_bytes(path, buffer.getvalue())

    @classmethod
    def read(cls, path: Path) -> "Record":
        """Read what `write` has written.

        Raises
        ------
        DesignError
            When the file is not there, or not whole.
        """
        try:
            with path.open("rb") as stream, np.load(stream) as file:
                held = {name: file[name] for name in file.files}
            stages = sum(name.startswith("weights") for name in held)
            return cls(
                ops=held["ops"],
                outputs=held["outputs"],
                weights=[held[f"weights{m}"] for m in range(stages)],
                every=int(held["every"]),
                cycles=int(held["cycles"]),
                extra={
                    name.removeprefix("extra_"): float(value)
                    for name, value in held.items()
                    if name.startswith("extra_")
                },
            )
        except FileNotFoundError:
            raise DesignError(f"{path}: is not there") from None
        except (KeyError, ValueError, EOFError, BadZipFile, OSError) as error:
            raise DesignError(f"{path}: is no whole record of a run: {error}") from None


@dataclass(frozen=True)
class Comparison:
    """One equality: how many were compared, and what the first difference is (None: equal)."""

    name: str
    compared: int
    difference: str | None


def _first(name: str, found: Any, wanted: Any, place: str) -> Comparison:
    """Compare two arrays along their first axis."""
    if found.shape != wanted.shape:
        return Comparison(name, 0, f"{found.shape} against {wanted.shape} of the model")
    differs = (found != wanted).reshape(len(wanted), -1).any(axis=1)
    if not differs.any():
        return Comparison(name, int(wanted.size), None)
    row = int(np.flatnonzero(differs)[0])
    ours, theirs = np.asarray(found[row]).ravel(), np.asarray(wanted[row]).ravel()
    at = int(np.flatnonzero(ours != theirs)[0])
    sentence = f"{place} {row}, element {at}: {ours[at]} against {theirs[at]} of the model"
    return Comparison(name, int(wanted.size), sentence)


def compare(found: Record, wanted: Record) -> list[Comparison]:
    """Compare a run with the model's: ops, outputs, weights and cycles."""
    results = [
        _first("starts and ends of ops", found.ops, wanted.ops, "op"),
        _first("outputs", found.outputs, wanted.outputs, "sample"),
    ]
    pairs = zip(found.weights, wanted.weights, strict=True)
    for stage, (ours, theirs) in enumerate(pairs):
        results.append(_first(f"weights of stage {stage}", ours, theirs, f"look of {found.every}:"))
    same = None if found.cycles == wanted.cycles else f"{found.cycles} against {wanted.cycles}"
    return [*results, Comparison("cycles", 1, same)]
