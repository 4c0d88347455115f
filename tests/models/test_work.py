"""Digital work of learning rules against the table of Rasch et al., Nat. Commun. 15:7133, 2024."""

import pytest

from models.design import make_design
from models.tile import grid_config
from models.work import digital_work

N, EVERY, UPDATES = 512, 2, 1000


def total(name: str, **keys):
    layer = {"inputs": N, "outputs": N, "activation": "linear"}
    raw = {"layer": [layer], "tile": {"rows": N, "columns": N}}
    profile = {"run": {"profile": "behavioural"}} if name == "digital-sgd" else {}
    design = make_design(raw | profile | {"algorithm": {"name": name, **keys}})
    return digital_work(grid_config(design, 0), design.arrangement, UPDATES)


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
