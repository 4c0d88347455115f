import pytest
from amaranth.sim import SimulatorContext

from models.section import Tile, Timing
from models.seed import COLUMNS, ROWS
from models.tile import TileConfig
from models.timing import phase_offsets
from models.update import Update
from rtl.phase import PhaseCounter, WordDriver, slot_counts
from tests.rtl.simulator import run


def config(phases: int, slots: str = "used", timing: Timing | None = None) -> TileConfig:
    update = Update.model_validate({"bl": 6, "slots": slots, "phases": phases})
    return TileConfig(3, 3, Tile(update=update), timing or Timing(load_cycles=0))


@pytest.mark.parametrize("phases", [2, 4])
@pytest.mark.parametrize("slots", ["built", "used"])
@pytest.mark.parametrize(
    "timing",
    [
        Timing(load_cycles=0, pulse_cycles=1),
        Timing(load_cycles=3, pulse_cycles=1),
        Timing(load_cycles=1, pulse_cycles=5),
        Timing(load_cycles=1, pulse_cycles=2, row_by_row=True),
        Timing(update_cycles=2),
        Timing(update_cycles=21),
    ],
)
def test_phases_go_at_the_offsets_of_the_models(phases: int, slots: str, timing: Timing) -> None:
    spec = config(phases, slots, timing)
    dut = PhaseCounter(spec)

    async def bench(ctx: SimulatorContext) -> None:
        for used in slot_counts(spec):
            ctx.set(dut.slots, used)
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            ctx.set(dut.slots, 5)
            goes = [(0, 0)]
            for cycle in range(1, 140):
                if ctx.get(dut.again):
                    goes.append((cycle, ctx.get(dut.phase)))
                await ctx.tick()
            offsets = phase_offsets(spec, used)
            assert goes == [(offset, phase) for phase, offset in enumerate(offsets)]

    run(dut, bench)


def test_a_train_uses_no_slot_a_power_of_two_or_all() -> None:
    assert slot_counts(config(1)) == [0, 1, 2, 4, 6]


@pytest.mark.parametrize(
    ("phases", "side", "driven"),
    [
        (1, ROWS, [[5, 6, 7]]),
        (1, COLUMNS, [[5, 6, 7]]),
        (2, ROWS, [[5, 0, 7], [0, 6, 0]]),
        (2, COLUMNS, [[5, 6, 7], [5, 6, 7]]),
        (4, ROWS, [[5, 0, 7], [5, 0, 7], [0, 6, 0], [0, 6, 0]]),
        (4, COLUMNS, [[5, 0, 7], [0, 6, 0], [5, 0, 7], [0, 6, 0]]),
    ],
)
def test_a_phase_drives_the_lines_of_its_sign(
    phases: int, side: int, driven: list[list[int]]
) -> None:
    dut = WordDriver(config(phases), side)

    async def bench(ctx: SimulatorContext) -> None:
        ctx.set(dut.i_words, [5, 6, 7])
        ctx.set(dut.i_signs, 0b010)
        ctx.set(dut.go, 1)
        seen = []
        for phase in range(1, phases + 1):
            await ctx.tick()
            ctx.set(dut.go, 0)
            ctx.set(dut.i_words, [1, 1, 1])
            ctx.set(dut.i_signs, 0b111)
            await ctx.tick()
            seen.append(list(ctx.get(dut.words)))
            assert ctx.get(dut.signs) == 0b010
            ctx.set(dut.phase, phase)
            ctx.set(dut.again, 1)
        assert seen == driven

    run(dut, bench)
