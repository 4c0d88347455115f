"""The mean of weights over evaluations."""

import numpy as np
import pytest

from models.design import read_design
from sim.averaging import Average
from sim.outcome import metrics_csv, training_summary
from sim.training import Training

SMALL = ("data.limit=60", "run.epochs=4", "run.average_after=0.5")


def layer(value: float) -> tuple:
    return (np.full((2, 3), value, np.float32), np.full(3, 2 * value), np.full(3, 1 + value))


def test_the_mean_counts_from_its_first_update_and_lies_on_the_grid() -> None:
    average, third = Average(20.0), 1 / 3
    assert not average.add(10, [layer(9.0)])
    assert average.add(20, [layer(0.5)])
    assert average.add(30, [layer(third)])
    ((weights, bias, gain),) = average.held([0])
    mean = (0.5 + np.float32(third)) / 2
    assert np.abs(weights - mean).max() <= 2.0**-23
    assert (weights * 2.0**22 % 1 == 0).all()
    assert bias == pytest.approx(np.full(3, 0.5 + third))
    assert gain == pytest.approx(np.full(3, 1 + (0.5 + third) / 2))


def test_the_first_mean_is_the_weights_themselves_and_the_machine_goes_on_as_it_is() -> None:
    averaged = Training(read_design(None, SMALL))
    averaged.run()
    plain = Training(read_design(None, SMALL[:2]))
    plain.run()
    found = [row.averaged_accuracy for row in averaged.metrics]
    assert found[0] is None
    assert found[1] == averaged.metrics[1].accuracy
    assert None not in found[1:]
    assert [row.accuracy for row in averaged.metrics] == [row.accuracy for row in plain.metrics]
    assert training_summary(averaged)["averaged_accuracy"] == found[-1]


def test_metrics_have_its_column_only_where_there_is_one() -> None:
    training = Training(read_design(None, SMALL))
    training.run()
    lines = metrics_csv(training.metrics).splitlines()
    assert lines[0].endswith("train_loss,averaged_accuracy")
    assert lines[1].endswith(",")
    assert float(lines[-1].split(",")[-1]) == pytest.approx(
        training.metrics[-1].averaged_accuracy, abs=1e-6
    )
