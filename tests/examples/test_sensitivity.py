"""The study of noise, spread and converters changes what it says, and nothing of the base."""

import pytest

from examples import sensitivity
from examples.sensitivity import DIGITAL, NETWORKS, cell, conditions, start, write_bases
from models.design import design_tables, read_design


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
    path, own = NETWORKS[name]
    groups = {
        "as": set(),
        "cycle-to-cycle": {"device.dw_min_std"},
        "device-to-device": {"device.dw_min_dtod", "device.w_max_dtod", "device.w_min_dtod"},
        "DAC": {"tile.dac.bits"},
        "ADC": {"tile.adc.bits"},
    }
    seen = set()
    for condition, overrides in conditions():
        kind = condition.split()[0]
        rounding = {"tile.dac.rounding"} if condition.endswith("stochastic") else set()
        assert changed(path, own, overrides) == groups[kind] | rounding
        seen.add(kind)
    assert seen == set(groups)


def test_adapters_alone_start_from_a_base(tmp_path):
    for name in NETWORKS:
        wanted = (f"network.start={str(tmp_path / '3')!r}",) if "adapters" in name else ()
        assert start(name, tmp_path, 3) == wanted


def test_a_cell_is_mean_and_deviation_over_the_seeds(tmp_path, monkeypatch):
    monkeypatch.setattr(sensitivity, "SEEDS", range(2))
    write_bases(tmp_path)
    monkeypatch.setitem(NETWORKS, "adapters", (NETWORKS["adapters"][0], ("run.samples=60",)))
    found = [
        sensitivity.accuracy(
            NETWORKS["adapters"][0],
            (*DIGITAL, "run.samples=60", *start("adapters", tmp_path, seed)),
            seed,
        )
        for seed in range(2)
    ]
    spread = abs(found[0] - found[1]) / 2**0.5
    assert cell("adapters", DIGITAL, tmp_path) == f"{sum(found) / 2:5.1f} +-{spread:4.1f}"
