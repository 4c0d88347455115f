"""What training looks up and what it changes, packed flat for compiled code."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from models.adapting import Adapting
from models.aging import Aging
from models.combining import Combining
from models.dropout import Dropping
from models.learned import Learned
from models.normal import Normal
from models.passing import Passing
from models.placing import Placing
from models.pulsing import Pulsing
from models.reading import Reading
from models.settling import Settling
from models.transfer.packed import Transferring

Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Words = npt.NDArray[np.uint64]


#: Later than any sample.
NEVER = np.iinfo(np.int64).max


class Plan(NamedTuple):
    """What never changes in a run. One entry a stage unless said."""

    placing: Placing
    passing: Passing
    rows: Ints
    columns: Ints
    column_at: Ints
    x_depth: Ints
    """Vectors that the stash of inputs holds, as `d_depth` that of errors."""
    d_depth: Ints
    x_at: Ints
    d_at: Ints
    scale: Reals
    adc_lsb: Reals
    noise: Reals
    grid: Reals
    """One entry a tile, as `exponent`, `devices` and keys."""
    exponent: Ints
    activation: Ints
    biased: Ints
    devices: Singles
    """Tile after tile, device of a cell after device, row after row: all planes side by side."""
    planes: int
    """Planes a device; their order is that of `models.device.array`."""
    shape: int
    additive: bool
    step_noise: np.float32
    step: Any
    """`models.coincidence.step_row`."""
    taking: Ints
    combining: Combining
    settling: Settling
    aging: Aging
    values: Reals
    """Tables by `models.activation.CODES`, as `slopes`, `table_gain`."""
    slopes: Reals
    table_gain: Reals
    """Places in the activation's table per unit of a pre-activation."""
    exponential: Reals
    exponential_gain: float
    amplitude: Reals
    bias_rate: Reals
    decay_from: int
    learned: Learned
    normal: Normal
    pulsing: Pulsing
    transferring: Transferring
    dropping: Dropping
    adapting: Adapting
    weights: int
    """Weights of all tiles."""
    lines: int
    """Columns of all tiles."""
    reading: Reading
    integer: bool
    scaling: int
    unit: float
    limit: float
    bias_unit: float
    mse: bool
    target_label: float
    target_other: float
    levels: Reals
    pixels: npt.NDArray[np.uint8]
    labels: Ints


class State(NamedTuple):
    """What ops change. `x`, `d` are stashed codes by vector modulo depth.

    `value`, `slope`: inputs of a stage by sample modulo depth, and the slopes of the activations
    that made them; `cells`, `gradient`: of an LSTM, see `models.layer.lstm`;
    `gradient` also holds errors that pass an adapter by. `sheet`, shape (2,
    largest map), and `work`: between two steps of an op.
    `held`: states of the devices, in the order of `Plan.devices`; without write noise and cells of
    several the very memory of `weights`.
    `row_pulses`, `column_pulses`, `coincidences`: of every line and device, empty unless counted.
    `counters`, shape (stages, 3): slots used, pulses sent, coincidences. `used`: slots of
    each vector of each stage's last update; `found`: the same of the last tile's, and the array
    of its gradient. `logits`: pre-activations of the last stage by sample modulo its length.
    `x_factor`, `d_factor`, shape (blocks, largest depth): factors of the codes. `x_average`,
    `d_average`: running average of each block's largest inputs (negative: none yet). By tile and
    side driven: `retried`, repeated reads of each vector of the last op; `retries`, of all.
    `refreshed`, shape (tiles, 2, 3): counts of `models.refreshing` of the last refresh and of all;
    `renewed`, shape (vectors, tiles, 3): of the last refresh after each vector of an update.
    `gain`, shape (columns of all stages,), `sums`: see `models.learned`;
    `normed`: `models.normal`.
    `switches`: first sample after each phase of the warm start. `digital`: memory of transfers,
    transfer after transfer, tile after tile, each of shape (rows, K, columns); `chopper`: sign of
    every row; `transfer_registers`: of the columns;
    `transferred`, shape (stages, 3): lines, pulses sent, coincidences.
    """

    weights: Singles
    held: Singles
    bias: Reals
    x: Reals
    slope: Reals
    x_factor: Reals
    d: Reals
    d_factor: Reals
    row_registers: Words
    column_registers: Words
    counters: Ints
    used: Ints
    found: Ints
    logits: Reals
    row_pulses: Ints
    column_pulses: Ints
    coincidences: Ints
    x_average: Reals
    d_average: Reals
    retried: Ints
    retries: Ints
    refreshed: Ints
    gain: Reals
    sums: Reals
    normed: Reals
    switches: Ints
    digital: Reals
    chopper: Reals
    transfer_registers: Words
    transferred: Ints
    renewed: Ints
    value: Reals
    cells: Reals
    gradient: Reals
    sheet: Reals
    work: Reals
