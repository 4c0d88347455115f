"""Slopes of known curves, means of known evaluations, gradients against finite differences."""

import numpy as np
import pytest

from models.design import make_design, read_design
from models.schedule import schedule_rule
from models.section import Schedule
from sim.complexity import (
    Curve,
    Exponent,
    Trained,
    errors_within,
    exponent,
    interval,
    make_curve,
    passage_lines,
    theory_factor,
)
from sim.complexity_table import passage_rows, slope_rows
from sim.gradient import has_gradient, squared_gradient
from sim.training import Training

SAMPLES = tuple(range(10, 20_001, 10))


def power_law(p: float, scale: float = 1.0, cycles: int = 100) -> Curve:
    """A run whose error is (scale / samples)^(1/p): samples grow as error^-p."""
    errors = tuple(float((scale / k) ** (1 / p)) for k in SAMPLES)
    return Curve(SAMPLES, tuple(cycles * k + 40 for k in SAMPLES), errors)


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
def test_the_exponent_of_a_power_law_is_found(p):
    trained = [Trained("async", seed, (power_law(p, 1 + seed),)) for seed in range(4)]
    errors = [float((1 / k) ** (1 / p)) for k in (100, 400, 1600, 3200)]
    for clock in (False, True):
        found = exponent(trained, errors, clock)
        assert found is not None
        assert found.value == pytest.approx(p, rel=0.02)
        assert found.half is not None
        assert found.half < 0.05 * p


def test_of_several_rates_the_fastest_counts_for_each_error():
    early = Curve((10, 20, 30), (1000, 2000, 3000), (0.9, 0.5, 0.45))
    late = Curve((10, 20, 30), (1000, 2000, 3000), (0.9, 0.8, 0.1))
    both = Trained("async", 0, (early, late))
    assert [both.reached(error) for error in (0.5, 0.1)] == [(20, 2000), (30, 3000)]
    assert both.reached(0.05) is None


def test_the_interval_is_that_of_student():
    values = [1.0, 2.0, 4.0]
    found = interval(values)
    assert found.value == pytest.approx(7 / 3)
    assert found.half == pytest.approx(4.303 * np.std(values, ddof=1) / 3**0.5)
    assert interval([2.0]) == Exponent(2.0, None, 1)
    assert (found.text, interval([2.0]).text) == ("2.33 ± 3.79", "2.00")


def test_the_interval_of_normal_slopes_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(5)
    draws = rng.normal(2.0, 0.3, size=(4000, 5))
    found = [interval(list(row)) for row in draws]
    held = np.mean([abs(one.value - 2.0) <= (one.half or 0.0) for one in found])
    assert abs(held - 0.95) < 4 * (0.95 * 0.05 / len(draws)) ** 0.5


def test_fewer_than_three_errors_have_no_slope():
    trained = [Trained("async", 0, (power_law(2.0),))]
    assert exponent(trained, [0.1, 0.05], clock=False) is None
    assert exponent(trained, [0.1, 0.05, 1e-6], clock=False) is None


def rows_of(values, key):
    return [
        {"samples": 100.0 * n, "cycles": 12000.0 * n, "accuracy": 0.5, key: value}
        for n, value in enumerate(values, 1)
    ]


def test_the_loss_is_a_mean_over_the_samples_of_the_window():
    rows = rows_of([4.0, 2.0, 1.0, 1.0], "train_loss")
    rows[3]["samples"] = 350.0  # the last evaluation comes after 50 samples
    curve = make_curve(rows, "loss", 200)
    assert curve.samples == (200, 300, 350)
    assert curve.errors == pytest.approx((3.0, 1.5, 1.4))
    assert curve.cycles == (24000, 36000, 48000)


def test_the_test_error_is_a_mean_over_the_evaluations_of_the_window():
    found = zip(rows_of([1] * 3, "x"), (0.5, 0.7, 0.9), strict=True)
    rows = [row | {"accuracy": accuracy} for row, accuracy in found]
    assert make_curve(rows, "accuracy", 200).errors == pytest.approx((0.4, 0.2))


def test_the_gradient_is_a_mean_over_the_run_from_its_largest_on():
    curve = make_curve(rows_of([0.2, 0.6, 0.1, 0.1], "squared_gradient"), "gradient", 200)
    assert curve.samples == (200, 300, 400)
    assert curve.errors == pytest.approx((0.4, 0.3, 0.25))


def test_errors_are_chosen_that_every_run_reached():
    trained = [Trained("async", seed, (power_law(2.0, 1 + seed),)) for seed in range(3)]
    errors = errors_within(trained)
    assert len(errors) == 6
    assert list(errors) == sorted(errors, reverse=True)
    assert all(one.reached(error) for one in trained for error in errors)
    assert all(one.reached(errors[0])[0] > SAMPLES[0] for one in trained)
    flat = Curve(SAMPLES, SAMPLES, (0.5,) * len(SAMPLES))
    assert errors_within([Trained("async", 0, (flat,))]) == ()


def test_a_line_without_samples_says_that_an_error_was_not_reached():
    trained = [Trained("async", 3, (power_law(2.0),))]
    found = passage_lines(trained, (0.1, 1e-9), "loss")
    assert found[0] == {
        "schedule": "async", "seed": 3, "measure": "loss", "error": 0.1,
        "samples": 100, "cycles": 10_040,
    }  # fmt: skip
    assert "samples" not in found[1]
    assert passage_rows(trained, (0.1, 1e-9), "loss", clock=True) == [
        ["loss", "async"],
        ["0.1", "10,040"],
        ["1e-09", "never"],
    ]
    assert passage_rows(trained, (0.1,), "accuracy", clock=False)[1] == ["0.9", "100"]


def test_cycles_are_compared_with_the_last_schedule():
    slow = [Trained("sequential", s, (power_law(2.0, cycles=300),)) for s in range(2)]
    fast = [Trained("async", s, (power_law(2.0, cycles=100),)) for s in range(2)]
    errors = (0.1, 0.05, 0.02)
    found = {"sequential": (None, None), "async": (Exponent(2.0, 0.1, 2), None)}
    rows = slope_rows([*slow, *fast], errors, found, {"sequential": 3.0, "async": 1.0})
    assert rows[1][3:] == ["3.00", "3.00"]
    assert rows[2] == ["async", "2.00 ± 0.10", "-", "1.00", "1.00"]


@pytest.mark.parametrize(
    ("schedule", "factor"),
    [
        (Schedule(name="sequential"), 4.0),
        (Schedule(name="fill-drain", N=10), 1.3),
        (Schedule(name="1f1b", N=3), 2.0),
        (Schedule(name="async"), 1.0),
        (Schedule(name="lock-step"), None),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_the_theory_counts_slots_of_unit_stages(schedule, factor):
    assert theory_factor(schedule_rule(schedule, 4, 99)) == factor


@pytest.mark.parametrize("loss", ["cross-entropy", "mse"])
@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
def test_the_squared_gradient_is_that_of_finite_differences(loss, activation):
    """Of the reported loss of exact weights, on both ways a weight counts: W and the bias."""
    design = make_design(
        {
            "run": {"samples": 60},
            "data": {"limit": 40},
            "network": {"loss": loss},
            "layer": [
                {"inputs": 64, "outputs": 3, "activation": activation},
                {"inputs": 3, "outputs": 10, "activation": "linear"},
            ],
            "algorithm": {"name": "digital-sgd", "lr": 0.1},
        }
    )
    training = Training(design)
    training.run()
    memory, data = training.memory, training.data
    held = [
        (layer.grid.weights().astype(np.float64), layer.bias.copy(), layer.gain.copy())
        for layer in memory.layers
    ]

    def value() -> float:
        return memory.network.evaluate(data.train, 0, tuple(held))[0]

    total, h = 0.0, 1e-5
    for layer, (weights, bias, _) in zip(memory.layers, held, strict=True):
        numerics = layer.numerics
        for array, unit in (
            (weights, layer.scale),
            (bias, 1 / (numerics.bias_unit * numerics.unit)),
        ):
            for place in np.ndindex(array.shape):
                kept = array[place]
                ends = []
                for moved in (kept + h, kept - h):
                    array[place] = moved
                    ends.append(value())
                array[place] = kept
                total += ((ends[0] - ends[1]) / (2 * h) / unit) ** 2
    found = squared_gradient(memory, data.train, data.peak)
    assert found == pytest.approx(total, rel=2e-3)


def test_the_gradient_is_worked_out_for_plain_linear_layers_alone():
    assert has_gradient(read_design(None))
    keys = ("profile=behavioural", "layer.0.normalise=true")
    assert not has_gradient(read_design(None, keys))
    assert not has_gradient(read_design(None, ("layer.0.adapter_rank=2",)))
