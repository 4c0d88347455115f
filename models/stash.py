"""Where compiled code finds what a stage keeps of a sample or a vector."""

from typing import Any

from models.kernel import inner

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any


@inner
def x_codes(plan: Packed, state: Packed, m: int, v: int) -> Any:
    """Return the input codes of vector `v` of a stage."""
    at = plan.x_at[m] + v % plan.x_depth[m] * plan.rows[m]
    return state.x[at : at + plan.rows[m]]


@inner
def d_codes(plan: Packed, state: Packed, m: int, u: int) -> Any:
    """Return the codes of error vector `u` of a stage."""
    at = plan.d_at[m] + u % plan.d_depth[m] * plan.columns[m]
    return state.d[at : at + plan.columns[m]]


@inner
def inputs_of(plan: Packed, state: Packed, m: int, k: int) -> Any:
    """Return what a stage is given of sample `k`: the outputs of the one below."""
    size = plan.passing.inputs[m]
    at = plan.passing.value_at[m] + k % plan.passing.x_samples[m] * size
    return state.value[at : at + size]


@inner
def slopes_of(plan: Packed, state: Packed, m: int, k: int) -> Any:
    """Return the slopes of a stage's activations of sample `k`; they lie at the stage above."""
    size = plan.passing.slope_size[m + 1]
    at = plan.passing.slope_at[m + 1] + k % plan.passing.x_samples[m + 1] * size
    return state.slope[at : at + size]


@inner
def cells_of(plan: Packed, state: Packed, m: int, v: int) -> Any:
    """Return what a stage keeps of vector `v` for B."""
    size = plan.passing.cell_size[m]
    at = plan.passing.cell_at[m] + v % plan.x_depth[m] * size
    return state.cells[at : at + size]


@inner
def gradients_of(plan: Packed, state: Packed, m: int, k: int) -> Any:
    """Return a stage's gradients of sample `k`: of its outputs, then those that B carries."""
    size = plan.passing.gradient_size[m]
    at = plan.passing.gradient_at[m] + k % plan.passing.d_samples[m] * size
    return state.gradient[at : at + size]


@inner
def pass_by(plan: Packed, state: Packed, m: int, k: int, errors: Array) -> None:
    """Keep the errors of sample `k` that pass a stage's tiles by; most stages have none."""
    passed = gradients_of(plan, state, m, k)
    passed[:] = errors[: len(passed)]
