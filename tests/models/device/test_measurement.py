"""Whole measurements: every preset, and devices that are hard to measure."""

import numpy as np
import pytest

from models.design import make_design
from models.device.measurement import measure
from models.device.section import Device
from models.preset import preset_names

SMALL = {"devices": 60, "pulses": 12}


@pytest.mark.parametrize("name", preset_names("device"))
def test_every_preset_is_measured_within_its_bounds(name):
    device = make_design({"device": {"preset": name}}).device
    found = measure(device, **SMALL)
    (upper, _), (lower, _) = found.bounds
    assert lower < upper
    assert found.train.pulses == 12
    assert found.rise.mean > 0
    assert found.fall.mean > 0
    assert np.isfinite([found.rise.cycle, found.rise.device, found.drag.measured]).all()
    assert (found.drag.closed == 0) == (device.family == "constant-step")
    assert (found.point.share == 0) == (device.family == "constant-step")


def test_a_measurement_repeats_and_follows_the_seed():
    one, two, other = (measure(Device(), seed=seed, **SMALL) for seed in (4, 4, 5))
    assert (one.train.mean == two.train.mean).all()
    assert (one.drag, one.rise, one.point) == (two.drag, two.rise, two.point)
    assert (one.train.mean != other.train.mean).any()
    assert one.drag.measured != other.drag.measured


def test_steps_are_measured_at_zero_or_in_the_middle_of_a_one_sided_range():
    spreadless = {"w_max_dtod": 0.0, "w_min_dtod": 0.0}
    assert measure(Device(**spreadless), **SMALL).reference == 0
    pcm = Device(family="power-step", w_max=2.0, w_min=0.0, **spreadless)
    assert measure(pcm, **SMALL).reference == pytest.approx(1.0)


def test_devices_without_a_symmetric_point_are_measured_around_the_reference():
    found = measure(Device(family="constant-step", up_down=0.2), **SMALL)
    assert found.point.share == 0
    assert np.isnan([found.point.mean, found.point.spread]).all()
    assert found.drag.devices > 50


def test_only_devices_with_a_symmetric_point_are_averaged():
    found = measure(Device(dead_fraction=0.5), devices=400, pulses=1)
    assert 0.35 < found.point.share < 0.65
    assert abs(found.point.mean) < 0.1
    assert found.drag.devices <= round(400 * found.point.share)


@pytest.mark.parametrize("fault", ["dead_fraction", "stuck_fraction"])
def test_devices_that_all_stand_still_are_measured_as_such(fault):
    found = measure(Device(**{fault: 1.0}), **SMALL)
    assert np.ptp(found.train.mean) == 0
    assert found.drag.devices == 0
    assert np.isnan([found.rise.mean, found.drag.measured]).all()
