"""The tile controller against `models`: words, codes and cycles over random configurations."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from models.schedule import Op
from models.section import Adc, Dac, Tile, Timing
from models.tile import TileConfig
from models.update import Update
from tests.bench import Command, Expectation, random_commands
from tests.contract.array import IntegerArray
from tests.contract.simulation import Recorder, simulate

OPS = 24


def random_config(seed: int) -> TileConfig:
    """Return a tile of 1 to 8 lines a side with everything else drawn too."""
    rng = np.random.default_rng(seed)

    def one(*values: Any) -> Any:
        return values[int(rng.integers(len(values)))]

    lfsr_bits = int(rng.integers(8, 33))
    update = Update(
        bl=int(one(1, 2, 3, 5, 8, 16, int(rng.integers(1, 64)))),
        slots=one("built", "used"),
        phases=one(1, 2, 4),
        lfsr_bits=lfsr_bits,
        lfsr_sharing=one("side", "line"),
        comparator_bits=int(rng.integers(4, min(lfsr_bits, 16) + 1)),
        steps_per_slot=int(one(1, 2, 8, 13)),
        update_bl_management=one(True, True, False),
    )
    tile = Tile(
        digital_bits=int(one(8, 12, 16)),
        dac=Dac(bits=int(rng.integers(2, 11)), drive="bit-serial"),
        adc=Adc(bits=int(rng.integers(2, 13)), count=one(None, 1, 3)),
        update=update,
    )
    shortest = {"forward_cycles": 2, "backward_cycles": 2, "load_cycles": 0}
    timing = one(
        Timing(**shortest, pulse_cycles=1),
        Timing(**shortest, pulse_cycles=2),
        Timing(),
        Timing(forward_cycles=9, load_cycles=2, pulse_cycles=3),
        Timing(forward_cycles=2, backward_cycles=2, update_cycles=7),
        Timing(load_cycles=1, pulse_cycles=2, row_by_row=True, program_row_cycles=50),
    )
    rows, columns, index = (int(rng.integers(low, high)) for low, high in ((1, 9), (1, 9), (0, 99)))
    return TileConfig(rows, columns, tile, timing, index, seed)


def always(cycle: int) -> bool:
    return True


def never(clock: int) -> bool:
    return False


def sometimes(seed: int, share: float) -> Callable[[int], bool]:
    """Return a fixed random pattern that is true in `share` of all cycles."""
    pattern = np.random.default_rng(seed).random(4096) < share
    return lambda cycle: bool(pattern[cycle % 4096])


def run(
    config: TileConfig,
    commands: list[Command],
    ready: Callable[[int], bool] = always,
    stalled: Callable[[int], bool] = never,
) -> tuple[Expectation, Recorder]:
    expected = Expectation(config, IntegerArray(config), ready)
    account = expected.extend(commands)
    last = max(expected.free, account.results[-1].cycle if account.results else 0)
    return expected, simulate(config, commands, last + 8, ready, stalled)


def compare(expected: Expectation, seen: Recorder) -> None:
    """Assert that both accounts are equal: words, codes and cycles."""
    assert seen.account.accepted == expected.account.accepted
    assert seen.account.goes == expected.account.goes
    assert seen.account.results == expected.account.results
    assert seen.faults == []
    np.testing.assert_array_equal(seen.responder.array.weights, expected.array.weights)


@pytest.mark.parametrize("seed", range(40))
def test_words_codes_and_cycles_equal_the_models(seed: int) -> None:
    config = random_config(seed)
    rng = np.random.default_rng(1000 + seed)
    gaps = [(0,), (0, 0, 1, 2, 30)][seed % 2]
    compare(*run(config, random_commands(config, OPS, gaps, rng)))


@pytest.mark.parametrize("seed", range(100, 120))
def test_back_pressure_moves_only_the_reads_that_have_no_place(seed: int) -> None:
    config = random_config(seed)
    rng = np.random.default_rng(1000 + seed)
    commands = random_commands(config, OPS, (0, 0, 0, 3), rng)
    compare(*run(config, commands, ready=sometimes(seed, (0.7, 0.3, 0.08)[seed % 3])))


@pytest.mark.parametrize("seed", range(200, 220))
def test_stalls_change_wall_clocks_but_no_architectural_cycle(seed: int) -> None:
    config = random_config(seed)
    rng = np.random.default_rng(1000 + seed)
    commands = random_commands(config, OPS, (0, 0, 1, 9), rng)
    stalled = sometimes(seed + 1, (0.1, 0.5)[seed % 2])
    ready = sometimes(seed, 0.6)
    expected, seen = run(config, commands, ready, stalled)
    compare(expected, seen)
    stalls = sum(stalled(clock) for clock in range(seen.clock))
    assert stalls > 0
    assert seen.clock == seen.cycle + stalls


@pytest.mark.parametrize("seed", range(300, 312))
def test_a_host_writes_and_reads_between_all_other_ops(seed: int) -> None:
    config = random_config(seed)
    rng = np.random.default_rng(1000 + seed)
    ops = (Op.FORWARD, Op.BACKWARD, Op.UPDATE, Op.PROGRAM, Op.PROGRAM, Op.READ, Op.READ)
    commands = random_commands(config, OPS, (0, 0, 3), rng, ops)
    compare(*run(config, commands, sometimes(seed, 0.6), sometimes(seed + 1, 0.2)))
