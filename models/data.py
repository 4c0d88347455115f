"""Labelled images: the embedded digits, folders in MNIST's format, and points on spirals."""

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.error import DesignError
from models.section import Data, Run
from models.spiral import ONE, ZERO, spiral

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Images:
    """Images as rows of pixels, shape (n, pixels), with labels, shape (n,)."""

    pixels: Pixels
    labels: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Dataset:
    """Images to train and to test with; pixel value `zero` + `peak` stands for 1.0."""

    train: Images
    test: Images
    peak: int
    zero: int = 0
    """Pixel value that stands for 0.0."""

    @property
    def classes(self) -> int:
        """One more than the largest label."""
        return int(max(self.train.labels.max(), self.test.labels.max())) + 1


def read_idx(path: Path) -> Pixels:
    """Return the unsigned bytes of an IDX file, gzip-compressed or not, in their shape.

    Raises
    ------
    DesignError
        When the file is missing, truncated, damaged or holds something else.
    """
    try:
        raw = path.read_bytes()
        content = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except FileNotFoundError:
        raise DesignError(f"{path}: there is no such file") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DesignError(f"{path}: cannot be read: {error}") from None
    if len(content) < 4 or content[:3] != b"\0\0\x08" or not 1 <= content[3] <= 3:
        raise DesignError(f"{path}: not an IDX file of unsigned bytes")
    rank = content[3]
    head = 4 + 4 * rank
    if len(content) < head:
        raise DesignError(f"{path}: truncated inside its header")
    shape = struct.unpack(f">{rank}I", content[4:head])
    if len(content) - head != math.prod(shape):
        raise DesignError(
            f"{path}: holds {len(content) - head} bytes of data, but its header says "
            f"{math.prod(shape)}"
        )
    return np.frombuffer(content, np.uint8, offset=head).reshape(shape).copy()


def _find(folder: Path, stem: str) -> Path:
    for name in (
        stem,
        f"{stem}.gz",
        stem.replace("-idx", ".idx"),
        stem.replace("-idx", ".idx") + ".gz",
    ):
        if (folder / name).is_file():
            return folder / name
    raise DesignError(f"{folder}: holds no {stem} (.gz or not)")


def read_images(folder: Path, prefix: str) -> Images:
    """Return the images `<prefix>-images-idx3-ubyte` with `<prefix>-labels-idx1-ubyte`.

    Raises
    ------
    DesignError
        When a file is missing or wrong, or there are not as many labels as images.
    """
    images, labels = (
        _find(folder, f"{prefix}-images-idx3-ubyte"),
        _find(folder, f"{prefix}-labels-idx1-ubyte"),
    )
    pixels, marks = read_idx(images), read_idx(labels)
    if pixels.ndim != 3 or marks.ndim != 1:
        raise DesignError(f"{images}: needs images of 3 dimensions and labels of 1")
    if len(pixels) != len(marks) or not len(marks):
        raise DesignError(f"{labels}: holds {len(marks)} labels for {len(pixels)} images")
    return Images(pixels.reshape(len(pixels), -1), marks.astype(np.int64))


def moved(pixels: Pixels, side: int, right: int, down: int) -> Pixels:
    """Return square images moved by so many pixels; what comes in is 0, what goes out is lost."""
    images = pixels.reshape(-1, side, side)
    found = np.zeros_like(images)
    rows, columns = side - abs(down), side - abs(right)
    kept = images[:, max(-down, 0) :, max(-right, 0) :][:, :rows, :columns]
    found[:, max(down, 0) :, max(right, 0) :][:, :rows, :columns] = kept
    return found.reshape(pixels.shape)


def _digits(data: Data) -> Images:
    with as_file(files("models") / "dataset") as folder:
        images = read_images(folder, "digits")
    if data.name == "digits":
        return images
    return Images(moved(images.pixels, 8, *(data.shift or (1, 0))), images.labels)


def _spiral(data: Data) -> Images:
    noise = 0.2 if data.noise is None else data.noise
    return Images(*spiral(data.points or 500, noise, data.seed or 0))


def _split(images: Images, data: Data, peak: int, zero: int = 0) -> Dataset:
    """Return images in a random order, the last of them for testing."""
    order = np.random.default_rng(data.split_seed).permutation(len(images))
    first = round(len(images) * (1.0 - data.test_fraction))
    train, test = order[:first], order[first:]
    if not len(train) or not len(test):
        raise DesignError(f"data.test_fraction: {data.test_fraction} leaves nothing on one side")
    return Dataset(
        Images(images.pixels[train], images.labels[train]),
        Images(images.pixels[test], images.labels[test]),
        peak,
        zero,
    )


def load_data(data: Data) -> Dataset:
    """Return the data that a design names.

    Raises
    ------
    DesignError
        When a file is missing or wrong.
    """
    if data.name == "spiral":
        found = _split(_spiral(data), data, ONE, ZERO)
    elif data.name != "idx":
        found = _split(_digits(data), data, 16)
    else:
        folder = Path(data.path or ".")
        if not folder.is_dir():
            raise DesignError(f"data.path: {folder} is no folder")
        found = Dataset(read_images(folder, "train"), read_images(folder, "t10k"), peak=255)
    train, test = _first(found.train, data.limit), _first(found.test, data.test_limit)
    return Dataset(train, test, found.peak, found.zero)


def _first(images: Images, limit: int | None) -> Images:
    return Images(images.pixels[:limit], images.labels[:limit])


def run_length(run: Run, data: Dataset) -> int:
    """Return the samples of a run: those it names, or those of its epochs."""
    return run.samples or math.ceil(run.epochs * len(data.train))


@lru_cache(maxsize=8)
def sample_order(seed: int, epoch: int, count: int) -> npt.NDArray[np.int64]:
    """Return the order of one epoch's images: a permutation seeded by (seed, epoch)."""
    return np.random.default_rng([seed, epoch]).permutation(count)
