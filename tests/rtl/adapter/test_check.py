import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from models.design import read_design
from models.error import DesignError
from models.section import Adc, Dac, Tile, Timing
from models.tile import TileConfig, tile_config
from models.update import Update
from rtl.adapter.array import adapter_for
from rtl.adapter.check import check_adapter
from tests.models.properties import PROPERTY
from tests.rtl.adapter.designs import adapted

#: The steps of a read of `TILE`: 0 to load, 6 to drive, 1 to settle, 11 to convert.
FITTING = {"load_cycles": 0, "adc_cycles": 11}
TILE = Tile(update=Update(bl=8))


def refusal(tile: Tile = TILE, **timing: object) -> str:
    config = TileConfig(5, 4, tile, Timing.model_validate(FITTING | timing))
    with pytest.raises(DesignError) as error:
        adapter_for(config)
    return str(error.value)


def test_what_fits_exactly_is_built() -> None:
    exact = {"forward_cycles": 18, "backward_cycles": 18, "update_cycles": 8}
    timing = Timing.model_validate(FITTING | exact)
    check_adapter(TileConfig(5, 4, TILE, timing))


def test_the_default_design_needs_one_key() -> None:
    with pytest.raises(DesignError, match=re.escape("timing.adc_cycles: a conversion of 9 bits")):
        check_adapter(tile_config(read_design(), 0))
    check_adapter(tile_config(read_design(None, ("timing.adc_cycles=11",)), 0))


#: What is too short, and what is said of it.
TOO_FEW = {
    ("adc_cycles", 10): (
        "a conversion of 9 bits by successive approximation takes 11 cycles at least, not 10"
    ),
    ("forward_cycles", 17): (
        "17 cycles are too few for a read that loads, drives, settles and converts 4 outputs in 18"
    ),
    ("backward_cycles", 3): (
        "3 cycles are too few for a read that loads, drives, settles and converts 5 outputs in 18"
    ),
    ("update_cycles", 7): (
        "7 cycles are too few for an update in 1 sign phase that loads and pulses in 8"
    ),
}


@pytest.mark.parametrize(("key", "value"), TOO_FEW)
def test_too_few_cycles_are_refused(key: str, value: int) -> None:
    assert refusal(**{key: value}) == f"timing.{key}: {TOO_FEW[key, value]}"


def test_the_phases_of_an_update_share_its_cycles() -> None:
    tile = Tile(update=Update(bl=8, phases=4))
    assert refusal(tile, update_cycles=39, load_cycles=2) == (
        "timing.update_cycles: 39 cycles are too few for an update in 4 sign phases, the first of "
        "which loads and pulses in 10"
    )


def test_rows_that_follow_one_another_need_their_cycles() -> None:
    assert refusal(update_cycles=39, row_by_row=True).endswith("loads and pulses in 40")


def test_converters_of_another_kind_are_refused() -> None:
    assert refusal(Tile(adc=Adc(bank=(0,)))) == (
        "tile.adc.bank: the adapters of a tile have converters of their own; leave it out"
    )
    assert refusal(Tile(adc=Adc(lower=0.5))) == (
        "tile.adc.lower: successive approximation has symmetric rails, 1.0, not 0.5"
    )


@settings(PROPERTY, max_examples=60)
@given(adapted())
def test_one_cycle_less_than_enough_is_refused(config: TileConfig) -> None:
    """Whatever a design gives as constants, and what they are when they just fit."""
    check_adapter(config)
    short = config.timing.model_copy(update={"adc_cycles": config.tile.adc.bits + 1})
    with pytest.raises(DesignError, match=r"^timing\.adc_cycles"):
        check_adapter(replace(config, timing=short))


def test_a_wide_pulse_needs_as_many_cycles_as_its_largest_code() -> None:
    tile = Tile(dac=Dac(bits=5, drive="pulse-width"))
    assert refusal(tile, forward_cycles=26) == (
        "timing.forward_cycles: 26 cycles are too few for a read that loads, drives, settles and "
        "converts 4 outputs in 27"
    )
