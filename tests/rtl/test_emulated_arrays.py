"""Several emulated arrays behind one port against those of the models: reads, writes, transfers."""

from typing import Any

import numpy as np
import pytest
from amaranth.sim import SimulatorContext

from models.error import DesignError
from models.number import code_limit
from models.programming import ALONE, digit_number
from models.schedule import Op
from models.timing import forward_cycles, update_cycles
from rtl.cosim.array import answer, starting_array
from rtl.cosim.packing import pack
from rtl.emulated import emulated_accelerator
from tests.rtl.simulator import run
from tests.rtl.streams import always, pattern
from tests.rtl.test_emulator import Port, design_of

RULES: dict[str, dict[str, Any]] = {
    "hidden": {"name": "tiki-taka"},
    "summed": {"name": "tiki-taka", "gamma": 0.5},
    "larger": {"name": "residual", "gamma": 4.0, "read_full_scale": 0.25},
    "three": {"name": "multi-tile", "tiles": 3},
    "counted": {"name": "tiki-taka-2", "gamma": 0.125, "read_full_scale": 4.0},
}


class ArraysPort(Port):
    """Shows the ops of transfers too, one line of a row each, and a host's for each array."""

    def __init__(self, rule: str, seed: int) -> None:
        rng = np.random.default_rng(seed)
        rows, columns = (int(one) for one in rng.integers(2, 7, 2))
        timing = {"forward_cycles": int(rng.choice([2, 30])), "backward_cycles": 9}
        device = {"dw_min": 0.05, "dw_min_dtod": 0.3, "w_max": 0.6, "w_min": -0.5}
        tile = {"update": {"bl": 7, "slots": "used"}, "adc": {"bits": int(rng.choice([5, 9]))}}
        tables = {"algorithm": RULES[rule], "layer": {"omega": 0.5}, "run": {"seed": seed}}
        design = design_of(rows, columns, device=device, tile=tile, timing=timing, **tables)
        super().__init__(design, seed, always if seed % 2 else pattern(seed, 0.6))
        self.array = starting_array(design, 0)
        self.bar = self.array.crossbar

    def choose(self) -> int:
        config, rng = self.bar.config, self.rng
        if rng.random() < 0.5:
            cycles, array = super().choose(), int(rng.integers(len(self.bar.members)))
            if self.shown["op"] == Op.PROGRAM:
                self.shown["attempt"] = digit_number(self.shown["attempt"], array)
            elif self.shown["op"] == Op.READ and rng.random() < 0.7:
                self.shown["attempt"] = ALONE + array
            return cycles
        transfer = int(rng.integers(len(self.design.arrangement.transfers)))
        line, bits = int(rng.integers(100)), config.tile.dac.bits
        only = np.eye(config.rows, dtype=int)[line % config.rows]
        if rng.random() < 0.5:
            x = pack(only * code_limit(bits), bits)
            self.drive(Op.READ, sample=line, attempt=1 + transfer, x=x)
            return forward_cycles(config)
        slots = int(rng.choice([1, 2, 7]))
        self.drive(
            Op.TRANSFER,
            sample=line,
            attempt=4 * transfer + int(rng.integers(3)),
            xw=pack(only * ((1 << slots) - 1), 7),
            dw=self.words(config.columns, slots),
            xs=int(rng.integers(1 << config.rows)),
            ds=int(rng.integers(1 << config.columns)),
            bl=slots,
        )
        return update_cycles(config, slots)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("rule", RULES)
def test_every_answer_and_every_array_is_that_of_the_model(rule: str, seed: int) -> None:
    port = ArraysPort(rule, seed)
    bar = port.bar
    kept, answered = bar.recorded.copy(), 0

    async def bench(ctx: SimulatorContext) -> None:
        nonlocal answered
        assert (port.weights(ctx) == kept).all()
        for _ in range(60):
            cycles = port.choose()
            wanted = answer(port.array, bar.config, port.shown)
            found = await port.operate(ctx, cycles)
            if port.shown["op"] in (Op.FORWARD, Op.BACKWARD, Op.READ):
                assert found == wanted, port.shown
                answered += wanted != 0
            assert (port.weights(ctx) == bar.recorded).all(), port.shown
        assert all((kept[n] != bar.recorded[n]).any() for n in range(len(kept)))

    run(port.dut, bench)
    assert answered > 3


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "factor": ({"name": "residual", "gamma": 0.3}, r"^algorithm\.gamma: an emulated weight sums"),
    "far": ({"name": "tiki-taka", "gamma": 128.0}, r"^algorithm\.gamma: .* not 128, 1$"),
    "tiles": ({"name": "multi-tile", "tiles": 8}, r"^algorithm\.gamma: "),
    "scale": ({"name": "tiki-taka", "read_full_scale": 0.3}, r"^algorithm\.read_full_scale: "),
    "views": ({"name": "batched-tiki-taka"}, r"^algorithm\.name: "),
    "warm": ({"name": "multi-tile", "warm_start": True}, r"^algorithm\.warm_start: "),
}


@pytest.mark.parametrize("what", REFUSED)
def test_arrays_that_shifts_do_not_add_up_are_refused_by_their_key(what: str) -> None:
    rule, message = REFUSED[what]
    with pytest.raises(DesignError, match=message):
        emulated_accelerator(design_of(2, 3, algorithm=rule), 4)
