"""Outputs leave in packets, with the number of the largest."""

import numpy as np
import pytest
from amaranth.sim import SimulatorContext

from models.tile import TileConfig
from rtl.digital import DigitalConfig
from rtl.prediction import Prediction
from tests.rtl.simulator import run
from tests.rtl.streams import pattern


def predict(outputs: int, given: list[int], taking: float, asking: float) -> tuple[list, list]:
    """Return the words and the classes that leave."""
    dut = Prediction(DigitalConfig(TileConfig(2, outputs)))
    words: list[tuple[int, int]] = []
    classes: list[int] = []
    take, ask, offer = pattern(1, taking), pattern(2, asking), pattern(3, 0.7)

    async def bench(ctx: SimulatorContext) -> None:
        left = list(given)
        clock = 0
        while len(classes) < len(given) // outputs:
            offering = bool(left) and offer(clock)
            ctx.set(dut.i.valid, offering)
            ctx.set(dut.i.payload, left[0] if offering else 0)
            ctx.set(dut.o.ready, take(clock))
            ctx.set(dut.o_class.ready, ask(clock))
            if take(clock) and ctx.get(dut.o.valid):
                words.append((ctx.get(dut.o.payload.data), ctx.get(dut.o.payload.last)))
            if ask(clock) and ctx.get(dut.o_class.valid):
                classes.append(ctx.get(dut.o_class.payload))
            if offering and ctx.get(dut.i.ready):
                left.pop(0)
            await ctx.tick()
            clock += 1
            assert clock < 5000

    run(dut, bench)
    return words, classes


@pytest.mark.parametrize(("taking", "asking"), [(1.1, 1.1), (0.3, 1.1), (1.1, 0.1), (0.5, 0.2)])
@pytest.mark.parametrize("outputs", [1, 2, 5])
def test_the_class_is_the_first_of_the_largest(outputs: int, taking: float, asking: float) -> None:
    rng = np.random.default_rng(outputs)
    vectors = rng.integers(-2, 3, (40, outputs))
    given = [int(one) for one in vectors.ravel()]
    words, classes = predict(outputs, given, taking, asking)
    assert classes == vectors.argmax(axis=1).tolist()
    assert [data for data, _ in words] == given
    assert [last for _, last in words] == ([0] * (outputs - 1) + [1]) * 40
