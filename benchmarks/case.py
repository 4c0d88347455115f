"""What is measured: groups of cases, each with the entries that are compared."""

from dataclasses import dataclass
from typing import Any, Literal

Side = Literal["ours", "peer"]
Work = dict[str, Any]

FAMILIES = ("constant-step", "soft-bounds", "exponential-step", "power-step")
#: Families whose coincidences of one update can be taken at once.
AGGREGABLE = ("constant-step", "soft-bounds")
READ = {"dac_bits": 7, "adc_bits": 9, "noise": 0.06, "rail": 12.0}
#: Where both lines are largest every slot is a coincidence; on the mean device 31/3.5^2 of 31.
DENSE = 31.0
SHARE = 1 / 3.5**2
#: Vectors, one after another, that one call reads where the calls shall cost nothing.
TOGETHER = 64


@dataclass(frozen=True)
class Entry:
    """One bar of a comparison: who does which work."""

    label: str
    side: Side
    work: Work


@dataclass(frozen=True)
class Case:
    """Entries that are measured in turns. `x` is the size or length it stands for in a curve."""

    group: str
    name: str
    entries: tuple[Entry, ...]
    x: int | None = None

    @property
    def size(self) -> int | None:
        """Lines a side of the array, or None where there are several arrays."""
        found: int | None = self.entries[0].work.get("rows")
        return found


def limit(size: int = 512) -> Case:
    """Return the physical limit: every weight read and written once."""
    work = {"kind": "limit", "rows": size, "columns": size}
    entries = tuple(Entry(f"{by} adds 1", "ours", work | {"by": by}) for by in ("NumPy", "Numba"))
    return Case("limit", f"{size}x{size} float32", entries, size)


def update(
    group: str, family: str, size: int, bl: int, wanted: float, managed: bool, x: int | None = None
) -> Case:
    """Return an update: ours in several ways, aihwkit's.

    Parameters
    ----------
    wanted
        Coincidences where both lines are largest.
    managed
        Whether aihwkit chooses length and shares (the default), or `bl` slots are fixed.
    x
        What the case stands for in a curve; our other ways to update are left out there.
    """
    work = {
        "kind": "update",
        "family": family,
        "rows": size,
        "columns": size,
        "bl": bl,
        "wanted": wanted,
        "managed": managed,
    }
    lfsr = work | {"words": "lfsr", "steps": "each"}
    entries: tuple[Entry, ...] = (
        Entry("ours", "ours", lfsr),
        Entry("aihwkit", "peer", work),
        Entry("ours, array alone", "ours", work | {"words": "given"}),
    )
    if x is None:
        entries += (Entry("ours, random words", "ours", lfsr | {"words": "random"}),)
    if x is None and family in AGGREGABLE:
        entries += (Entry("ours, aggregated", "ours", lfsr | {"steps": "aggregated"}),)
    name = f"{family} {size}x{size}"
    if not managed:
        name += f", {bl} slot{'s' if bl > 1 else ''}"
    return Case(group, name, entries, x)


def read(group: str, kind: str, size: int, batch: int, x: int | None = None) -> Case:
    """Return a forward or backward read of a batch, with converters and noise."""
    work = READ | {"kind": kind, "rows": size, "columns": size, "batch": batch}
    entries: tuple[Entry, ...] = (
        Entry("ours, hardware", "ours", work | {"profile": "hardware"}),
        Entry("aihwkit", "peer", work),
        Entry("ours, behavioural", "ours", work | {"profile": "behavioural"}),
    )
    if batch == 1:
        several = work | {"together": TOGETHER}
        entries += (
            Entry("ours, as in training", "ours", several | {"profile": "executor"}),
            Entry(f"aihwkit, {TOGETHER} a call", "peer", several),
        )
    return Case(group, f"{kind} {size}x{size}, batch {batch}", entries, x)


def product(size: int, batch: int) -> Case:
    """Return a plain product with a normal number added to every output."""
    work = {"kind": "product", "rows": size, "columns": size, "batch": batch, "noise": 0.06}
    entries = (Entry("NumPy", "ours", work), Entry("PyTorch", "peer", work))
    return Case("product", f"{size}x{size}, batch {batch}", entries)


def training(data: str, samples: int | None) -> Case:
    """Return one epoch of 784-256-128-10 with tanh on MNIST."""
    work: Work = {
        "kind": "train",
        "data": data,
        "samples": samples,
        "layers": [784, 256, 128, 10],
        "lr": 0.01,
        "dw_min": 0.001,
        "bl": 8,
        "noise": 0.004,
        "seed": 0,
    }
    return Case(
        "training",
        "784-256-128-10, one epoch",
        (
            Entry("ours, every sample", "ours", work),
            Entry("aihwkit, batch 10", "peer", work | {"weights": "analog", "batch": 10}),
            Entry("digital PyTorch, batch 10", "peer", work | {"weights": "digital", "batch": 10}),
            Entry("digital PyTorch, batch 1", "peer", work | {"weights": "digital", "batch": 1}),
        ),
    )


#: Learning rules with transfers, with keys beside their defaults, and whether aihwkit has the rule.
RULES: tuple[tuple[str, Work, bool], ...] = (
    ("analog-sgd", {}, True),
    ("tiki-taka", {}, True),
    ("tiki-taka-2", {}, True),
    ("chopped-tiki-taka-2", {}, True),
    ("agad", {}, True),
    ("mixed-precision", {}, True),
    ("residual", {"gamma": 0.4}, True),
    ("residual-2", {"gamma": 0.4}, False),
    ("multi-tile", {"gamma": 0.5, "tiles": 4}, True),
)


def rule(data: str, samples: int, name: str, keys: Work, shared: bool) -> Case:
    """Return some samples of the MNIST network under one learning rule, one column a transfer."""
    train = training(data, samples).entries[0].work
    work = train | {"rule": name, "keys": keys, "weights": "analog", "batch": 1}
    entries: tuple[Entry, ...] = (Entry("ours", "ours", work),)
    if shared:
        entries += (
            Entry("aihwkit, batch 1", "peer", work),
            Entry("aihwkit, batch 10", "peer", work | {"batch": 10}),
        )
    return Case("learning rules", f"{name}, {samples} samples", entries)


def cases(quick: bool, data: str | None) -> list[Case]:
    """Return all cases; `quick` has every kind on small arrays."""
    size = 64 if quick else 512
    sizes = (16, 64) if quick else (64, 128, 256, 512, 1024, 2048, 4096)
    lengths = (1, 31) if quick else (1, 2, 4, 8, 16, 31, 48, 63)
    batches = (1, 32) if quick else (1, 32, 256)
    family = "soft-bounds"
    found = [limit(n) for n in sorted({size, *sizes})]
    found += [update("dense update", f, size, 31, DENSE, False) for f in FAMILIES]
    found += [update("sparse update", f, size, 31, 0.25 / SHARE, True) for f in FAMILIES]
    for kind in ("forward", "backward"):
        found += [read("reads", kind, size, batch) for batch in batches]
    found += [product(size, batch) for batch in batches]
    found += [update("size", family, n, 31, DENSE, False, n) for n in sizes]
    found += [read("size, forward", "forward", n, 1, n) for n in sizes]
    found += [update("slots", family, size, n, float(n), False, n) for n in lengths]
    if data is not None:
        found.append(training(data, 500 if quick else None))
        found += [rule(data, 200 if quick else 4000, *one) for one in RULES]
    return found
