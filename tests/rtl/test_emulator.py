"""The emulated array against the crossbar of the models: every answer and every weight."""

from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Value
from amaranth.sim import SimulatorContext

from models.design import Design, make_design, read_design
from models.error import DesignError
from models.network import make_grid
from models.programming import weight_digits
from models.schedule import Op
from models.timing import backward_cycles, digit_cycles, forward_cycles, update_cycles
from rtl.cosim.array import CrossbarArray, answer
from rtl.cosim.packing import pack
from rtl.emulation import check_emulated, emulated_tile
from rtl.emulator import Emulator
from rtl.layout import drive_members
from tests.rtl.emulated import weights_of
from tests.rtl.simulator import run
from tests.rtl.streams import Pattern, always, pattern

QUIET = {"preset": "emulated"}


def design_of(rows: int, columns: int, **tables: Any) -> Design:
    layer = {"inputs": rows, "outputs": columns, **tables.pop("layer", {})}
    tile = {"output_noise": 0.0} | tables.pop("tile", {})
    device = QUIET | tables.pop("device", {})
    return make_design({"layer": [layer], "tile": tile, "device": device, **tables})


def draw_design(seed: int) -> Design:
    """A random tile: sizes, widths, steps, bounds, and cycles from the fewest on."""
    rng = np.random.default_rng(seed)

    def one(*values: Any) -> Any:
        return values[int(rng.integers(len(values)))]

    tile = {
        "dac": {"bits": one(2, 5, 7, 11)},
        "adc": {"bits": one(3, 9, 12)},
        "update": {"bl": one(1, 3, 31), "slots": one("built", "used")},
    }
    device = {
        "dw_min": one(1e-4, 0.002, 0.05, 0.4),
        "dw_min_dtod": one(0.0, 0.3, 1.0),
        "dw_min_std": one(0.0, 0.1, 0.328),
        "up_down": one(-0.3, 0.0, 0.2),
        "w_max": one(0.3, 0.5, 1.0, 3.0),
        "w_min": one(-0.1, -0.5, -1.0),
    }
    timing = {
        "forward_cycles": one(2, 9, 40),
        "backward_cycles": one(2, 30),
        "load_cycles": one(0, 2),
        "program_row_cycles": one(0, 50),
    }
    rows, columns = int(rng.integers(1, 8)), int(rng.integers(1, 8))
    layer = {"omega": 2.0, "adc_full_scale": one(1.0, 4.0)}
    run_ = {"seed": int(rng.integers(99))}
    return design_of(rows, columns, tile=tile, device=device, timing=timing, layer=layer, run=run_)


class Port:
    """Drives ops at an emulator as a tile's controller does, beside an array of the models."""

    def __init__(self, design: Design, seed: int, elsewhere: Pattern = always) -> None:
        self.design, self.elsewhere = design, elsewhere
        self.rng = np.random.default_rng(seed)
        (self.bar,) = make_grid(design, 0).flat
        self.dut = Emulator(emulated_tile(self.bar, design))
        self.shown = dict.fromkeys(drive_members(self.bar.config), 0)
        #: Updates so far.
        self.updates = 0
        #: Clocks in which the emulator was at work on the last op, and those that it stalled.
        self.clock = self.stalls = 0

    def drive(self, op: Op, **values: int) -> None:
        tag = self.shown["tag"] + 1
        self.shown = dict.fromkeys(self.shown, 0) | {"tag": tag, "op": int(op), **values}

    def codes(self, lines: int) -> int:
        """Codes of any density, full ones among them."""
        bits = self.bar.config.tile.dac.bits
        limit = (1 << (bits - 1)) - 1
        drawn = self.rng.integers(-limit, limit + 1, lines) * (self.rng.random(lines) < 0.7)
        return pack(drawn if self.rng.random() < 0.7 else np.sign(drawn) * limit, bits)

    def words(self, lines: int, slots: int) -> int:
        density = self.rng.choice([0.1, 0.5, 0.9])
        bits = self.rng.random((lines, slots)) < density
        return pack((bits << np.arange(slots)).sum(axis=1), self.bar.config.tile.update.bl)

    def choose(self) -> int:
        """Show a random op; return its architectural cycles."""
        config, rng = self.bar.config, self.rng
        op = Op(int(rng.choice([Op.FORWARD, Op.BACKWARD, Op.UPDATE, Op.PROGRAM, Op.READ])))
        if op == Op.UPDATE:
            slots = int(rng.choice([0, 1, config.tile.update.bl]))
            phase = int(self.updates > 0 and rng.random() < 0.3)
            self.updates += 1 - phase
            self.drive(
                op,
                sample=self.updates - 1,
                attempt=phase,
                xw=self.words(config.rows, slots),
                dw=self.words(config.columns, slots),
                xs=int(rng.integers(1 << config.rows)),
                ds=int(rng.integers(1 << config.columns)),
                bl=slots,
            )
            return update_cycles(config, slots)
        if op == Op.PROGRAM:
            x, d = self.codes(config.rows), self.codes(config.columns)
            self.drive(op, x=x, d=d, attempt=int(rng.integers(3)))
            return digit_cycles(config)
        if op == Op.BACKWARD:
            self.drive(op, d=self.codes(config.columns))
            return backward_cycles(config)
        self.drive(op, x=self.codes(config.rows))
        return forward_cycles(config)

    async def operate(self, ctx: SimulatorContext, cycles: int) -> int:
        """Let the op that is shown run for its architectural cycles; return the answer."""
        dut = self.dut
        for name, value in self.shown.items():
            ctx.set(Value.cast(getattr(dut, name)), value)
        self.stalls = 0
        for _ in range(cycles):
            enabled = False
            while not enabled:
                stall = ctx.get(dut.stall)
                enabled = not stall and self.elsewhere(self.clock)
                ctx.set(dut.enable, enabled)
                answered = ctx.get(Value.cast(dut.y))
                await ctx.tick()
                self.clock += 1
                self.stalls += stall
                assert self.stalls < 5000
        return answered

    def weights(self, ctx: SimulatorContext) -> np.ndarray:
        """The weights in the emulator's memory."""
        return weights_of(ctx, self.dut, self.bar)


@pytest.mark.parametrize("seed", range(12))
def test_every_answer_and_every_weight_is_that_of_the_model(seed: int) -> None:
    port = Port(draw_design(seed), seed, always if seed % 2 else pattern(seed, 0.6))
    array, kept = CrossbarArray(port.bar), port.bar.weights.copy()

    async def bench(ctx: SimulatorContext) -> None:
        for _ in range(20):
            cycles = port.choose()
            wanted = answer(array, port.bar.config, port.shown)
            found = await port.operate(ctx, cycles)
            read = port.shown["op"] in (Op.FORWARD, Op.BACKWARD, Op.READ)
            assert found == wanted or not read
            assert (port.weights(ctx) == port.bar.weights).all(), port.shown
        assert (kept != port.bar.weights).any()

    run(port.dut, bench)


@pytest.mark.parametrize(("cycles", "noise"), [(2, 0.0), (20, 0.0), (60, 0.0), (2, 0.3)])
def test_reads_and_updates_take_the_clocks_of_their_formula(cycles: int, noise: float) -> None:
    """Those that the op's architectural cycles have not had are stalled."""
    timing = {"forward_cycles": cycles, "backward_cycles": cycles, "update_cycles": cycles}
    design = design_of(
        6, 5, timing=timing, tile={"update": {"bl": 7}}, device={"dw_min_std": noise}
    )
    port = Port(design, 1)
    words = pack([7, 0, 1, 96, 0, 1], 7)
    shared = [[2, 1, 1, 1, 1], [0] * 5, [1, 0, 0, 1, 0], [0, 0, 1, 0, 1], [0] * 5, [1, 0, 0, 1, 0]]
    counts = sum(2 * (max(row) + (noise > 0)) for row in shared if any(row))

    async def bench(ctx: SimulatorContext) -> None:
        for op, lines, wanted in (
            (Op.FORWARD, {"x": port.codes(6)}, 6 + 5),
            (Op.BACKWARD, {"d": port.codes(5)}, 6 + 5 + 3),
            (Op.UPDATE, {"xw": words, "dw": pack([3, 2, 68, 5, 36], 7), "bl": 7}, 6 + 3 + counts),
        ):
            port.drive(op, **lines)
            await port.operate(ctx, cycles)
            assert port.stalls == max(0, wanted - cycles), op

    run(port.dut, bench)


def test_a_host_s_digits_write_every_weight() -> None:
    design = design_of(3, 4, device={"w_max": 0.9, "w_min": -0.7})
    port, rng = Port(design, 5), np.random.default_rng(5)
    limit = int(port.bar.devices.w_max[0, 0] / port.bar.devices.grid)
    wanted = (rng.integers(-limit * 7 // 9, limit + 1, (3, 4)) * port.bar.devices.grid).astype(
        np.float32
    )
    digits = weight_digits(wanted, port.bar.devices.exponent, 7)

    async def bench(ctx: SimulatorContext) -> None:
        for row in range(3):
            for number, codes in enumerate(digits[:, row]):
                port.drive(Op.PROGRAM, x=pack(np.eye(3)[row], 7), d=pack(codes, 7), attempt=number)
                await port.operate(ctx, 2)
        await ctx.tick().repeat(9)
        assert (port.weights(ctx) == wanted).all()

    run(port.dut, bench)


REFUSED = {
    "device.family=soft-bounds": "device.family: the emulated array has devices of the family",
    "algorithm=residual": "algorithm.gamma: an emulated weight sums its arrays by shifts: their",
    "algorithm=agad": "algorithm.name: the digital steps of agad's transfers are not built in",
    "algorithm=tiki-taka,device.dw_min_std=0.1": "device.dw_min_std: emulated arrays",
    "device.dw_min_std=0.34": "device.dw_min_std: the emulated array has a spread of 0.328125 at",
    "device.dw_min_std=0.1,device.mult_noise=false": "device.mult_noise: the emulated",
    "device.w_max_dtod=0.1": "device.w_max_dtod: the emulated array cannot be that, as its devices",
    "device.lifetime=10.0": "device.lifetime: the emulated array cannot be that",
    "tile.output_noise=0.1": "tile.output_noise: the emulated array cannot be that",
    "tile.read_noise=0.1": "tile.read_noise: the emulated array cannot be that",
    "tile.wire_resistance=0.1": "tile.wire_resistance: the emulated array cannot be that, as it",
    "tile.dac.noise=0.1": "tile.dac.noise: the emulated array cannot be that",
    "tile.adc.rounding='stochastic'": "tile.adc.rounding: the emulated array cannot be that",
}


@pytest.mark.parametrize("assignment", REFUSED)
def test_what_it_cannot_be_is_refused_in_a_sentence_that_names_the_key(assignment: str) -> None:
    overrides = ("device=emulated", "tile.output_noise=0.0", *assignment.split(","))
    with pytest.raises(DesignError) as caught:
        check_emulated(read_design(None, overrides))
    assert str(caught.value).startswith(REFUSED[assignment])
    check_emulated(read_design(None, overrides[:2]))
