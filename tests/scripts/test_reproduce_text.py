"""Tables, claims and sentences as text; means with their spread, and when they differ."""

import numpy as np
import pytest
from scipy import stats

from scripts.reproduce.batched_chart import front
from scripts.reproduce.reproduction import Claim, Paper, Report, Table, sentences
from scripts.reproduce.spread import (
    geometric,
    margin,
    paired,
    slope,
    spread_text,
    student_tail,
)
from scripts.reproduce.text import claim_text, report_text, table_text


def test_columns_but_the_first_stand_to_the_right():
    table = Table("Rates", ("rule", "ours"), [("sgd", "1.0"), ("tiki-taka", "12.5")])
    assert table_text(table) == (
        "Rates\nrule       ours\n───────────────\nsgd         1.0\ntiki-taka  12.5"
    )


def test_a_claim_says_whether_it_was_found():
    claim = Claim("key", "it falls", "Fig. 1", "1 / n", "0.9", True)
    assert claim_text(claim) == "holds: it falls (Fig. 1)\n    paper  1 / n\n    ours   0.9"
    assert claim_text(claim._replace(holds=False, paper="")) == (
        "NOT FOUND: it falls (Fig. 1)\n    ours   0.9"
    )


def test_a_number_that_was_not_seen_has_a_star_and_its_meaning():
    assert str(Paper(97.64, 0.17)) == "97.64 ± 0.17"
    table = Table("", ("a", "b"), [("x", str(Paper(1.0, verified=False, digits=0)))])
    assert report_text(Report([table])).endswith("* not seen in the source's own text")
    assert "*" not in report_text(Report([table._replace(rows=[("x", "1")])]))


def test_sentences_are_paragraphs():
    assert sentences("\none\ntwo\n\nthree\n") == ["one two", "three"]


def test_a_spread_is_a_standard_deviation_over_seeds():
    assert spread_text([1.0, 2.0, 3.0]) == "2.0 ± 1.0"
    assert spread_text([2.0]) == "2.0"
    assert geometric([1.0, 100.0]) == pytest.approx(10.0)


def test_a_margin_is_the_lower_end_of_welch_s_interval():
    rng = np.random.default_rng(1)
    a, b = rng.normal(3.0, 1.0, 6), rng.normal(0.0, 2.0, 9)
    found = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95).low
    assert margin(a.tolist(), b.tolist()) == pytest.approx(found, abs=0.02)
    assert margin([1.0, 1.0], [0.0, 0.0]) == 1.0
    with pytest.raises(ValueError, match="two values"):
        margin([1.0], [0.0, 0.0])


def test_pairs_are_compared_seed_by_seed():
    found = paired([[2.0, 5.0], [3.0, 9.0]], [[1.0, 4.0], [2.0, 8.0]])
    assert (found.value, found.half, found.seeds) == (1.0, 0.0, 4)


def test_a_slope_is_the_power_with_the_errors_of_its_points():
    x = [1.0, 2.0, 4.0, 8.0]
    assert slope(x, [3.0 * one**1.5 for one in x]) == pytest.approx((1.5, 0.0), abs=1e-12)
    y, rng = np.array([one**2 for one in x]), np.random.default_rng(0)
    drawn = [slope(x, (y * (1 + 0.01 * rng.normal(size=4))).tolist())[0] for _ in range(2000)]
    assert slope(x, y.tolist(), (0.01 * y).tolist())[1] == pytest.approx(np.std(drawn), rel=0.08)


@pytest.mark.parametrize("degrees", [15, 19, 39])
@pytest.mark.parametrize("probability", [0.025, 1e-3, 1e-5])
def test_the_tail_of_student_is_right_to_1_percent(degrees, probability):
    wanted = stats.t.isf(probability, degrees)
    assert student_tail(probability, degrees) == pytest.approx(wanted, rel=0.011)


def test_the_front_holds_what_nothing_beats_in_both():
    points = {"a": (1.0, 5.0), "b": (2.0, 2.0), "c": (3.0, 2.0), "d": (5.0, 1.0), "e": (6.0, 6.0)}
    assert front(points) == ["a", "b", "d"]
