"""Counts of reads, updates and transfers against sums written out vector by vector."""

import pytest

from models.design import make_design
from models.energy.activity import Ops, Pulses, Reads, activity, arrays_read, devices_pulsed
from models.tile import grid_config
from models.timing import update_cycles

LAYERS = [{"inputs": 30, "outputs": 20}, {"inputs": 20, "outputs": 7}]
SMALL = {"rows": 12, "columns": 8}


def made(**tables):
    return make_design({"layer": LAYERS, "tile": SMALL, **tables})


def grids(design):
    return [grid_config(design, stage) for stage in range(design.stages)]


def counted(design, total, **keys):
    return activity(design, grids(design), total, **keys)


def tiles(design, stage):
    return [(tile.rows, tile.columns) for tile in grids(design)[stage].flat]


def test_every_tile_of_a_layer_reads_and_updates_every_vector():
    design, total = made(), 50
    found = counted(design, total)
    every = tiles(design, 0) + tiles(design, 1)
    assert len(every) == 3 * 3 + 2
    assert found.forward == Reads(
        total * len(every),
        total * sum(rows * columns for rows, columns in every),
        total * sum(rows for rows, _ in every),
        total * sum(columns for _, columns in every),
    )
    assert found.updates == total * len(every)
    assert (found.lines, found.transfers) == (Reads(), 0)
    assert found.link_bits == 2 * total * 20 * design.tile.digital_bits


def test_b_swaps_the_sides_and_counts_at_the_first_stage_only_if_it_is_run():
    total = 50
    second = tiles(made(), 1)
    found = counted(made(), total).backward
    assert found.tiles == total * len(second)
    assert found.inputs == total * sum(columns for _, columns in second)
    assert found.outputs == total * sum(rows for rows, _ in second)
    both = counted(made(schedule={"name": "async", "first_stage_backward": True}), total)
    assert both.backward.tiles == both.forward.tiles
    assert both.backward.inputs == both.forward.outputs


def test_ops_are_counted_stage_by_stage():
    rule = {"name": "tiki-taka-2", "transfer_every": 5}
    found = counted(made(algorithm=rule), 50)
    first, second = len(tiles(made(), 0)), len(tiles(made(), 1))
    assert found.ops == (
        Ops(50 * first, 0, 50 * first, 10 * first),
        Ops(50 * second, 50 * second, 50 * second, 10 * second),
    )


def test_places_of_a_window_are_vectors():
    conv = {"kind": "conv", "channels": 1, "height": 8, "width": 8, "filters": 4, "kernel": 3}
    design = make_design({"layer": [conv, {"inputs": 4 * 36, "outputs": 10}]})
    found = counted(design, 5)
    assert found.forward.tiles == 5 * (36 + 1)
    assert found.backward.tiles == 5
    assert found.updates == 5 * (36 + 1)


def test_repeated_reads_count():
    design = made()
    number = sum(len(grid.flat) for grid in grids(design))
    retries = [(place, 2 * place) for place in range(number)]
    plain, found = counted(design, 9), counted(design, 9, retries=retries)
    assert found.forward.tiles - plain.forward.tiles == sum(range(number))
    last = len(tiles(design, 1))
    assert found.backward.tiles - plain.backward.tiles == 2 * sum(range(number)[-last:])
    assert found.updates == plain.updates


@pytest.mark.parametrize("every", [1, 3])
def test_a_transfer_reads_and_writes_its_lines_on_every_tile(every):
    rule = {"name": "tiki-taka-2", "transfer_every": every, "transfer_columns": 2}
    design, total = made(algorithm=rule), 50
    found, parts = counted(design, total), tiles(design, 0) + tiles(design, 1)
    lines = total // every * 2
    width = sum(columns for _, columns in parts)
    assert found.lines == Reads(
        lines * len(parts), lines * width, lines * len(parts), lines * width
    )
    assert found.transfers == lines * len(parts)


def test_all_arrays_of_a_replicated_gradient_are_read_for_a_line():
    rule = {"name": "batched-agad", "replicas": 3, "version": 2, "transfer_every": 1}
    schedule = {"name": "fill-drain", "N": 6}
    design = made(algorithm=rule, schedule=schedule)
    found = counted(design, 12)
    parts = tiles(design, 0) + tiles(design, 1)
    assert (found.lines.tiles, found.transfers) == (3 * 12 * len(parts), 12 * len(parts))


@pytest.mark.parametrize(
    ("tables", "read", "pulsed"),
    [
        ({}, 1, 1),
        ({"algorithm": {"name": "tiki-taka"}}, 1, 1),
        ({"algorithm": {"name": "residual"}}, 2, 1),
        ({"algorithm": {"name": "multi-tile", "tiles": 5}}, 5, 1),
        ({"device": {"cell": {"kind": "pair"}}}, 2, 1),
        ({"device": {"cell": {"kind": "vector", "devices": 3}}}, 3, 3),
        ({"device": {"cell": {"kind": "vector", "devices": 3, "policy": "sequential"}}}, 3, 1),
    ],
)
def test_a_read_passes_the_arrays_that_are_in_the_weight_and_all_devices_of_a_cell(
    tables, read, pulsed
):
    design = made(**tables)
    assert (arrays_read(design), devices_pulsed(design)) == (read, pulsed)
    found = counted(design, 1).forward.devices
    assert found == read * counted(made(), 1).forward.devices


def test_mixed_precision_writes_but_does_not_read_or_update():
    found = counted(made(algorithm={"name": "mixed-precision"}), 20)
    assert (found.lines, found.updates, found.line_cycles) == (Reads(), 0, 0)
    assert found.transfers == 20 * len(tiles(made(), 0) + tiles(made(), 1))
    assert found.operations > 20 * 2 * (30 * 20 + 20 * 7)


def test_digital_weights_have_no_array():
    found = counted(made(algorithm={"name": "digital-sgd"}), 20)
    assert (found.forward, found.backward, found.updates) == (Reads(), Reads(), 0)
    assert found.operations > 0


def test_lines_are_powered_for_the_cycles_of_u():
    design = made()
    parts = [tile for grid in grids(design) for tile in grid.flat]
    cycles = sum((tile.rows + tile.columns) * update_cycles(tile) for tile in parts)
    assert counted(design, 10).line_cycles == 10 * cycles


def test_lines_are_powered_for_the_slots_that_were_used_where_an_update_ends_with_them():
    timing = {"load_cycles": 2, "pulse_cycles": 3}
    tile = {**SMALL, "update": {"slots": "used", "phases": 2}}
    design = made(tile=tile, timing=timing)
    pulses = Pulses(slots=(40, 11))
    lines = [sum(rows + columns for rows, columns in tiles(design, m)) for m in (0, 1)]
    expected = sum(
        count * (10 * 2 + 2 * 3 * slots) for count, slots in zip(lines, (40, 11), strict=True)
    )
    assert counted(design, 10, pulses=pulses).line_cycles == expected
    built = made(tile=SMALL, timing=timing)
    assert counted(built, 10, pulses=pulses).line_cycles == counted(built, 10).line_cycles
