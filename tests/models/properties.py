"""Settings and strategies that the properties of `models` share."""

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from models.crossbar import Crossbar
from models.device.family import FAMILIES
from models.device.section import Device
from models.number import code_limit
from models.pulse import PulseWords
from models.section import Adc, Dac, Tile
from models.starting import make_crossbar
from models.tile import TileConfig
from models.update import Update

#: The same examples in every run; compiled code makes the first one slow.
PROPERTY = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)

seeds = st.integers(0, (1 << 63) - 1)


def sometimes(values: list, usual: object) -> st.SearchStrategy:
    """The usual value about half the time."""
    return st.sampled_from([usual] * len(values) + values)


@st.composite
def updates(draw, most_bits: int = 32) -> Update:
    """Pulse trains of any length, register width, sharing and number of phases."""
    bits = draw(st.integers(8, most_bits))
    return Update(
        bl=draw(st.integers(1, 63)),
        phases=draw(st.sampled_from([1, 2, 4])),
        lfsr_bits=bits,
        lfsr_sharing=draw(st.sampled_from(["side", "line"])),
        comparator_bits=draw(st.integers(4, bits)),
        steps_per_slot=draw(st.integers(1, 16)),
    )


@st.composite
def tile_configs(draw, largest: int = 40) -> TileConfig:
    """Tiles of up to `largest` lines a side."""
    tile = Tile(
        output_noise=draw(st.sampled_from([0.0, 0.004, 0.3])),
        read_noise=draw(sometimes([0.02, 0.3], 0.0)),
        wire_resistance=draw(sometimes([2e-6, 1e-3], 0.0)),
        dac=Dac(bits=draw(st.integers(2, 12)), noise=draw(sometimes([0.01, 0.4], 0.0))),
        adc=Adc(
            bits=draw(st.integers(2, 12)),
            rounding=draw(sometimes(["stochastic"], "nearest")),
            lower=draw(sometimes([0.3, 0.7], 1.0)),
        ),
        update=draw(updates()),
    )
    return TileConfig(
        rows=draw(st.integers(1, largest)),
        columns=draw(st.integers(1, largest)),
        tile=tile,
        index=draw(st.integers(0, 5)),
        seed=draw(seeds),
    )


@st.composite
def devices(draw) -> Device:
    """Devices of every family, with bounds of any size: so with weight grids of any exponent."""
    size = 2.0 ** draw(st.integers(-4, 4)) * draw(st.floats(0.5, 1.0))
    return Device(
        family=draw(st.sampled_from(FAMILIES)),
        dw_min=size * draw(st.sampled_from([0.001, 0.03, 0.4])),
        w_max=size,
        w_min=-size * draw(st.sampled_from([0.3, 1.0, 1.5])),
        dw_min_dtod=draw(st.sampled_from([0.0, 0.3, 1.0])),
        dw_min_std=draw(st.sampled_from([0.0, 0.3, 3.0])),
        w_max_dtod=draw(st.sampled_from([0.0, 0.3, 1.0])),
        w_min_dtod=draw(st.sampled_from([0.0, 0.3])),
        up_down=draw(st.sampled_from([-0.2, 0.0, 0.1])),
        up_down_dtod=draw(st.sampled_from([0.0, 0.05])),
        dead_fraction=draw(st.sampled_from([0.0, 0.1])),
        stuck_fraction=draw(st.sampled_from([0.0, 0.1])),
    )


@st.composite
def crossbars(draw, largest: int = 40) -> Crossbar:
    """Tiles with weights anywhere on the grid within the drawn bounds."""
    config, device = draw(tile_configs(largest)), draw(devices())
    full = 4.0 * device.w_max
    return make_crossbar(config, device, device.w_max, full)


def random_words(bar: Crossbar, rng: np.random.Generator, slots: int) -> PulseWords:
    """Words of any density, signs of both kinds, some lines silent."""
    config = bar.config

    def side(lines: int) -> np.ndarray:
        density = rng.random()
        bits = rng.random((lines, slots)) < density
        return (bits << np.arange(slots, dtype=np.uint64)).sum(axis=1, dtype=np.uint64)

    return PulseWords(
        xw=side(config.rows),
        xs=rng.integers(0, 2, config.rows).astype(np.uint8),
        dw=side(config.columns),
        ds=rng.integers(0, 2, config.columns).astype(np.uint8),
        slots=slots,
    )


def random_codes(rng: np.random.Generator, n: int, lines: int, bits: int) -> np.ndarray:
    limit = code_limit(bits)
    return rng.integers(-limit, limit + 1, (n, lines))
