import random

import pytest

from models.error import DesignError
from models.schedule import check_deadlock
from tests.sim.machines import NAMES, draw_case


def allowed(case):
    try:
        check_deadlock(case.rule, case.total)
    except DesignError:
        return False
    return True


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_passes_the_deadlock_check_exactly_when_every_sample_finishes(name):
    rng = random.Random(f"deadlock {name}")
    verdicts = []
    for _ in range(150):
        case = draw_case(rng, name, most_samples=8)
        verdicts.append(allowed(case))
        assert case.oracle().run().finished == verdicts[-1], case
    assert any(verdicts)
    assert all(verdicts) == (name not in ("fill-drain", "1f1b", "custom"))
