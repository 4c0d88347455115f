"""Measured devices as text and as plain data."""

import json
from functools import lru_cache

import numpy as np
import pytest

from models.design import make_design
from models.device.measurement import measure
from sim.device import COLUMNS, MeasuredDevice, count_text, percent, plain, ratio_text, train_shares


@lru_cache
def measured(name: str, pulses: int = 10, **keys: float) -> MeasuredDevice:
    device = make_design({"device": {"preset": name, **keys}}).device
    return MeasuredDevice(name, measure(device, 30, pulses))


def marked(shown: MeasuredDevice) -> set[str]:
    return {c for c, cell in zip(COLUMNS, shown.cells(), strict=True) if cell.endswith("*")}


def test_figures_that_rest_on_unverified_values_are_marked() -> None:
    assert marked(measured("ecram")) == set()
    assert marked(measured("pcm")) == {"cycle to cycle, %", "drag a pair, %"}
    assert marked(measured("ideal")) == set(COLUMNS) - {"device", "on/off ratio"}


def test_a_value_of_one_s_own_takes_the_mark_away() -> None:
    assert marked(measured("pcm", dw_min_std=0.5)) == set()
    assert marked(measured("ideal", w_max=0.9)) == marked(measured("ideal"))


def test_the_note_names_what_was_not_verified() -> None:
    assert measured("ecram").flag_text() == ""
    assert measured("capacitor").flag_text() == "capacitor: lifetime"
    assert measured("ideal").flag_text() == "ideal: every value"
    assert measured("ideal", w_max=0.9).flag_text() == (
        "ideal: family, dw_min, w_min, dw_min_dtod, dw_min_std, w_max_dtod, w_min_dtod, up_down, "
        "up_down_dtod"
    )


def test_a_device_without_a_symmetric_point_says_none() -> None:
    cells = dict(zip(COLUMNS, measured("gokmen-vlasov").cells(), strict=True))
    assert cells["symmetric point"] == "none"
    assert cells["closed form, %"] == "0"
    assert cells["states"] == "1,250"
    assert cells["on/off ratio"] == "unknown"


@pytest.mark.parametrize(
    ("share", "error", "text"),
    [
        (0.00763, None, "0.763"),
        (0.00763, 0.00004, "0.763 ± 0.004"),
        (0.3934, 0.0018, "39.3 ± 0.2"),
        (-1e-7, 2e-5, "0.000 ± 0.002"),
        (0.0, 0.0, "0"),
        (5.04, None, "504"),
        (float("nan"), float("nan"), "none"),
    ],
)
def test_a_share_is_shown_in_percent_to_its_error(
    share: float, error: float | None, text: str
) -> None:
    assert percent(share, error) == text


def test_numbers_are_short() -> None:
    assert [count_text(n) for n in (4.327, 80.0, 7088.68)] == ["4.33", "80", "7,089"]
    assert [ratio_text(r) for r in (None, 12.5)] == ["unknown", "12.5"]


def test_the_summary_is_json_without_numbers_that_are_none() -> None:
    summary = measured("gokmen-vlasov").summary()
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary["symmetric_point"] == {"share": 0.0, "mean": None, "spread": None}
    assert summary["device"]["preset"] == "gokmen-vlasov"
    assert summary["states"] == 1250
    assert len(summary["train"]["mean"]) == len(summary["train"]["pulse"]) == 21
    assert len(summary["train"]["singles"]) == 5
    assert (summary["seed"], summary["drawn"], summary["unverified"]) == (0, 30, [])


def test_plain_data_have_six_digits() -> None:
    given = np.array([[0.12345678, np.nan], [1e9, -0.5]])
    assert plain(given) == [[0.123457, None], [1e9, -0.5]]
    assert plain(np.array([1, 1234567])) == [1, 1234567]


def test_the_asymmetry_is_that_of_soft_bounds() -> None:
    """(1 - w / b) - (1 + w / b) over their sum: - w / b."""
    exact = {"dw_min_dtod": 0.0, "w_max_dtod": 0.0, "w_min_dtod": 0.0, "up_down_dtod": 0.0}
    shown = measured("soft-bounds", **exact)
    assert shown.asymmetry() == pytest.approx(-shown.found.weight / 0.6, abs=1e-3)


def test_trains_of_unequal_length_share_an_axis_in_lengths() -> None:
    x, label = train_shares([measured("ecram", 10), measured("pcm", 20)])
    assert [part[-1] for part in x] == [2, 2]
    assert label == "pulses up, then down, in lengths of one train"
    x, label = train_shares([measured("ecram", 10), measured("pcm", 10)])
    assert x[0].tolist() == list(range(21))
    assert label == "pulses: up, then down"
