"""Least squares: the problem itself, its course under digital SGD, and fixed points."""

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from models.design import make_design
from models.device.kind import GRADIENT
from models.error import DesignError
from models.key import draw, extend, fold, wide_normal
from models.study.driven import Driven
from models.study.least_squares import LeastSquares, descend, draw_problem, folded

SIZE = 6


def digital(outputs: int = SIZE, inputs: int = 1) -> Driven:
    layer = {"inputs": inputs, "outputs": outputs, "bias": False, "scale": 2.0, "omega": 0.3}
    rule = {"name": "digital-sgd", "lr": 0.05, "lr_decay": 1.0}
    return Driven(make_design({"layer": [layer], "algorithm": rule}))


def test_the_gradient_is_that_of_the_loss():
    problem = draw_problem(SIZE)
    at = np.linspace(-1.0, 1.0, SIZE)

    def loss(w):
        return 0.5 * (w - problem.optimum) @ problem.hessian @ (w - problem.optimum)

    found = optimize.approx_fprime(at, loss, 1e-7)
    assert problem.gradient(at) == pytest.approx(found, abs=1e-5)
    assert problem.gradient(np.stack([at, problem.optimum]))[1] == pytest.approx(np.zeros(SIZE))


def test_a_course_under_digital_sgd_is_that_of_a_plain_loop():
    """Float32 weights: each of 60 updates rounds to 2^-24 of weights below 2."""
    driven, problem = digital(), draw_problem(SIZE, sigma=0.3, seed=5)
    w, key = driven.weights[:, 0].copy(), fold(5, GRADIENT)
    steps = []
    for k in range(60):
        clean = problem.gradient(w)
        loss = 0.5 * clean @ (w - problem.optimum)
        steps.append((clean, clean @ clean, loss, (w * w).max()))
        noise = wide_normal(draw(extend(key, k), np.arange(SIZE))).astype(float)
        w -= 0.05 * (clean + 0.3 * noise)
    course = descend(driven, problem, 60, 3)
    names = ("gradient", "square", "loss", "top")
    for name, values in zip(names, zip(*steps, strict=True), strict=True):
        means = np.array(values).reshape(3, 20, -1).mean(axis=1)
        assert getattr(course, name).reshape(3, -1) == pytest.approx(means, rel=1e-4, abs=1e-5)
    assert driven.weights[:, 0] == pytest.approx(w, abs=1e-5)


def test_courses_may_come_in_pieces():
    problem, whole, pieces = draw_problem(SIZE), digital(), digital()
    descend(whole, problem, 30)
    for steps in (10, 1, 19):
        descend(pieces, problem, steps)
    assert np.array_equal(whole.weights, pieces.weights)


@pytest.mark.parametrize("tau", [1.0, 3.0])
def test_at_the_fixed_points_the_mean_change_is_zero(tau):
    problem, rate = draw_problem(40, sigma=0.2), 0.01
    closed, exact = problem.rest(tau), problem.exact_rest(tau, rate)
    mean = 0.2 * np.sqrt(2.0 / np.pi)
    assert problem.gradient(closed) + mean * closed / tau == pytest.approx(np.zeros(40), abs=1e-12)
    spread = 0.2 * np.sqrt(1.0 + 0.5 * rate * np.diag(problem.hessian))
    gradient = problem.gradient(exact)
    size = folded(gradient, spread)
    assert gradient + size * exact / tau == pytest.approx(np.zeros(40), abs=1e-12)
    assert np.abs(exact - closed).max() > 1e-3


def test_the_folded_mean_is_that_of_the_integral():
    for mean in (-1.3, 0.0, 0.4):
        found = integrate.quad(lambda g, m=mean: abs(g) * stats.norm.pdf(g, m, 0.7), -9, 9)[0]
        own = folded(np.array([mean]), np.array([0.7]))[0]
        assert own == pytest.approx(found, rel=1e-6)


def test_drawn_problems_have_the_variances_asked_for():
    """H_ii is chi-squared over its 4,000 terms each; W* has 400 coordinates."""
    problem = draw_problem(400, rows=4000, spread=0.45)
    z = (np.diag(problem.hessian) - 1.0) / np.sqrt(2.0 / 4000)
    assert abs(z.mean()) < 5.0 / np.sqrt(400)
    assert abs((problem.optimum**2).mean() / 0.45**2 - 1.0) < 5.0 * np.sqrt(2.0 / 400)
    other = draw_problem(400, rows=4000, seed=1)
    assert not np.isclose(other.optimum, problem.optimum).any()


@pytest.mark.parametrize(("inputs", "outputs"), [(2, SIZE), (1, SIZE - 1)])
def test_a_layer_of_another_shape_is_refused(inputs, outputs):
    message = f"^layer.0: {inputs} inputs and {outputs} outputs; a problem of 6 coordinates"
    with pytest.raises(DesignError, match=message):
        descend(digital(outputs, inputs), draw_problem(SIZE), 10)


@pytest.mark.parametrize(("steps", "batches"), [(0, 1), (10, 3), (10, 0)])
def test_batches_share_the_steps_evenly(steps, batches):
    with pytest.raises(ValueError, match=r"^steps: "):
        descend(digital(), draw_problem(SIZE), steps, batches)


def test_without_noise_sgd_reaches_the_optimum():
    problem = draw_problem(SIZE, sigma=0.0)
    driven = digital()
    descend(driven, LeastSquares(problem.hessian, problem.optimum, 0.0), 4000)
    assert driven.weights[:, 0] == pytest.approx(problem.optimum, abs=1e-5)
