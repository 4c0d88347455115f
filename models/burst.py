"""Compiled update of one sample: slots, pulse words, the array and the bias, vector by vector."""

from typing import Any

import numpy as np

from models.kernel import inner
from models.learned import gains_of, mean_of, update_gains
from models.member import view_of
from models.stash import d_codes, x_codes

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any


@inner
def _update_bias(
    plan: Packed, state: Packed, m: int, d: Array, first: int, last: int, factor: float, rate: float
) -> None:
    """Subtract the rate times the error from the bias (models.layer.learning.update_bias)."""
    gain = factor * rate * plan.bias_unit
    limit = plan.limit * plan.bias_unit
    for j in range(first, last):
        at = plan.column_at[m] + j
        change = d[j] * gain
        if plan.learned.kind[m] != 0:  # the columns were driven with rho d
            change = change / state.gain[at]
        if plan.integer:
            change = np.rint(change)
        state.bias[at] = min(max(state.bias[at] - change, -limit), limit)


@inner
def _update_biases(plan: Packed, state: Packed, m: int, d: Array, slot: int, rate: float) -> None:
    """Update the bias of a stage, block by block of its errors."""
    placing = plan.placing
    for c in range(placing.column_block[m], placing.column_block[m] + placing.column_blocks[m]):
        first, last = placing.column_from[c], placing.column_from[c] + placing.column_lines[c]
        _update_bias(plan, state, m, d, first, last, state.d_factor[c, slot], rate)


@inner
def _update_vector(
    plan: Packed, state: Packed, parts: Packed, m: int, v: int, u: int, rate: int
) -> Any:
    """Execute the update of one vector, number `v` in F and `u` in B; return the slots used."""
    x, d = x_codes(plan, state, m, v), d_codes(plan, state, m, u)
    placing, x_slot, d_slot = plan.placing, v % plan.x_depth[m], u % plan.d_depth[m]
    amplitude, most = plan.amplitude[m, rate], 0
    tile, learned = placing.tiles[m], plan.learned.kind[m] != 0
    if learned:
        mean = mean_of(gains_of(plan, state, m))
        amplitude = amplitude / (mean * mean)
    state.found[3] = plan.combining.gradient[view_of(plan, u // plan.passing.errors[m])]
    for r in range(placing.row_block[m], placing.row_block[m] + placing.row_blocks[m]):
        for c in range(placing.column_block[m], placing.column_block[m] + placing.column_blocks[m]):
            if plan.adapting.frozen[tile]:
                lines = (placing.row_lines[r], placing.column_lines[c])
                parts.age(plan, state, m, tile, u, lines[0], lines[1])
                tile += 1
                continue
            inputs = x[placing.row_from[r] : placing.row_from[r] + placing.row_lines[r]]
            errors = d[placing.column_from[c] : placing.column_from[c] + placing.column_lines[c]]
            x_factor, d_factor = state.x_factor[r, x_slot], state.d_factor[c, d_slot]
            if plan.transferring.chop > 0.0:
                line = placing.row_at[tile]
                inputs = inputs * state.chopper[line : line + len(inputs)]
            parts.apply(plan, state, tile, u, inputs, errors, x_factor, d_factor, amplitude)
            parts.age(plan, state, m, tile, u, len(inputs), len(errors))
            parts.refresh(plan, state, m, tile, u, len(inputs), len(errors))
            state.renewed[u % plan.passing.errors[m], tile] = state.refreshed[tile, 0]
            most = max(most, state.found[0])
            state.counters[m, 1] += state.found[1]
            state.counters[m, 2] += state.found[2]
            tile += 1
    if plan.biased[m]:
        _update_biases(plan, state, m, d, d_slot, plan.bias_rate[rate])
    if learned:
        update_gains(plan, state, m, v, d, d_slot, rate)
    return most


@inner
def update(plan: Packed, state: Packed, parts: Packed, m: int, k: int) -> None:
    """Execute U: models.layer.learning.update, or models.layer.exact.update without converters.

    One update for each vector of sample `k`, in their order; all tiles count vectors. `parts` is a
    `models.part.Parts`.
    """
    rate, passing = int(k >= plan.decay_from), plan.passing
    reads, errors = passing.reads[m], passing.errors[m]
    for p in range(errors):
        v, u = (k + 1) * reads - errors + p, k * errors + p
        used = _update_vector(plan, state, parts, m, v, u, rate)
        state.counters[m, 0] += used
        state.used[passing.used_at[m] + p] = used
