"""A client writes, trains and reads back a board whose stages have several arrays."""

from typing import Any

import numpy as np
import pytest

from models.device.array import to_grid
from models.number import code_limit, saturate
from rtl.cosim.array import starting_array
from sim.reference import Reference
from tests.contract.test_board import SMALL, Bench
from tests.models.packed import images

#: Rules of several arrays a stage, which transfer something after every update.
SEVERAL: dict[str, dict[str, Any]] = {
    "summed": {"name": "tiki-taka", "gamma": 0.5, "lr": 2.0, "transfer_lr": 8.0},
    "counted": {"name": "tiki-taka-2", "lr": 2.0, "transfer_lr": 8.0, "transfer_bl": 2},
}


def several(rule: str) -> Bench:
    return Bench(tables=SMALL | {"algorithm": SEVERAL[rule], "run": {"samples": 5}})


def see_arrays(bench: Bench) -> None:
    """Read each array of the stage alone, and compare it with what its weights are in codes."""
    (array,) = bench.arrays
    bar = array.crossbar
    codes = saturate(
        np.rint(code_limit(6) * bar.arrays.astype(float) / bar.adc_lsb),
        code_limit(bar.config.tile.adc.bits),
    )
    assert len({own.tobytes() for own in codes}) == len(bar.arrays) == 2
    for number, own in enumerate(codes):
        np.testing.assert_array_equal(bench.machine.read_codes(0, number), own)
    wanted = codes * (bar.adc_lsb / code_limit(6))
    np.testing.assert_array_equal(bench.machine.read_weights(0), wanted)


def test_a_host_writes_and_reads_each_array_and_they_train_as_the_model_s() -> None:
    bench, rng = several("summed"), np.random.default_rng(3)
    (layer,) = bench.reference.memory.layers
    bar = layer.crossbar
    bar.states[...] = to_grid(
        rng.uniform(-0.3, 0.3, bar.states.shape).astype(np.float32), bar.devices.exponent
    )
    bar.weights[...] = bar.cell.combine(bar.states)
    before = bar.states.copy()
    bench.machine.identify()
    bench.machine.write_weights(0, bar.arrays)
    (array,) = bench.arrays
    np.testing.assert_array_equal(array.weights, before)
    np.testing.assert_array_equal(array.crossbar.weights, bar.weights)
    see_arrays(bench)
    bench.train()
    assert all((own != then).any() for own, then in zip(array.weights, before, strict=True))
    see_arrays(bench)


@pytest.mark.parametrize("rule", SEVERAL)
def test_several_arrays_train_again_after_a_reset_as_at_first(rule: str) -> None:
    """What a rule has collected, where its transfers stood and their registers begin anew."""
    bench = several(rule)
    for _ in range(2):
        bench.prepare()
        bench.train()
        (array,) = bench.arrays
        assert all(own.any() for own in array.weights - starting_array(bench.design, 0).weights)
        bench.machine.reset()
        bench.reference = Reference(bench.design, data=images(2, 3))
