import pytest
from amaranth.sim import SimulatorContext

from models.timing import MIN_CYCLES, PREPARED_OPS, SCALE_CYCLES
from rtl.place import PlaceControl
from tests.rtl.simulator import run
from tests.rtl.streams import Pattern, always, pattern


def moves(cycles: int, offered: Pattern = always, leaving: Pattern = always) -> dict[str, list]:
    """Return the cycles of every move; an op may leave where `leaving` says so."""
    dut = PlaceControl()
    found: dict[str, list] = {name: [] for name in ("load", "shift", "round", "leave")}

    async def bench(ctx: SimulatorContext) -> None:
        for cycle in range(cycles):
            ctx.set(dut.valid, offered(cycle))
            ctx.set(dut.free, leaving(cycle + 1))
            assert ctx.get(dut.full) or not ctx.get(dut.leave)
            assert ctx.get(dut.fresh) == (found["round"][-1:] == [cycle - 1])
            for name, seen in found.items():
                if ctx.get(getattr(dut, name)):
                    seen.append(cycle)
            await ctx.tick()

    run(dut, bench)
    return found


def test_ops_pass_every_two_cycles_without_back_pressure() -> None:
    found = moves(20)
    assert found["load"][:4] == [0, 2, 4, 6]
    assert found["shift"][:4] == [2, 4, 6, 8]
    assert found["round"][:4] == [3, 5, 7, 9]
    assert found["leave"][:4] == [4, 6, 8, 10]
    assert (SCALE_CYCLES, MIN_CYCLES) == (3, 2)


def test_three_ops_wait_for_one_that_does_not_leave() -> None:
    found = moves(40, leaving=lambda cycle: cycle >= 30)
    assert len([cycle for cycle in found["load"] if cycle < 31]) == PREPARED_OPS
    assert found["leave"][:3] == [30, 31, 33]
    assert found["round"][1:3] == [30, 32]
    assert found["load"][3] == 31


@pytest.mark.parametrize("seed", range(12))
def test_every_op_makes_every_move_once_in_order(seed: int) -> None:
    offered, leaving = (pattern(2 * seed + n, (0.2, 0.5, 0.9)[(seed + n) % 3]) for n in (0, 1))
    found = moves(300, offered, leaving)
    load, shift, round_, leave = found.values()
    assert len(load) - len(leave) <= PREPARED_OPS
    assert len(leave) > 30
    for n, cycle in enumerate(leave):
        before = round_[n - 1] + 1 if n else 0
        assert shift[n] == max(load[n] + 2, before)
        assert round_[n] == max(shift[n] + 1, leave[n - 1] if n else 0)
        assert cycle > round_[n]
        assert load[n] >= (shift[n - 1] if n else 0)
