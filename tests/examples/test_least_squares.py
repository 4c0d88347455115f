"""The study of least squares in a smaller form: fixed points of Analog SGD, and Tiki-Taka's floor.

Mean gradients are means of 20 batches, far longer than the weights' memory; a coordinate's distance
from theory follows Student's t, at an error of 1e-6 over all comparisons of the file.
"""

import numpy as np
import pytest
from scipy import stats

from examples.least_squares import BATCHES, RATE
from models.study.least_squares import LeastSquares, draw_problem
from scripts.reproduce.least_squares import TIKI_TAKA, Rest, bound, driven, rest

SIZE, WARM, STEPS = 12, 20_000, 200_000
SETTINGS = [(0.05, 3.0), (0.1, 3.0), (0.2, 3.0), (0.1, 1.5), (0.2, 1.0), (0.1, 10.0)]
CLOSED = [(0.05, 20.0), (0.1, 20.0), (0.2, 20.0)]
BOUND = float(stats.t.isf(1e-6 / (SIZE * (len(SETTINGS) + len(CLOSED))) / 2, BATCHES - 1))


def at_rest(sigma: float, tau: float) -> tuple[LeastSquares, Rest]:
    problem = draw_problem(SIZE, sigma=sigma)
    return problem, rest(driven(SIZE, tau, f"algorithm.lr={RATE}"), problem, WARM, STEPS, BATCHES)


@pytest.mark.parametrize(("sigma", "tau"), SETTINGS)
def test_analog_sgd_rests_where_its_mean_change_is_zero(sigma, tau):
    problem, found = at_rest(sigma, tau)
    wanted = problem.gradient(problem.exact_rest(tau, RATE))
    assert np.abs((found.gradient - wanted) / found.error).max() < BOUND
    # the bound tells it from the optimum, where digital SGD rests
    assert np.abs(found.gradient / found.error).max() > BOUND


@pytest.mark.parametrize(("sigma", "tau"), CLOSED)
def test_on_a_wide_range_that_is_the_closed_form(sigma, tau):
    problem, found = at_rest(sigma, tau)
    closed = problem.gradient(problem.rest(tau))
    assert np.abs((found.gradient - closed) / found.error).max() < BOUND


@pytest.mark.parametrize(("sigma", "tau"), SETTINGS)
def test_the_floor_stays_below_the_bound_of_theorem_2(sigma, tau):
    problem, found = at_rest(sigma, tau)
    assert 0.0 < found.course.square.mean() < bound(found, problem, tau)


def test_tiki_taka_comes_a_hundred_times_nearer():
    sigma, tau = 0.1, 3.0
    problem = draw_problem(SIZE, sigma=sigma)
    analog = rest(driven(SIZE, tau, "algorithm.lr=0.02"), problem, 200_000, 200_000, BATCHES)
    tiki = rest(driven(SIZE, tau, *TIKI_TAKA), problem, 300_000, 200_000, BATCHES)
    assert (analog.gradient @ analog.gradient) > 100.0 * (tiki.gradient @ tiki.gradient)
    assert analog.course.square.mean() > 100.0 * tiki.course.square.mean()
