"""A host writes weights through the tile controller, and reads them back."""

from collections.abc import Iterator

import numpy as np
import pytest

from models.crossbar import Crossbar
from models.device.section import Device
from models.number import code_limit, saturate
from models.programming import weight_digits
from models.schedule import Op
from models.section import Adc, Dac, Tile, Timing
from models.starting import make_crossbar
from models.tile import TileConfig
from rtl.cosim.array import CrossbarArray
from rtl.cosim.packing import Vector
from tests.bench import Command
from tests.contract.simulation import simulate


def bar(bits: int, omega: float) -> Crossbar:
    tile = Tile(dac=Dac(bits=bits), adc=Adc(bits=14), output_noise=0.0)
    timing = Timing(forward_cycles=2, program_row_cycles=11)
    device = Device(w_max_dtod=0.3, w_min_dtod=0.3)
    return make_crossbar(TileConfig(3, 4, tile, timing, seed=5), device, omega, 1.0)


def command(op: Op, x: Vector, d: Vector, number: int = 0) -> Command:
    return Command(op, 0, x, d, 0, 0, number, 0)


def writing(wanted: Crossbar) -> Iterator[Command]:
    """Yield what writes all weights of a tile, row after row, digit after digit."""
    bits = wanted.config.tile.dac.bits
    digits = weight_digits(wanted.weights, wanted.devices.exponent, bits)
    for row, one in enumerate(np.eye(wanted.config.rows, dtype=np.int64)):
        for number, codes in enumerate(digits[:, row]):
            yield command(Op.PROGRAM, one, codes, number)


@pytest.mark.parametrize("bits", [3, 7, 12])
def test_written_weights_are_exact_and_read_back_as_the_adc_sees_them(bits: int) -> None:
    wanted, found = bar(bits, 0.5), bar(bits, 0.01)
    assert (wanted.weights != found.weights).all()
    limit, rail = code_limit(bits), code_limit(14)
    rows, nothing = limit * np.eye(3, dtype=np.int64), np.zeros(4, np.int64)
    commands = [*writing(wanted), *(command(Op.READ, row, nothing) for row in rows)]
    seen = simulate(wanted.config, commands, 600, array=CrossbarArray(found))
    np.testing.assert_array_equal(found.weights, wanted.weights)
    assert [result.op for result in seen.account.results] == [Op.READ] * 3
    for row, result in enumerate(seen.account.results):
        sums = limit * wanted.weights[row].astype(float)
        codes = saturate(np.rint(sums / wanted.adc_lsb), rail)
        assert list(result.y) == codes.tolist()
        assert result.exponent == 0


def test_the_digits_of_a_row_share_its_cycles() -> None:
    wanted = bar(7, 0.5)
    seen = simulate(wanted.config, list(writing(wanted)), 100, array=CrossbarArray(bar(7, 0.1)))
    goes = [go.cycle for go in seen.account.goes]
    assert len(goes) == 12
    assert np.diff(goes).tolist() == [3] * 11
