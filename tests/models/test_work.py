"""Digital work of learning rules against the table of Rasch et al., Nat. Commun. 15:7133, 2024."""

import pytest

from models.design import make_design
from models.tile import grid_config
from models.work import digital_storage, digital_work

N, EVERY, UPDATES = 512, 2, 1000


def layer_of(name: str, **keys):
    layer = {"inputs": N, "outputs": N, "activation": "linear"}
    raw = {"layer": [layer], "tile": {"rows": N, "columns": N}}
    profile = {"run": {"profile": "behavioural"}} if name == "digital-sgd" else {}
    design = make_design(raw | profile | {"algorithm": {"name": name, **keys}})
    return grid_config(design, 0), design.arrangement


def total(name: str, **keys):
    return digital_work(*layer_of(name, **keys), UPDATES)


@pytest.mark.parametrize(
    ("name", "operations", "bits"),
    [
        ("tiki-taka-2", 2 * N + 2 * N / EVERY, 16 * N / EVERY),
        ("chopped-tiki-taka-2", 2 * N + 2 * N / EVERY, 18 * N / EVERY),
        ("agad", 2 * N + 6 * N / EVERY, 50 * N / EVERY),
    ],
)
def test_an_update_and_its_share_of_a_transfer_cost_what_the_table_says(name, operations, bits):
    found = total(name, transfer_every=EVERY)
    assert found == (UPDATES * operations, UPDATES * bits)


def test_in_memory_sgd_costs_two_operations_a_line_pair():
    assert total("analog-sgd") == (UPDATES * 2 * N, 0)


def test_mixed_precision_multiplies_and_adds_for_every_device():
    assert total("mixed-precision").operations == UPDATES * (2 * N * N + N)


def test_transfers_of_several_columns_and_tiles_add_up():
    one = total("tiki-taka-2", transfer_every=EVERY)
    four = total("tiki-taka-2", transfer_every=EVERY, transfer_columns=4)
    assert four.bits == 4 * one.bits


def test_a_sum_of_mixed_precision_passes_memory_once_for_all_updates_between_two_visits():
    batch = 100
    found = total("mixed-precision", transfer_every=batch, transfer_columns=N)
    assert found.bits * batch == UPDATES * 16 * N * N


def test_several_tiles_cost_the_vectors_of_in_memory_sgd_alone():
    assert total("multi-tile", transfer_every=EVERY) == (UPDATES * 2 * N, 0)


@pytest.mark.parametrize(
    ("name", "keys", "numbers"),
    [
        ("analog-sgd", {}, 2 * N),
        ("multi-tile", {}, 2 * N),
        ("tiki-taka", {}, 2 * N),
        ("tiki-taka-2", {}, N * N + 2 * N),
        ("chopped-tiki-taka-2", {}, N * N + 2 * N),
        ("agad", {}, 3 * N * N + 2 * N),
        ("mixed-precision", {"transfer_every": 100, "transfer_columns": N}, N * N + 200 * N),
    ],
)
def test_the_digital_units_store_what_the_tables_say(name, keys, numbers):
    """Bytes of 8-bit numbers: Rasch et al., Table 1; Li et al., arXiv 2510.02516."""
    assert digital_storage(*layer_of(name, **keys)) == numbers
