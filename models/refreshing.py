"""Refresh of pairs: cells whose devices are both high are reset, and their difference is written.

In a pair g only rises, so after every so many updates of a tile all its cells are read: each row is
driven alone at full scale, once for g+ and once for g-, as F reads, with the tile's noise and ADC.
A cell is due where the larger code stands for more than `high` and the other for more than `low`.
Both its devices go to 0 (or the bound next to it), then the one that was larger takes as many
pulses up as the difference of the codes has steps dw_min, each with the noise and response of the
device. All of a row is written at once. An idea of aihwkit's OneSidedUnitCell, without its spread
of resets and with ordered pulses in place of a stochastic update.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from models.coincidence import make_row, take_row
from models.crossbar import Crossbar
from models.device.array import W_MAX, W_MIN, Floats
from models.device.kind import device_key
from models.held import hold, keep
from models.jittered import line_key
from models.kernel import extend, inner
from models.key import extend as extended
from models.key import fold
from models.member import array_of, rule_of, sum_cells
from models.moving import moved
from models.number import code_limit
from models.periphery import ADC_ROUNDING, INPUT_NOISE, drooped
from models.picked import make_picked, step_picked
from models.read import attempt_keys, read_vector
from models.read import drooped as compiled_drooped
from models.schedule import Op

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any
Counts = npt.NDArray[np.int64]

_UP, _DOWN = np.float32(1.0), np.float32(-1.0)
_PLUS, _MINUS = np.int64(0), np.int64(1)  # of NumPy's type: nothing is compiled twice


class Refreshing(NamedTuple):
    """Refresh of all tiles; `every` is 0 without.

    `high`, `low`: thresholds in weight; `code`: full scale of the DAC; `read_key`, shape (tiles,
    3): of a read's noise, input noise and rounding; `key`, shape (tiles, 2): of the steps of either
    device.
    """

    every: int
    high: float
    low: float
    dw_min: float
    code: float
    read_key: npt.NDArray[np.uint64]
    key: npt.NDArray[np.uint64]


def pack_refreshing(bars: list[Crossbar]) -> Refreshing:
    """Return the refresh of a network's tiles, in the order of their numbers."""
    own = None if bars[0].cell is None else bars[0].cell.refresh
    places = [(bar.config.seed, bar.config.index) for bar in bars]
    kinds = [kind + Op.READ for kind in (0, INPUT_NOISE, ADC_ROUNDING)]
    keys = [[device_key(*at, Op.PROGRAM, number) for number in range(2)] for at in places]
    return Refreshing(
        every=0 if own is None else own.every,
        high=0.0 if own is None else own.high,
        low=0.0 if own is None else own.low,
        dw_min=1.0 if own is None else own.dw_min,
        code=float(code_limit(bars[0].config.tile.dac.bits)),
        read_key=np.array([[fold(*at, kind) for kind in kinds] for at in places], np.uint64),
        key=np.array(keys, np.uint64),
    )


def _codes(bar: Crossbar, states: Floats, number: int, sample: int) -> Counts:
    """Return the ADC codes of every device, each row driven alone."""
    rows, wire = bar.config.rows, bar.periphery.wire
    seen = drooped(states, bar.devices.exponent, wire) if wire else states
    x = np.eye(rows) * code_limit(bar.config.tile.dac.bits)
    attempts = 2 * np.arange(rows) + number
    return bar.read(x, seen, np.full(rows, sample), Op.READ, attempts)


def refresh(bar: Crossbar, updates: int) -> Counts | None:
    """Refresh a tile after so many updates in place, if it is due.

    Returns
    -------
    Rows written, slots of pulses these took (a reset counts as one) and cells refreshed; None where
    no refresh was due.
    """
    cell, config, sample = bar.cell, bar.config, updates - 1
    if cell is None or cell.refresh is None or updates % cell.refresh.every:
        return None
    own, states = cell.refresh, bar.states
    unit = bar.adc_lsb / code_limit(config.tile.dac.bits)
    plus, minus = _codes(bar, states[0], 0, sample), _codes(bar, -states[1], 1, sample)
    most, least = np.maximum(plus, minus), np.minimum(plus, minus)
    due = (most * unit > own.high) & (least * unit > own.low)
    wanted = np.where(due, np.rint((most - least) * unit / own.dw_min), 0.0).astype(np.int64)
    for number, larger in enumerate((plus > minus, plus <= minus)):
        devices = cell.devices[number]
        none = np.minimum(np.maximum(np.float32(0.0), devices.w_min), devices.w_max)
        key = device_key(config.seed, config.index, Op.PROGRAM, number)
        start, count = np.where(due, none, states[number]), np.where(larger, wanted, 0)
        up = np.full(count.shape, number == 0)
        states[number] = moved(devices, start, count, up, bar.aggregated, extended(key, sample))
    bar.weights[...] = cell.combine(states)
    written = due.any(axis=1)
    slots = (1 + np.maximum(wanted.max(axis=1), 1))[written].sum()
    return np.array([written.sum(), slots, due.sum()], np.int64)


@inner
def _count(own: Packed, unit: float, plus: Array, minus: Array, up: Array, down: Array) -> Any:
    """Write the pulses of a row's devices, -1 where not due; return the most, and cells due."""
    longest, due = np.int64(0), np.int64(0)
    for j in range(len(plus)):
        most, least = max(plus[j], minus[j]), min(plus[j], minus[j])
        up[j], down[j] = -1, -1
        if most * unit > own.high and least * unit > own.low:
            pulses = np.int64(np.rint((most - least) * unit / own.dw_min))
            up[j], down[j] = (pulses, 0) if plus[j] > minus[j] else (0, pulses)
            longest, due = max(longest, pulses), due + 1
    return longest, due


@inner
def _reset(states: Array, planes: Array, counts: Array) -> None:
    """Reset the devices of a row that are due; the others take no pulse."""
    for j in range(len(counts)):
        if counts[j] < 0:
            counts[j] = 0
        else:
            states[j] = min(max(np.float32(0.0), planes[W_MIN, j]), planes[W_MAX, j])


@inner
def _read_pairs(
    plan: Packed, m: int, tile: int, sample: Any, plus: Array, falling: Array, out: Array
) -> None:
    """Write the ADC codes of g+ and g-, shape (2, rows, columns); `falling` holds -g-."""
    own, periphery = plan.combining.refreshing, plan.reading.periphery
    rows, columns = plus.shape
    minus = np.empty((rows, columns), np.float32)
    for i in range(rows):
        for j in range(columns):
            minus[i, j] = -falling[i, j]
    if periphery.wire != 0.0:
        plus = compiled_drooped(plus, plan.exponent[tile], periphery.wire)
        minus = compiled_drooped(minus, plan.exponent[tile], periphery.wire)
    grid, lsb, noise = plan.grid[tile], plan.adc_lsb[m], plan.noise[m]
    codes, scratch = np.zeros(rows), np.empty(rows)
    for i in range(rows):
        codes[i] = own.code
        for number in range(2):
            keys = attempt_keys(own.read_key[tile], sample, np.uint64(2 * i + number))
            seen, found = plus if number == 0 else minus, out[number, i]
            read_vector(periphery, seen, False, codes, scratch, keys, grid, lsb, noise, found)
        codes[i] = 0.0


@inner
def _write_pairs(plan: Packed, state: Packed, m: int, tile: int, sample: Any, read: Array) -> Any:
    """Reset and write the pairs that are due by their codes; return the counts of `refresh`."""
    own, (_, rows, columns) = plan.combining.refreshing, read.shape
    rising, up_planes = array_of(plan, state, tile, _PLUS, rows, columns)
    falling, down_planes = array_of(plan, state, tile, _MINUS, rows, columns)
    up_rule, down_rule = rule_of(plan, tile, _PLUS), rule_of(plan, tile, _MINUS)
    up_key, down_key = extend(own.key[tile, 0], sample), extend(own.key[tile, 1], sample)
    up, down = np.empty(columns, np.int32), np.empty(columns, np.int32)
    own_row, own_picked = make_row(columns), make_picked(columns, plan.planes)
    row, picked = hold(own_row), hold(own_picked)
    row.signs[:] = _UP
    unit = plan.adc_lsb[m] / own.code
    written, slots, cells = np.int64(0), np.int64(0), np.int64(0)
    for i in range(rows):
        longest, due = _count(own, unit, read[0, i], read[1, i], up, down)
        if due == 0:
            continue
        _reset(rising[i], up_planes[i], up)
        _reset(falling[i], down_planes[i], down)
        row.counts[:] = up
        key = line_key(up_rule, up_key, i)
        n = take_row(rising, up_planes, plan.step, up_rule, i, _UP, key, row, picked, np.int64(0))
        step_picked(picked, n, rising, up_planes, plan.step, up_rule)
        row.counts[:] = down
        key = line_key(down_rule, down_key, i)
        n = take_row(
            falling, down_planes, plan.step, down_rule, i, _DOWN, key, row, picked, np.int64(0)
        )
        step_picked(picked, n, falling, down_planes, plan.step, down_rule)
        written, slots, cells = written + 1, slots + 1 + max(longest, np.int64(1)), cells + due
    keep(own_row)
    keep(own_picked)
    return written, slots, cells


def refresh_tile(
    plan: Packed, state: Packed, m: int, tile: int, k: int, rows: int, columns: int
) -> None:
    """Execute `refresh` of a tile after the update of sample `k`, if it is due."""
    every = plan.combining.refreshing.every
    if every == 0 or (k + 1) % every != 0:
        return
    read, sample = np.empty((2, rows, columns)), np.uint64(k)
    rising, _ = array_of(plan, state, tile, _PLUS, rows, columns)
    falling, _ = array_of(plan, state, tile, _MINUS, rows, columns)
    _read_pairs(plan, m, tile, sample, rising, falling, read)
    found = _write_pairs(plan, state, m, tile, sample, read)
    for place in range(3):
        state.refreshed[tile, 0, place] = found[place]
        state.refreshed[tile, 1, place] += found[place]
    sum_cells(plan, state, tile, np.ones(rows), columns)
