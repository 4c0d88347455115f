"""Least squares on one column of devices: noisy gradients, and where they come to rest.

    f(W) = (W - W*)' H (W - W*) / 2,      g = H (W - W*) + sigma xi      xi normal, each coordinate

H = A'A / rows (Wu et al., arXiv 2406.12774, section 2.5 and figure 1). On asymmetric linear devices
of range tau with the symmetric point 0, Analog SGD rests where the mean of its change is 0,

    E g + E|g| W / tau = 0,    so  (H + (c / tau) I) W = H W*    with c = E|g| = sigma sqrt(2/pi)

for each coordinate, as far as the noise is large beside the mean gradient.
"""

from dataclasses import dataclass
from math import erf, pi, sqrt

import numpy as np
import numpy.typing as npt
from numba import njit

from models.device.kind import GRADIENT, PROBLEM
from models.error import DesignError
from models.kernel import draw, extend, wide_normal
from models.key import draw as draw_words
from models.key import extend as extend_keys
from models.key import fold
from models.key import wide_normal as wide_normals
from models.study.driven import Array, Driven, Packed, Reals, step


@dataclass(frozen=True)
class LeastSquares:
    """A problem of D coordinates.

    Parameters
    ----------
    hessian
        H, shape (D, D), symmetric.
    optimum
        W*, shape (D,).
    sigma
        Standard deviation of the gradient's noise in each coordinate.
    seed
        Of that noise.
    """

    hessian: Reals
    optimum: Reals
    sigma: float
    seed: int = 0

    def gradient(self, weights: npt.ArrayLike) -> Reals:
        """Return the gradient without noise at weights of shape (..., D)."""
        return np.asarray((np.asarray(weights) - self.optimum) @ self.hessian)

    def rest(self, tau: float) -> Reals:
        """Return where Analog SGD rests on asymmetric linear devices of range `tau`: closed form.

        It takes c = sigma sqrt(2/pi), the limit of mean gradients small beside the noise: of
        weights small beside tau.
        """
        return self._rest(np.full(len(self.optimum), self.sigma * sqrt(2.0 / pi)), tau)

    def exact_rest(self, tau: float, rate: float) -> Reals:
        """Return the same with c = E|g| of each coordinate, which the mean gradient raises.

        The spread of g also holds that of the weights about their rest, whose covariance under SGD
        at a small `rate` is rate sigma^2 H^-1 / 2: the variance of g is sigma^2 (1 + rate H / 2).
        """
        spread = self.sigma * np.sqrt(1.0 + 0.5 * rate * np.diag(self.hessian))
        weights = self.rest(tau)
        for _ in range(100):
            weights = self._rest(folded(self.gradient(weights), spread), tau)
        return weights

    def _rest(self, size: Reals, tau: float) -> Reals:
        matrix = self.hessian + np.diag(size / tau)
        return np.asarray(np.linalg.solve(matrix, self.hessian @ self.optimum), np.float64)


def folded(mean: Reals, spread: Reals) -> Reals:
    """Return the mean size E|g| of normal g."""
    part = mean / spread
    chance = np.array([erf(one / sqrt(2.0)) for one in part.tolist()])
    return np.asarray(spread * sqrt(2.0 / pi) * np.exp(-0.5 * part**2) + mean * chance)


def draw_problem(
    size: int = 40, rows: int = 100, spread: float = 0.45, sigma: float = 0.1, seed: int = 0
) -> LeastSquares:
    """Return a problem with normal A, shape (rows, size), of variance 1, and normal W*.

    `spread` is the standard deviation of W*, `sigma` that of the gradient's noise.
    """
    lines = extend_keys(fold(seed, PROBLEM), np.arange(rows + 1))[:, None]
    drawn = wide_normals(draw_words(lines, np.arange(size)[None, :])).astype(np.float64)
    matrix = drawn[1:]
    return LeastSquares(matrix.T @ matrix / rows, spread * drawn[0], sigma, seed)


@dataclass(frozen=True)
class Course:
    """Means over batches of consecutive steps; one row a batch, each step before its update.

    Parameters
    ----------
    gradient
        Of the gradient without noise, shape (batches, D).
    square
        Of its squared norm, shape (batches,).
    loss
        Of f, shape (batches,).
    top
        Of the largest |W|^2, shape (batches,).
    """

    gradient: Reals
    square: Reals
    loss: Reals
    top: Reals


@njit(cache=True, error_model="numpy")
def _descend(
    plan: Packed,
    state: Packed,
    parts: Packed,
    places: Packed,
    problem: Packed,
    sums: Array,
    others: Array,
) -> None:
    """Execute updates, and sum up a batch of them; `places`: first, last but one, scale."""
    first, last, scale = places
    hessian, optimum, sigma, noise_key = problem
    size, one = len(optimum), np.full(1, plan.unit)
    off, noisy = np.empty(size), np.empty(size)
    for k in range(first, last):
        top, key = 0.0, extend(noise_key, np.uint64(k))
        for j in range(size):
            w = scale * np.float64(state.weights[j])
            off[j], top = w - optimum[j], max(top, w * w)
        for i in range(size):
            total = 0.0
            for j in range(size):
                total += hessian[i, j] * off[j]
            sums[i] += total
            others[0] += total * total
            others[1] += 0.5 * total * off[i]
            noise = np.float64(wide_normal(draw(key, np.uint64(i))))
            value = (total + sigma * noise) * plan.unit
            if plan.integer:
                value = min(max(np.rint(value), -plan.limit), plan.limit)
            noisy[i] = value
        others[2] += top
        step(plan, state, parts, np.int64(k), one, noisy)


def descend(driven: Driven, problem: LeastSquares, steps: int, batches: int = 1) -> Course:
    """Execute so many updates of W by the problem's noisy gradient; return their course.

    Parameters
    ----------
    driven
        A layer of one input and D outputs: its one input is 1, its errors are the gradient.
    steps
        Updates, a multiple of `batches`.

    Raises
    ------
    DesignError
        When the layer has another shape.
    """
    layer, size = driven.memory.network.design.layer[0], len(problem.optimum)
    if (layer.inputs, layer.outputs) != (1, size):
        raise DesignError(
            f"layer.0: {layer.inputs} inputs and {layer.outputs} outputs; a problem of {size} "
            f"coordinates takes 1 and {size}"
        )
    if steps < 1 or batches < 1 or steps % batches:
        raise ValueError(f"steps: {steps} are no whole number of each of {batches} batches")
    each, sums, others = steps // batches, np.zeros((batches, size)), np.zeros((batches, 3))
    key = np.uint64(fold(problem.seed, GRADIENT))
    numbers = (np.ascontiguousarray(problem.hessian), problem.optimum, problem.sigma, key)
    for batch in range(batches):
        places = (driven.done, driven.done + each, driven.scale)
        _descend(*driven.memory.kept, places, numbers, sums[batch], others[batch])
        driven.done += each
    square, loss, top = others.T / each
    return Course(sums / each, square, loss, top)
