"""One component between two streams, and random configurations of a stage's digital units."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from amaranth.hdl import Value
from amaranth.lib.wiring import Component
from amaranth.sim import SimulatorContext
from hypothesis import strategies as st

from models.activation import CODES
from models.converter import Numerics, Scaling
from models.number import code_limit
from models.section import Adc, Dac, Tile
from models.tile import TileConfig
from rtl.digital import DigitalConfig
from tests.rtl.simulator import run

Pattern = Callable[[int], bool]


def always(cycle: int) -> bool:
    return True


def pattern(seed: int, share: float) -> Pattern:
    """Return a fixed random pattern that is true in `share` of all cycles."""
    found = np.random.default_rng(seed).random(1024) < share
    return lambda cycle: bool(found[cycle % 1024])


def pass_through(
    dut: Component,
    given: Sequence[Any],
    count: int,
    offered: Pattern = always,
    ready: Pattern = always,
    **inputs: Any,
) -> tuple[list[Any], list[int]]:
    """Offer elements on `i` and take `count` from `o`; return them and the cycles they came in.

    `inputs` are plain inputs, fixed from the start.
    """
    found: list[Any] = []
    cycles: list[int] = []

    async def bench(ctx: SimulatorContext) -> None:
        for name, value in inputs.items():
            ctx.set(getattr(dut, name), value)
        taken = cycle = 0
        while len(found) < count:
            assert cycle < 200 * (count + len(given)) + 1000, "the stream stands still"
            offering, taking = taken < len(given) and offered(cycle), ready(cycle)
            if offering:
                ctx.set(dut.i.payload, given[taken])
            ctx.set(dut.i.valid, offering)
            ctx.set(dut.o.ready, taking)
            sampled = (dut.i.ready, dut.o.valid, Value.cast(dut.o.payload))
            payload = ctx.get(dut.o.payload)
            _, _, accepted, valid, _ = await ctx.tick().sample(*sampled)
            taken += bool(offering and accepted)
            if valid and taking:
                found.append(payload)
                cycles.append(cycle)
            cycle += 1

    run(dut, bench)
    return found, cycles


def numerics(config: DigitalConfig) -> Numerics:
    """Return the numerics that `models` has for a stage's digital units."""
    limit = float(code_limit(config.digital_bits))
    unit, bias_unit = 2.0**config.fraction_bits, 2.0**config.bias_fraction_bits
    return Numerics(True, Scaling.SHIFT, config.fraction_bits, unit, limit, bias_unit)


@st.composite
def digital_configs(draw: Any, **fixed: Any) -> DigitalConfig:
    """Stages of any widths, depths and places that a design can have."""
    fraction = draw(st.integers(4, 14))
    tile = Tile(
        digital_bits=draw(st.integers(max(8, fraction + 2), 24)),
        dac=Dac(bits=draw(st.integers(2, 12))),
        adc=Adc(bits=draw(st.integers(2, 16))),
    )
    given = {
        "tile": TileConfig(draw(st.integers(1, 7)), draw(st.integers(1, 7)), tile),
        "activation": draw(st.sampled_from(list(CODES))),
        "fraction_bits": fraction,
        "bias_fraction_bits": draw(st.integers(0, 16)),
        "biased": draw(st.booleans()),
        "sum_places": draw(st.integers(-24, 12)),
        "bias_places": (draw(st.integers(-20, 12)), draw(st.integers(-20, 12))),
        "x_depth": draw(st.integers(1, 6)),
        "d_depth": draw(st.integers(1, 6)),
        "label_target": 1 << fraction,
    }
    return DigitalConfig(**given | fixed)


def digital(draw: Any, config: DigitalConfig, count: int) -> list[int]:
    """Draw digital elements of every size, rails among them."""
    limit = code_limit(config.digital_bits)
    spans = st.integers(0, config.digital_bits - 1).map(lambda bits: min(1 << bits, limit))
    one = spans.flatmap(lambda span: st.integers(-span, span))
    return draw(st.lists(one, min_size=count, max_size=count))
