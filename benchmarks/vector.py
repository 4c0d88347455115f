"""The vectors that both sides are given: the same numbers in both interpreters."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

#: Power that turns uniform numbers into magnitudes: their mean is 1/3.5, so lines that fire with
#: these probabilities meet in 1/3.5^2 of the slots, 2.5 times in 31.
POWER = 2.5
#: Devices, and updates, at most, that one call is given.
MANY, MOST = 1 << 22, 16


def line_values(rng: np.random.Generator, lines: int) -> Floats:
    """Return values of lines, the largest of magnitude 1, with signs, shape (lines,)."""
    size = rng.random(lines) ** POWER
    return np.asarray(np.copysign(size / size.max(), rng.random(lines) - 0.5), np.float32)


def updates_together(rows: int, columns: int) -> int:
    """Return the updates that one call of either side is given, so that calls cost neither much."""
    return min(max(MANY // (rows * columns), 2), MOST)


def pulse_vectors(rows: int, columns: int) -> tuple[Floats, Floats]:
    """Return the inputs and errors of an update."""
    rng = np.random.default_rng([rows, columns])
    return line_values(rng, rows), line_values(rng, columns)


def read_vectors(batch: int, lines: int) -> Floats:
    """Return inputs of a read, normal numbers, shape (batch, lines)."""
    rng = np.random.default_rng([batch, lines])
    return rng.standard_normal((batch, lines), np.float32)


def read_weights(rows: int, columns: int) -> Floats:
    """Return weights uniform in [-0.5, 0.5], shape (rows, columns)."""
    rng = np.random.default_rng([rows, columns, 1])
    return rng.random((rows, columns), np.float32) - np.float32(0.5)


def idx_file(folder: Path, stem: str) -> npt.NDArray[np.uint8]:
    """Return the bytes of a file in MNIST's format in their shape, .gz or not.

    Raises
    ------
    FileNotFoundError
        When the folder holds neither.
    """
    packed = folder / f"{stem}.gz"
    raw = gzip.decompress(packed.read_bytes()) if packed.is_file() else (folder / stem).read_bytes()
    shape = np.frombuffer(raw, ">u4", raw[3], 4).astype(int)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def images(work: dict[str, Any]) -> list[npt.NDArray[Any]]:
    """Return training images in 0..1 and labels, test images and labels, of a folder's files."""
    folder, found = Path(work["data"]), []
    for part in ("train", "t10k"):
        pixels = idx_file(folder, f"{part}-images-idx3-ubyte")
        labels = idx_file(folder, f"{part}-labels-idx1-ubyte").astype(np.int64)
        limit = work.get("samples") if part == "train" else None
        found += [pixels.reshape(len(pixels), -1)[:limit] / np.float32(255.0), labels[:limit]]
    return found
