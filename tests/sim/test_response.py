"""Pages and pictures of measured devices."""

import re
import struct

import pytest
from plotly.offline import get_plotlyjs

from models.design import make_design
from models.device.measurement import measure
from sim.device import MeasuredDevice
from sim.picture import picture_png
from sim.response import comparison_figure, device_figure, devices_html, sources_html, style


def measured(name: str, **keys: object) -> MeasuredDevice:
    device = make_design({"device": {"preset": name, **keys}}).device
    return MeasuredDevice(name, measure(device, 20, 6))


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


def test_a_picture_has_a_row_a_device_and_one_to_compare() -> None:
    ecram, pcm = measured("ecram"), measured("pcm")
    one, two = size(picture_png([ecram])), size(picture_png([ecram, pcm]))
    row = 320
    assert one == (1300, row + 165)
    assert two == (1300, 3 * row + 165)


def test_a_picture_repeats_bit_for_bit() -> None:
    ideal = measured("ideal")
    assert picture_png([ideal]) == picture_png([ideal])


def test_a_page_opens_without_a_network() -> None:
    page = devices_html([measured("ecram"), measured("pcm")])
    own = page.replace(get_plotlyjs(), "")
    assert not re.search(r"<script[^>]+src=|<link|<img|@import", own)
    assert own.count("<h2>") == 3
    assert "<h2>Side by side</h2>" in own
    assert "* not verified: pcm: dw_min_std" in own


def test_a_page_of_one_device_compares_nothing() -> None:
    assert "Side by side" not in devices_html([measured("ecram")])


def test_a_name_is_text_wherever_it_stands() -> None:
    odd = MeasuredDevice("<b>&", measured("ideal").found)
    own = devices_html([odd]).replace(get_plotlyjs(), "")
    assert "<b>&" not in own
    assert "&lt;b&gt;&amp;" in own


def test_the_figure_marks_a_symmetric_point_where_there_is_one() -> None:
    lines = {name: len(device_figure(measured(name)).layout.shapes) for name in ("ecram", "ideal")}
    assert lines == {"ecram": 3, "ideal": 1}


def test_devices_side_by_side_are_told_apart() -> None:
    assert len({style(place) for place in range(32)}) == 32
    figure = comparison_figure([measured("ecram"), measured("pcm")])
    assert [trace.name for trace in figure.data] == ["ecram", "ecram", "pcm", "pcm"]
    assert [trace.showlegend for trace in figure.data] == [True, False, True, False]


@pytest.mark.parametrize(
    ("key", "row"),
    [
        ("dw_min_std", ("0.5", "", "given")),
        ("w_max", ("2.0", "yes", "IBM/aihwkit 4545f11, presets/devices.py, PCMPresetDevice")),
        ("dead_fraction", ("0.0", "", "default")),
    ],
)
def test_every_value_stands_with_its_source(key: str, row: tuple[str, ...]) -> None:
    found = sources_html(measured("pcm", dw_min_std=0.5))
    assert "<tr>" + "".join(f"<td>{cell}</td>" for cell in (key, *row)) + "</tr>" in found
