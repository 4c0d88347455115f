"""Where Analog SGD and Tiki-Taka rest on least squares: arXiv 2406.12774, sections 2.4 and 2.5.

    python -m examples.least_squares [FILE]

The first table holds the mean gradient of Analog SGD at rest against two fixed points: the closed
form, and the one with c = E|g| of each coordinate. Errors are those of batch means. `bound` is
4 sigma^2 S_K of theorem 2, with sigma^2 the noise of all coordinates together.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from examples.written import Written
from models.design import read_design
from models.study.driven import Driven, Reals
from models.study.least_squares import Course, LeastSquares, descend, draw_problem

DESIGN = Path(__file__).with_name("least-squares.toml")
SETTINGS = ((0.05, 3.0), (0.1, 3.0), (0.2, 3.0), (0.05, 10.0), (0.1, 10.0), (0.1, 1.5), (0.2, 1.0))
RATE = 0.01
TIKI_TAKA = ("algorithm.name=tiki-taka", "algorithm.lr=0.02", "algorithm.transfer_lr=3.6e-6")


class Rest(NamedTuple):
    """Mean gradient at rest, shape (D,), its standard error, and the course it is taken from."""

    gradient: Reals
    error: Reals
    course: Course


def driven(size: int, tau: float, *overrides: str) -> Driven:
    """Return so many devices of range `tau` under the rule of the overrides."""
    bounds = (f"device.w_max={tau}", f"device.w_min={-tau}", f"layer.0.outputs={size}")
    return Driven(read_design(DESIGN, (*overrides, *bounds)))


def rest(layer: Driven, problem: LeastSquares, warm: int, steps: int, batches: int = 20) -> Rest:
    """Return where a layer rests after `warm` steps, over `steps` more."""
    descend(layer, problem, warm)
    course = descend(layer, problem, steps, batches)
    error = course.gradient.std(axis=0, ddof=1) / np.sqrt(batches)
    return Rest(course.gradient.mean(axis=0), error, course)


def bound(found: Rest, problem: LeastSquares, tau: float) -> float:
    """Return 4 sigma^2 S_K with the mean saturation of a course."""
    share = float(found.course.top.mean()) / tau**2
    return 4.0 * len(problem.optimum) * problem.sigma**2 * share / (1.0 - share)


def fixed_points(written: Written, size: int, warm: int, steps: int) -> None:
    """Write the table of Analog SGD."""
    written.add(f"Analog SGD, {size} coordinates, lr {RATE}, {steps} steps after {warm}")
    written.add(
        "sigma   tau   |E g|^2    over closed form  over exact  largest |z|  E|g|^2     bound"
    )
    for sigma, tau in SETTINGS:
        problem = draw_problem(size, sigma=sigma)
        found = rest(driven(size, tau, f"algorithm.lr={RATE}"), problem, warm, steps)
        square = float(found.gradient @ found.gradient)
        closed = problem.gradient(problem.rest(tau))
        exact = problem.gradient(problem.exact_rest(tau, RATE))
        z = float(np.abs((found.gradient - exact) / found.error).max())
        ratios = f"{square / (closed @ closed):16.3f}  {square / (exact @ exact):10.3f}"
        mean = float(found.course.square.mean())
        written.add(
            f"{sigma:5.2f}  {tau:4.1f}  {square:.3e}  {ratios}  {z:11.2f}  {mean:.3e}  "
            f"{bound(found, problem, tau):.3e}"
        )


def against_tiki_taka(written: Written, size: int, steps: int) -> None:
    """Write what Analog SGD and Tiki-Taka leave at the same noise and range."""
    sigma, tau, half = 0.1, 3.0, steps // 2
    problem = draw_problem(size, sigma=sigma)
    rules = {"Analog SGD, lr 0.02": ("algorithm.lr=0.02",), "Tiki-Taka, 0.02, 3.6e-6": TIKI_TAKA}
    written.add()
    written.add(f"sigma {sigma}, tau {tau}, the second half of {steps} steps from W = 0")
    written.add(f"{'rule':24}  {'|E g|^2':>9}  {'E|g|^2':>9}  {'E f':>9}")
    rows = []
    for name, overrides in rules.items():
        found = rest(driven(size, tau, *overrides), problem, half, half)
        rows.append(
            (
                float(found.gradient @ found.gradient),
                float(found.course.square.mean()),
                float(found.course.loss.mean()),
            )
        )
        written.add(f"{name:24}  " + "  ".join(f"{value:9.2e}" for value in rows[-1]))
    ratios = [one / other for one, other in zip(*rows, strict=True)]
    written.add(f"{'ratio':24}  " + "  ".join(f"{value:9.0f}" for value in ratios))


def main() -> None:
    """Write the study."""
    written = Written("examples.least_squares")
    fixed_points(written, 40, 20_000, 400_000)
    against_tiki_taka(written, 40, 800_000)


if __name__ == "__main__":
    main()
