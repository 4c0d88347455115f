"""Seeds of a tile: keyed, kept apart, refused where there are too few states."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.design import make_design
from models.error import DesignError
from models.key import fold
from models.lfsr import LfsrBank
from models.network import make_network
from models.section import Tile
from models.seed import COLUMNS, ROWS, check_seeds, draw_seeds
from models.tile import TileConfig
from models.update import Update
from tests.models.packed import images
from tests.models.properties import PROPERTY, seeds

sharings = st.sampled_from(["side", "line"])


def config(rows: int, columns: int, seed: int = 0, **keys) -> TileConfig:
    return TileConfig(rows, columns, Tile(update=Update.model_validate(keys)), index=2, seed=seed)


def keyed(config: TileConfig, side: int, lines: int) -> tuple[int, ...]:
    mask = (1 << config.tile.update.lfsr_bits) - 1
    return tuple((fold(config.seed, 2, side, line) & mask) or 1 for line in range(lines))


@PROPERTY
@given(seeds, sharings)
def test_seeds_of_long_registers_are_the_parts_of_their_keys(seed, sharing):
    one = config(12, 9, seed, lfsr_sharing=sharing)
    shared = sharing == "side"
    found = draw_seeds(one)
    assert found.rows == keyed(one, ROWS, 1 if shared else 12)
    assert found.columns == keyed(one, COLUMNS, 1 if shared else 9)
    assert (found.shift, found.depth) == (0, 5)


def related(row: np.ndarray, column: np.ndarray, bits: int, depth: int) -> bool:
    """Whether a parity of the first i bits of one equals one of the first j bits of the other."""
    for i in range(1, depth):
        for p in range(1, 1 << i):
            for q in range(1, 1 << (depth - i)):
                left = np.bitwise_count(row & (p << (bits - i))) & 1
                right = np.bitwise_count(column & (q << (bits - depth + i))) & 1
                if (left == right).all():
                    return True
    return False


@pytest.mark.parametrize("sharing", ["side", "line"])
@pytest.mark.parametrize("seed", range(4))
def test_no_row_and_column_are_related_within_the_depth(sharing, seed):
    """Over a whole period of 511 states; seeds as keyed would be in most of these cases."""
    one = config(5, 4, seed, bl=1, lfsr_bits=9, comparator_bits=6, lfsr_sharing=sharing)
    found = draw_seeds(one)
    assert found.depth == 5
    x, d = (
        np.array([LfsrBank(one, side).numbers(k, 1)[0] for k in range(511)])
        for side in (ROWS, COLUMNS)
    )
    for i in range(5):
        for j in range(4):
            assert not related(x[:, i], d[:, j], 6, 5)


def test_columns_that_would_come_near_look_ahead_or_draw_again():
    shared = config(5, 4, 1, lfsr_bits=9, comparator_bits=6)
    assert draw_seeds(shared).shift > 0
    assert LfsrBank(shared, COLUMNS).phase(0) == draw_seeds(shared).shift
    assert LfsrBank(shared, ROWS).phase(0) == 0
    own = config(9, 9, 3, lfsr_bits=9, comparator_bits=6, lfsr_sharing="line")
    assert draw_seeds(own).columns != keyed(own, COLUMNS, 9)


@pytest.mark.parametrize("sharing", ["side", "line"])
def test_too_few_states_are_refused_in_one_sentence(sharing):
    one = config(200, 200, lfsr_bits=8, comparator_bits=8, lfsr_sharing=sharing)
    assert draw_seeds(one).depth == 0
    with pytest.raises(DesignError) as error:
        check_seeds(one)
    assert str(error.value) == (
        "tile.update.lfsr_bits: registers of 8 bits have too few states for the 200 rows and 200 "
        "columns of layer 2: some would see each other's numbers"
    )
    random = one.tile.update.model_copy(update={"pulse_type": "random"})
    check_seeds(replace(one, tile=Tile(update=random)))


def test_a_network_with_too_short_registers_is_refused():
    raw = {
        "layer": [{"inputs": 64, "outputs": 64}],
        "tile": {"update": {"lfsr_bits": 8, "comparator_bits": 8}},
    }
    with pytest.raises(DesignError, match=r"^tile\.update\.lfsr_bits: registers of 8 bits"):
        make_network(make_design(raw), images(64, 64), 10)
