"""The sweeps of noise, spread and converters change what they say, and nothing of the base."""

import pytest

from models.design import design_tables, read_design
from scripts.reproduce.cell import Results
from scripts.reproduce.devices import DIGITAL, NETWORKS, UNTRAINED, conditions, swept, write_base
from scripts.reproduce.trial import design_path
from sim.training import Training


def changed(path, own, overrides) -> set[str]:
    """Keys of a design that overrides change."""
    plain, other = (design_tables(read_design(path, keys)) for keys in (own, (*own, *overrides)))
    found = set()
    for table in ("device", "tile"):
        for key in plain[table].keys() | other[table].keys():
            before, after = plain[table].get(key), other[table].get(key)
            if isinstance(before, dict):
                found |= {f"{table}.{key}.{n}" for n in before if before[n] != after[n]}
            elif before != after:
                found.add(f"{table}.{key}")
        plain.pop(table), other.pop(table)
    assert plain == other
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_every_line_changes_what_it_names_alone(name):
    design, own, _ = NETWORKS[name]
    path = None if design is None else design_path(design)
    groups = {
        "as": set(),
        "cycle-to-cycle": {"device.dw_min_std"},
        "device-to-device": {"device.dw_min_dtod", "device.w_max_dtod", "device.w_min_dtod"},
        "DAC": {"tile.dac.bits"},
        "ADC": {"tile.adc.bits"},
    }
    seen = set()
    for condition, overrides in conditions():
        if overrides in (DIGITAL, UNTRAINED):
            continue
        kind = condition.split()[0]
        rounding = {"tile.dac.rounding"} if condition.endswith("stochastic") else set()
        assert changed(path, own, overrides) == groups[kind] | rounding
        seen.add(kind)
    assert seen == set(groups)


def test_adapters_train_beside_a_base_of_their_own_seed(tmp_path):
    few = ("run.samples=60",)
    found = swept("adapters", "few", few, 3, short=False).work(Results(), lambda share: None)
    write_base(tmp_path, 3)
    keys = (*few, "run.seed=3", f"network.start={str(tmp_path)!r}")
    training = Training(read_design(design_path("adapter-digits"), keys))
    training.run()
    assert found["accuracy"] == 100.0 * training.metrics[-1].accuracy
