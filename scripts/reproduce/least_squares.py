"""Least squares on asymmetric devices: arXiv 2406.12774, sections 2.4 and 2.5, figures 1, 3 and 4.

`rest` is where a rule comes to rest, `bound` the 4 sigma^2 S_K of theorem 2 with sigma^2 the noise
of all coordinates together; `recursion` is equation 3.
"""

from dataclasses import replace
from itertools import product
from typing import NamedTuple

import numpy as np

from models.design import read_design
from models.study.driven import Driven, Reals
from models.study.least_squares import Course, LeastSquares, descend, draw_problem
from scripts.reproduce.cell import Cell, Found, Results, Tell
from scripts.reproduce.reproduction import Scale
from scripts.reproduce.trial import algorithm, design_path

#: Batches of the mean at rest, each far longer than the weights' memory.
BATCHES = 40
#: Variance of the gradient's noise in a coordinate, and devices' ranges, of figure 4.
VARIANCES, RANGES = (1e-3, 1e-2, 1e-1, 1.0), (2.0, 3.0, 5.0, 10.0, 20.0, 50.0)
#: Largest weights at the start, over the devices' range.
STARTS = (1e-6, 0.1, 0.3)
#: What Tiki-Taka needs to settle at sigma 0.1 and range 3, and rates that it was given elsewhere.
TIKI_TAKA = algorithm("tiki-taka", {"lr": 0.02, "transfer_lr": 3.6e-6})
FAST = (3.6e-6, 1e-4, 1e-2)
#: Figure 3: rate, states, and ranges; its variances stand in `dynamics_problem`.
DYNAMIC_RATE, STATES, DYNAMIC_RANGES = 0.03, 300, (1.0, 1.5, 2.0, 2.5)
DYNAMIC_STEPS, POINTS = 2000, 20


class Rest(NamedTuple):
    """Mean gradient at rest, shape (D,), its standard error, and the course it is taken from."""

    gradient: Reals
    error: Reals
    course: Course

    @property
    def square(self) -> float:
        """Squared norm of the mean gradient, less what its errors add to it in the mean."""
        return float(self.gradient @ self.gradient - self.error @ self.error)

    @property
    def square_error(self) -> float:
        """Its standard error."""
        batches = self.course.gradient
        along = batches @ self.gradient
        return 2.0 * float(along.std(ddof=1) / np.sqrt(len(batches)))


def driven(size: int, tau: float, *overrides: str) -> Driven:
    """Return so many devices of range `tau` under the rule of the overrides."""
    bounds = (f"device.w_max={tau}", f"device.w_min={-tau}", f"layer.0.outputs={size}")
    return Driven(read_design(design_path("least-squares"), (*overrides, *bounds)))


def rest(
    layer: Driven, problem: LeastSquares, warm: int, steps: int, batches: int = BATCHES
) -> Rest:
    """Return where a layer rests after `warm` steps, over `steps` more."""
    descend(layer, problem, warm)
    course = descend(layer, problem, steps, batches)
    error = course.gradient.std(axis=0, ddof=1) / np.sqrt(batches)
    return Rest(course.gradient.mean(axis=0), error, course)


def bound(found: Rest, problem: LeastSquares, tau: float) -> float:
    """Return 4 sigma^2 S_K with the mean saturation of a course."""
    share = float(found.course.top.mean()) / tau**2
    return 4.0 * len(problem.optimum) * problem.sigma**2 * share / (1.0 - share)


def rate_of(sigma: float) -> float:
    """Return a rate at which 4.5 sigma of noise just stay within a train of 63 steps of 1e-4.

    A lower one would move less at a time, down to where the rounding of every change to the
    weights' grid, up to tau 2^-21, is no longer small beside the drag.
    """
    return 0.0014 / sigma


def floor_cell(variance: float, tau: float, start: float, size: int, steps: int) -> Cell:
    """Return the rest of Analog SGD from a start as a cell."""

    def work(results: Results, tell: Tell) -> Found:
        del results, tell
        sigma = variance**0.5
        seed, rate = STARTS.index(start), rate_of(sigma)
        problem = replace(draw_problem(size, sigma=sigma), seed=seed)
        own = (f"layer.0.omega={start}", f"run.seed={seed}")
        layer = driven(size, tau, f"algorithm.lr={rate}", *own)
        found = rest(layer, problem, round(600 / rate), steps)
        closed, exact = (
            problem.gradient(one) for one in (problem.rest(tau), problem.exact_rest(tau, rate))
        )
        return {
            "square": found.square,
            "square_error": found.square_error,
            "closed": float(closed @ closed),
            "exact": float(exact @ exact),
            "mean_square": float(found.course.square.mean()),
            "bound": bound(found, problem, tau),
        }

    seconds = (steps + 600 / rate_of(variance**0.5)) * 1.3e-7 * (size + 5)
    return Cell({"part": "floor", "variance": variance, "tau": tau, "start": start}, seconds, work)


def against(name: str, sigma: float, overrides: tuple[str, ...], size: int, steps: int) -> Cell:
    """Return what a rule leaves at range 3 in the second half of so many steps, as a cell."""

    def work(results: Results, tell: Tell) -> Found:
        del results, tell
        problem = draw_problem(size, sigma=sigma)
        found = rest(driven(size, 3.0, *overrides), problem, steps // 2, steps // 2)
        return {
            "square": found.square,
            "mean_square": float(found.course.square.mean()),
            "loss": float(found.course.loss.mean()),
            "last": float(found.course.square[-1]),
        }

    keys = {"part": "against", "sigma": sigma, "rule": name}
    return Cell(keys, steps * 2.4e-7 * (size + 5), work)


def dynamics_problem(size: int, seed: int) -> LeastSquares:
    """Return figure 3's problem: variances 0.5^2 of A, 0.3^2 of W*, 0.1 of the gradient."""
    drawn = draw_problem(size, spread=0.3)
    return LeastSquares(0.25 * drawn.hessian, drawn.optimum, 0.1**0.5, seed)


def recursion(problem: LeastSquares, tau: float, step: float, drag: bool = True) -> list[float]:
    """Return means of f over equal parts of equation 3; pulses of size `step` add their noise.

    Pulses that come or not, each by itself, give an increment dW the variance step |dW|. Without
    `drag` it is digital SGD.
    """
    rng = np.random.default_rng(problem.seed)
    size, weights, losses = len(problem.optimum), np.zeros(len(problem.optimum)), []
    for _ in range(DYNAMIC_STEPS):
        gradient = problem.gradient(weights)
        losses.append(0.5 * float(gradient @ (weights - problem.optimum)))
        change = -DYNAMIC_RATE * (gradient + problem.sigma * rng.standard_normal(size))
        change += np.sqrt(step * np.abs(change)) * rng.standard_normal(size)
        weights = weights + change - (np.abs(change) * weights / tau if drag else 0.0)
    means = np.array(losses).reshape(POINTS, -1).mean(axis=1)
    return [float(one) for one in means]


def dynamics_cell(tau: float, seed: int, size: int) -> Cell:
    """Return the course of the devices, of equation 3 and of digital SGD as a cell."""

    def work(results: Results, tell: Tell) -> Found:
        del results, tell
        problem, step = dynamics_problem(size, seed), 2.0 * tau / STATES
        keys = (f"algorithm.lr={DYNAMIC_RATE}", f"device.dw_min={step}", f"run.seed={seed}")
        course = descend(driven(size, tau, *keys), problem, DYNAMIC_STEPS, POINTS)
        return {
            "devices": [float(one) for one in course.loss],
            "equation": recursion(problem, tau, 0.0),
            "pulses": recursion(problem, tau, step),
            "digital": recursion(problem, tau, 0.0, drag=False),
        }

    return Cell({"part": "dynamics", "tau": tau, "seed": seed}, 0.25, work)


def plan(scale: Scale) -> list[Cell]:
    """Return floors over noise, range and start, both rules at two noises, and the dynamics."""
    size, length = scale.pick(12, 40, 40), scale.pick(60_000, 100_000, 1_000_000)
    grid = scale.pick(
        [(1e-2, 5.0), (1e-2, 20.0), (1e-1, 20.0)], [*product(VARIANCES, RANGES)],
        [*product(VARIANCES, RANGES)],
    )  # fmt: skip
    cells = [floor_cell(*place, STARTS[0], size, length) for place in grid]
    starts = [(1e-2, 5.0, start) for start in STARTS[1:]]
    cells += [floor_cell(*place, size, length) for place in starts]
    long = scale.pick(640_000, 800_000, 2_000_000)
    for sigma in (0.1, 0.01 / 40):
        steps = long if sigma == 0.1 else long // 4
        cells.append(against("analog-sgd", sigma, ("algorithm.lr=0.02",), size, steps))
        rates = FAST[:1] if sigma == 0.1 else scale.pick(FAST[1:2], FAST, FAST)
        for rate in rates:
            own = (*TIKI_TAKA[:-1], f"algorithm.transfer_lr={rate}")
            cells.append(against(f"tiki-taka {rate:g}", sigma, own, size, steps))
    seeds, ranges = scale.pick(4, 8, 32), scale.pick((1.0, 2.5), DYNAMIC_RANGES, DYNAMIC_RANGES)
    cells += [dynamics_cell(tau, seed, 40) for tau in ranges for seed in range(seeds)]
    return cells
