"""A channel of grains and boundaries, against hand calculation and its limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.design import design_tables, make_design
from models.device.channel import channel_ohm, conductance_range, on_off_ratio, read_energy
from models.device.section import Channel, Device
from tests.models.properties import PROPERTY

ohms = st.floats(1e3, 1e9)
factors = st.floats(1e-3, 1e3)
EPS = 2.0**-53  # of one rounding; a difference of conductances magnifies it
READ = {"read_volt": 0.5, "read_second": 5e-9}


@st.composite
def channels(draw) -> Channel:
    """Channels whose every part conducts less in the off state."""
    grain, boundary = draw(ohms), draw(ohms)
    return Channel(
        grain_on_ohm=grain,
        boundary_on_ohm=boundary,
        grain_off_ohm=grain * draw(st.floats(1.1, 100.0)),
        boundary_off_ohm=boundary * draw(st.floats(1.0, 100.0)),
        grain_factor=draw(factors),
        boundary_factor=draw(factors),
        **READ,
    )


def test_the_parts_are_in_series():
    assert channel_ohm(2e3, 4e3) == 6e3
    assert channel_ohm(2e3, 4e3, 0.5, 2.0) == 9e3


def test_a_channel_by_hand():
    """On 1k + 3k = 4 kohm, off 6k + 10k = 16 kohm; a dopant halves the boundaries."""
    parts = {"grain_on_ohm": 1e3, "boundary_on_ohm": 3e3}
    parts |= {"grain_off_ohm": 6e3, "boundary_off_ohm": 10e3}
    plain, doped = Channel(**parts, **READ), Channel(**parts, **READ, boundary_factor=0.5)
    assert (plain.on_ohm, plain.off_ohm, plain.on_off_ratio) == (4e3, 16e3, 4.0)
    assert (doped.on_ohm, doped.off_ohm, doped.on_off_ratio) == (2.5e3, 11e3, 4.4)
    assert plain.weight_range == 1.0
    wanted = (1 / 2.5e3 - 1 / 11e3) / (1 / 4e3 - 1 / 16e3)
    assert doped.weight_range == pytest.approx(wanted, rel=1e-12)
    assert plain.read_energy == pytest.approx(0.25 * 5e-9 / 4e3, rel=1e-12)


def test_the_energy_of_a_read_is_v_squared_t_g():
    assert read_energy(2.0, 1e-9, 1e-6) == pytest.approx(4e-15)


@PROPERTY
@given(channels(), factors)
def test_a_dopant_of_the_whole_channel_scales_conductance_and_keeps_the_ratio(channel, factor):
    both = {
        "grain_factor": channel.grain_factor * factor,
        "boundary_factor": channel.boundary_factor * factor,
    }
    scaled = channel.model_copy(update=both)
    assert scaled.on_off_ratio == pytest.approx(channel.on_off_ratio, rel=1e-9)
    undoped = channel.model_copy(update={"grain_factor": 1.0, "boundary_factor": 1.0})
    rounding = sum(16 * EPS / (1 - 1 / c.on_off_ratio) for c in (scaled, channel, undoped))
    assert scaled.weight_range == pytest.approx(channel.weight_range / factor, rel=rounding)
    assert scaled.read_energy == pytest.approx(channel.read_energy / factor, rel=1e-9)


@PROPERTY
@given(channels())
def test_the_ratio_lies_between_those_of_the_parts(channel):
    grain = on_off_ratio(channel.grain_on_ohm, channel.grain_off_ohm)
    boundary = on_off_ratio(channel.boundary_on_ohm, channel.boundary_off_ohm)
    low, high = sorted((grain, boundary))
    assert low * (1 - 1e-9) <= channel.on_off_ratio <= high * (1 + 1e-9)
    assert conductance_range(channel.on_ohm, channel.off_ohm) > 0


def test_a_device_s_conductance_ratio_is_the_given_one_or_the_channel_s():
    parts = {"grain_on_ohm": 1e3, "boundary_on_ohm": 3e3}
    parts |= {"grain_off_ohm": 6e3, "boundary_off_ohm": 10e3, **READ}
    assert Device().conductance_ratio is None
    assert Device(on_off_ratio=8.0).conductance_ratio == 8.0
    assert Device(channel=Channel(**parts)).conductance_ratio == 4.0
    design = make_design({"device": {"preset": "ideal", "channel": parts}})
    assert design_tables(design)["device"]["channel"]["boundary_factor"] == 1.0
    assert make_design(design_tables(design)) == design
