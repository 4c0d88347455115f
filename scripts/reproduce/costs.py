"""Storage, traffic, operations, area and energy of Li et al., arXiv 2510.02516, Tables 5, 6, 8."""

from fractions import Fraction
from typing import Any

from models.design import Design, make_design
from models.energy.account import energy_account
from models.energy.activity import activity
from models.energy.area import area_account
from models.tile import GridConfig, grid_config
from models.work import digital_storage, digital_work

Layers = list[dict[str, Any]]


def conv(channels: int, side: int, filters: int) -> dict[str, Any]:
    """Return a convolution of 5x5 with pooling by 2."""
    layer = {"kind": "conv", "channels": channels, "height": side, "width": side}
    return layer | {"filters": filters, "kernel": 5, "pool": 2}


LENET: Layers = [conv(1, 28, 16), conv(16, 12, 32)]
LENET += [{"inputs": 512, "outputs": 128}, {"inputs": 128, "outputs": 10}]


def residual_network(classes: int) -> list[tuple[int, int]]:
    """Return inputs and outputs of ResNet-18's analog layers: its last two groups, classifier."""
    found: list[tuple[int, int]] = []
    for inputs, outputs in ((128, 256), (256, 512)):
        found += [(9 * inputs, outputs), *((9 * outputs, outputs),) * 3, (inputs, outputs)]
    return [*found, (512, classes)]


def machine(layers: Layers, **tables: Any) -> tuple[Design, list[GridConfig]]:
    """Return a design of these layers on tiles that hold each, and their grids."""
    tile = {"rows": 4096, "columns": 4096}
    raw = {"layer": layers, "tile": tile, "run": {"profile": "behavioural"}}
    design = make_design(raw | tables)
    return design, [grid_config(design, stage) for stage in range(design.stages)]


def square_millimetres(layers: Layers) -> float:
    """Return the arrays' area at the paper's pitch."""
    design, grids = machine(layers, area={"preset": "li2025"})
    assert design.area is not None
    return area_account(design, design.area, grids).amounts["array"] * 1e-6


def single(inputs: int, outputs: int) -> Layers:
    """Return one linear layer."""
    return [{"inputs": inputs, "outputs": outputs, "activation": "linear"}]


D, EVERY, BATCH = 512, 2, 100
_MP = {"transfer_every": BATCH, "transfer_columns": D}
_TWO = {"transfer_every": EVERY}
#: Table 5 of Li et al., table 1 of Rasch et al.: bytes stored, bits moved and operations an update.
#: In-memory SGD and several tiles move 1 bit there, and none here. Of mixed precision the bits are
#: those of D / B columns an update; the printed operations, 2 D^2 + D, are those of one column.
COSTS: dict[str, tuple[dict[str, int], int, Fraction, Fraction]] = {
    "analog-sgd": ({}, 2 * D, Fraction(0), Fraction(2 * D)),
    "multi-tile": (_TWO, 2 * D, Fraction(0), Fraction(2 * D)),
    "tiki-taka-2": (
        _TWO,
        D * D + 2 * D,
        Fraction(16 * D, EVERY),
        2 * D + Fraction(2 * D, EVERY),
    ),
    "chopped-tiki-taka-2": (
        _TWO,
        D * D + 2 * D,
        Fraction(18 * D, EVERY),
        2 * D + Fraction(2 * D, EVERY),
    ),
    "agad": (_TWO, 3 * D * D + 2 * D, Fraction(50 * D, EVERY), 2 * D + Fraction(6 * D, EVERY)),
    "mixed-precision": (
        _MP,
        D * D + 2 * D * BATCH,
        Fraction(16 * D * D, BATCH),
        2 * D * D + Fraction(D * D, BATCH),
    ),
}


def costs(rule: str) -> tuple[int, Fraction, Fraction]:
    """Return bytes stored, bits moved and operations an update of D x D under a rule."""
    algorithm = {"name": rule, **COSTS[rule][0]}
    design, grids = machine(single(D, D), tile={"rows": D, "columns": D}, algorithm=algorithm)
    updates = 10_000
    work = digital_work(grids[0], design.arrangement, updates)
    stored = digital_storage(grids[0], design.arrangement)
    return stored, Fraction(work.bits, updates), Fraction(work.operations, updates)


#: Table 8, nJ an image of a network of 785-250-10: as printed.
FORWARD, BACKWARD, TRANSFER, FIXED, EACH, MIXED = 7.29, 2.15, 7.29, 12.82, 9.44, 83.2


def update_nanojoules() -> float:
    """Return the energy of an image's update: 0.7 W for 8192 lines, two phases of five slots."""
    layers = [{"inputs": 785, "outputs": 250}, {"inputs": 250, "outputs": 10}]
    design, _ = machine(layers, energy={"preset": "li2025"})
    update = design.tile.update.model_copy(update={"bl": 5, "phases": 2})
    tile = design.tile.model_copy(update={"update": update})
    design = design.model_copy(update={"tile": tile})
    grids = [grid_config(design, stage) for stage in range(design.stages)]
    assert design.energy is not None
    found = energy_account(design, design.energy, activity(design, grids, 1), "")
    return found.amounts["pulses"] * 1e9


def kilobytes() -> dict[str, tuple[float, float]]:
    """Return Table 6: kB as printed, and as they follow from inputs and weights of the layers."""
    design, _ = machine(LENET)
    lenet = 2 * sum(layer.rows for layer in design.layer) / 1e3
    layers = residual_network(100)
    weights = sum(rows * columns for rows, columns in layers) / 1e3
    vectors = 2 * sum(rows for rows, _ in layers) / 1e3
    return {
        "LeNet-5, Analog SGD, ours": (2.13, lenet),
        "ResNet-18, Analog SGD, ours": (50.2, vectors),
        "ResNet-18, Tiki-Taka 2": (10600, weights + vectors),
        "ResNet-18, mixed precision": (17000, weights + 128 * vectors),
    }
