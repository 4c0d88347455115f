"""Times and operations of an update as Rasch et al. (2024) and Li et al. (2025) print them.

Rasch et al., Nat. Commun. 15:7133, Table 1 and Methods: N = 512, n_s = 2, l_avg = 5, t_MVM = 40 ns,
t_pulse = 5 ns, 0.7 TFLOPS for 4 arrays, B = 100. Li et al., arXiv 2510.02516, tables 5 and 7.
"""

from fractions import Fraction

import pytest

from models.design import make_design
from models.tile import TileConfig, grid_config, tile_config
from models.update_time import update_operations, update_time
from models.work import digital_work

N, L_AVG, B = 512, 5, 100


def made(name: str, rows: int = N, columns: int = N, **keys):
    layer = {"inputs": rows, "outputs": columns, "activation": "linear"}
    tile = {"rows": rows, "columns": columns}
    raw = {"layer": [layer], "tile": tile, "run": {"profile": "behavioural"}}
    return make_design(raw | {"algorithm": {"name": name, **keys}})


def nanoseconds(design, slots: float = L_AVG, **keys) -> float:
    config = tile_config(design, 0)
    found = update_time(config, design.arrangement, slots, **keys)
    return found.cycles * 1e9 / config.timing.clock_hz


#: Printed time in ns of each rule; one column is transferred every second update.
TABLE_1 = {
    "tiki-taka-2": 56.3,
    "chopped-tiki-taka-2": 56.3,
    "agad": 62.1,
}


@pytest.mark.parametrize("name", TABLE_1)
def test_a_buffered_rule_takes_the_printed_time(name):
    assert round(nanoseconds(made(name, transfer_every=2)), 1) == TABLE_1[name]


def test_in_memory_sgd_takes_the_printed_time():
    assert round(nanoseconds(made("analog-sgd")), 1) == 30.9


def test_agad_with_rare_transfers_and_one_pulse_takes_17_1_ns_175_times_less():
    found = nanoseconds(made("agad", transfer_every=10), slots=1)
    assert round(found, 1) == 17.1
    assert 3024.5 / found > 175


def test_mixed_precision_has_the_printed_operations_and_the_printed_analog_time():
    """They are of two machines: one column a sample is digested, N / B columns are written."""
    slow = made("mixed-precision", transfer_every=1, transfer_columns=1)
    fast = made("mixed-precision", transfer_every=B, transfer_columns=N)
    operations = update_operations(tile_config(slow, 0), slow.arrangement)
    analog = update_time(tile_config(fast, 0), fast.arrangement, L_AVG).analog_cycles
    assert operations == 2 * N * N + N
    assert analog == pytest.approx(N / B * 5)
    assert round(analog + float(operations) / 175, 1) == 3024.5
    assert round(nanoseconds(fast), 1) == 3036.5


def tiles_time(tiles: int, lines: int = N) -> float:
    design = made("multi-tile", tiles=tiles, transfer_every=2, transfer_ratio=2)
    config = TileConfig(lines, lines, design.tile, design.timing)
    return update_time(config, design.arrangement, L_AVG).cycles


def of_infinitely_many_tiles(lines: int = N) -> float:
    """What a tile more adds is half of what the one before it added."""
    return 2 * tiles_time(16, lines) - tiles_time(15, lines)


def test_infinitely_many_tiles_take_the_printed_time_and_few_take_less():
    """l_avg t_p n_s / (n_s - 1) + t_M / (n_s - 1), and 2 N operations."""
    assert round(of_infinitely_many_tiles(), 1) == 95.9
    assert of_infinitely_many_tiles() == pytest.approx(25 * 2 + 40 + 2 * N / 175)
    assert tiles_time(2) == pytest.approx(25 + 65 / 2 + 2 * N / 175)
    times = [tiles_time(tiles) for tiles in range(2, 17)]
    assert times == sorted(times)
    assert times[-1] < of_infinitely_many_tiles()


def test_phases_one_after_another_add_their_pulses():
    design = made("tiki-taka-2", transfer_every=2)
    assert nanoseconds(design, phases=2) == pytest.approx(nanoseconds(design) + 25)


def test_two_operations_a_line_pair_take_5_9_ns_and_mixed_precision_3_us():
    sgd = made("analog-sgd")
    found = update_time(tile_config(sgd, 0), sgd.arrangement, L_AVG)
    assert (found.operations, round(found.digital_cycles, 1)) == (2 * N, 5.9)
    mixed = made("mixed-precision")
    found = update_time(tile_config(mixed, 0), mixed.arrangement, L_AVG)
    assert round(found.digital_cycles / 1000, 1) == 3.0


def test_without_a_rate_digital_work_is_hidden():
    design = made("agad", transfer_every=2)
    timing = design.timing.model_copy(update={"digital_rate": None})
    config = tile_config(design.model_copy(update={"timing": timing}), 0)
    found = update_time(config, design.arrangement, L_AVG)
    assert found.cycles == found.analog_cycles == 25 + 45 / 2


@pytest.mark.parametrize("every", [1, 3, 10])
@pytest.mark.parametrize("name", ["agad", "tiki-taka", "multi-tile", "mixed-precision"])
def test_the_mean_is_that_of_many_updates(name, every):
    design = made(name, 24, 16, transfer_every=every)
    updates = 30 * 5**3
    work = digital_work(grid_config(design, 0), design.arrangement, updates)
    mean = update_operations(tile_config(design, 0), design.arrangement)
    assert mean == Fraction(work.operations, updates)


#: Table 7: ns of Tiki-Taka 2, analog SGD and several tiles, of layers with N inputs and outputs.
TABLE_7 = {512: (56.3, 30.9, 95.9), 4608: (126.5, 77.7, 142.7)}


@pytest.mark.parametrize("lines", TABLE_7)
def test_larger_networks_take_the_printed_time_with_vectors_of_their_longest_input(lines):
    """LeNet-5 and ResNet-18."""
    found = []
    for design in (made("tiki-taka-2", transfer_every=2), made("analog-sgd")):
        config = TileConfig(lines, lines, design.tile, design.timing)
        found.append(update_time(config, design.arrangement, L_AVG).cycles)
    found.append(of_infinitely_many_tiles(lines))
    assert tuple(round(time, 1) for time in found) == TABLE_7[lines]


@pytest.mark.parametrize(
    ("outputs", "inputs", "batch", "printed"), [(128, 512, 8, 457.4), (512, 4608, 128, 13528)]
)
def test_table_7_counts_a_multiplication_with_its_addition_as_one_operation(
    outputs, inputs, batch, printed
):
    """D1 D2 + D2 operations; table 5 counts 2 D1 D2 + D2, as we do. D1 / B rows are written."""
    design = made("mixed-precision")
    config = TileConfig(outputs, inputs, design.tile, design.timing)
    ours = update_operations(config, design.arrangement)
    assert ours == 2 * outputs * inputs + inputs
    single = ours - outputs * inputs
    every = made("mixed-precision", transfer_every=batch, transfer_columns=outputs)
    analog = update_time(config, every.arrangement, L_AVG).analog_cycles
    assert analog == outputs / batch * 5
    assert round(float(single) / 175 + analog, 1 if printed < 1000 else 0) == printed
