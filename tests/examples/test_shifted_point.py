"""A shifted symmetric point breaks Tiki-Taka version 2; choppers bear it, references more."""

from examples.shifted_point import trained

SEEDS = range(10, 12)


def test_all_rules_learn_without_a_shift():
    for rule in ("tiki-taka-2", "chopped-tiki-taka-2", "agad"):
        assert min(trained(rule, 0.0, SEEDS).accuracies) > 94.0, rule


def test_choppers_and_references_bear_what_breaks_version_2():
    assert max(trained("tiki-taka-2", 0.2, SEEDS).accuracies) < 50.0
    assert min(trained("chopped-tiki-taka-2", 0.2, SEEDS).accuracies) > 85.0
    assert min(trained("agad", 0.2, SEEDS).accuracies) > 95.0


def test_a_dynamic_reference_bears_shifts_that_choppers_alone_do_not():
    chopped, agad = (trained(rule, 0.5, SEEDS) for rule in ("chopped-tiki-taka-2", "agad"))
    assert max(chopped.accuracies) < 70.0
    assert min(agad.accuracies) > 90.0
