from collections import deque

import numpy as np
import pytest
from amaranth.sim import SimulatorContext

from models.section import Adc, Tile
from models.tile import TileConfig
from rtl.result import ResultQueue
from tests.rtl.simulator import run

CONFIG = TileConfig(2, 3, Tile(adc=Adc(bits=4)))


def result(sample: int) -> dict[str, object]:
    y = [sample % 15 - 7, 7, -7]
    return {"op": 1, "sample": sample, "y": y, "clipped": 0, "exponent": sample - 100}


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 1.0])
def test_results_come_in_order_under_every_back_pressure(share: float) -> None:
    dut = ResultQueue(CONFIG)
    rng = np.random.default_rng(int(share * 10))

    async def bench(ctx: SimulatorContext) -> None:
        held: deque[int] = deque()
        given, push, promised, rooms = 0, False, False, True
        for _ in range(400):
            ready = bool(rng.random() < share)
            room = len(held) + push <= 1
            promised = (promised and not push) or room
            coming = promised and bool(rng.random() < 0.7)
            ctx.set(dut.pushes, coming)
            ctx.set(dut.push, push)
            ctx.set(dut.o.ready, ready)
            ctx.set(dut.result, result(given))
            assert ctx.get(dut.o.valid) == bool(held)
            assert ctx.get(dut.room) == room == rooms
            rooms = bool(ctx.get(dut.rooms))
            if held:
                payload = ctx.get(dut.o.payload)
                expected = result(held[0])
                assert payload.sample == expected["sample"]
                assert list(payload.y) == expected["y"]
                assert payload.clipped == 0b110 | (held[0] % 15 in (0, 14))
                assert payload.exponent == expected["exponent"]
                if ready:
                    held.popleft()
            if push:
                held.append(given)
                given += 1
            assert len(held) <= 2
            push = coming
            await ctx.tick()
        assert given > 50

    run(dut, bench)
