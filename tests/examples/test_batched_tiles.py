"""Replicas do not change the algorithm of version 1: it takes the epochs of one array."""

from examples.batched_tiles import DESIGN, epochs_to, trained, variants
from models.design import read_design
from sim.metric import Metrics


def test_every_row_is_a_design_of_its_own():
    found = [read_design(DESIGN, overrides) for _, overrides in variants()]
    assert len({str(design.arrangement.gamma) for design in found}) == len(found)
    assert [design.arrangement.views for design in found[:5]] == [1, 2, 4, 8, 16]


def test_the_first_epoch_at_the_target_counts():
    rows = [Metrics(float(e), e, e, 0.0, a, 0.0) for e, a in ((1, 0.5), (2, 0.96), (3, 0.9))]
    assert epochs_to(rows, 0.95) == " 2"
    assert epochs_to(rows, 0.97) == " -"


def test_version_1_with_replicas_learns_as_one_array_does():
    rows = dict(variants())
    one = trained((*rows["n =  1"], "run.epochs=6"), 8, 10)
    four = trained((*rows["n =  4, version 1"], "run.epochs=6"), 8, 10)
    assert one[-1].accuracy > 0.85
    assert abs(one[-1].accuracy - four[-1].accuracy) < 0.06
