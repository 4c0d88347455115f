"""Digital steps of transfers: codes in, pulse words out, line after line."""

from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Value
from amaranth.sim import SimulatorContext

from models.algorithm.digest import give_pulses
from models.algorithm.tiki_taka_2 import take
from models.design import make_design
from models.lfsr import LfsrBank
from models.number import code_limit
from models.pulse import fires
from models.seed import COLUMNS
from models.transfer.packed import apart, pack_transferring
from models.transfer.train import train
from rtl.digest import Digest, make_digest
from rtl.digital import digital_config
from tests.rtl.simulator import run

LINES = 24


def drawn(seed: int, rule: dict[str, Any]) -> Any:
    """A design with one layer, of which a stage is tested, under a rule with transfers."""
    rng = np.random.default_rng(seed)
    tile = {
        "adc": {"bits": int(rng.integers(3, 9))},
        "update": {
            "bl": int(rng.choice([1, 5, 16, 31])),
            "update_bl_management": bool(rng.random() < 0.7),
            "comparator_bits": int(rng.choice([4, 6, 15])),
            "lfsr_sharing": str(rng.choice(["side", "line"])),
        },
    }
    rows, columns = (int(one) for one in rng.integers(2, 7, 2))
    return make_design(
        {
            "run": {"samples": 100, "seed": seed},
            "layer": [{"inputs": rows, "outputs": columns}],
            "tile": tile,
            "algorithm": {"lr_decay": 0.125} | rule,
        }
    )


def digested(digest: Digest, lines: list[tuple[list[int], int, int, int]]) -> list[Any]:
    """Slots, words and signs of lines: codes, transfer, row, and whether the rates are late."""
    found: list[Any] = []

    async def bench(ctx: SimulatorContext) -> None:
        for codes, which, row, late in lines:
            for place, code in enumerate(codes):
                ctx.set(digest.y[place], code)
            for port, value in ((digest.which, which), (digest.row, row), (digest.late, late)):
                ctx.set(port, value)
            ctx.set(digest.load, 1)
            await ctx.tick()
            ctx.set(digest.load, 0)
            for _ in range(1000):
                made = ctx.get(digest.made)
                await ctx.tick()
                if made:
                    break
            else:
                raise AssertionError("it does not come to an end")
            words = [ctx.get(Value.cast(word)) for word in digest.words]
            found.append((ctx.get(digest.slots), words, ctx.get(digest.signs)))

    run(digest, bench)
    return found


def draw_lines(rng: np.random.Generator, digest: Digest, transfers: int) -> list[Any]:
    """Random lines, now and then of zeros, in a random order of transfers."""
    config, most = digest.config, code_limit(digest.bits)
    return [
        (
            (rng.integers(-most, most + 1, config.outputs) * (rng.random() < 0.9)).tolist(),
            int(rng.integers(transfers)),
            int(rng.integers(config.inputs)),
            int(rng.random() < 0.3),
        )
        for _ in range(LINES)
    ]


@pytest.mark.parametrize("seed", range(12))
def test_trains_are_those_of_the_model(seed: int) -> None:
    rate = 2.0 ** float(np.random.default_rng(seed).integers(-18, 8))
    rules = ({"name": "tiki-taka"}, {"name": "multi-tile", "tiles": 3})
    design = drawn(seed, rules[seed % 2] | {"transfer_lr": rate})
    config = digital_config(design, 0, 100)
    digest = make_digest(config)
    lines = draw_lines(np.random.default_rng(seed), digest, len(config.transfers))
    own, update = pack_transferring(design, [], []), design.tile.update
    banks = [LfsrBank(apart(config.tile, t), COLUMNS) for t in range(len(config.transfers))]
    counts = [0] * len(banks)
    for (slots, words, signs), (codes, t, _, late) in zip(
        digested(digest, lines), lines, strict=True
    ):
        wanted = np.array(codes, np.float64)
        expected, limits = train(update, wanted, float(own.gain[t, late]), True)
        assert slots == expected
        assert words == fires(banks[t].numbers(counts[t], slots), limits).tolist()
        assert [signs >> j & 1 for j, code in enumerate(codes) if code] == [
            int(code < 0) for code in codes if code
        ]
        counts[t] += 1


@pytest.mark.parametrize("seed", range(4))
def test_whole_pulses_are_taken_out_of_what_was_collected(seed: int) -> None:
    rng = np.random.default_rng(seed)
    design = drawn(
        seed,
        {
            "name": "tiki-taka-2",
            "transfer_bl": 1,
            "transfer_lr": 2.0 ** float(rng.integers(-8, 8)),
        },
    )
    config = digital_config(design, 0, 100)
    digest, own = make_digest(config), pack_transferring(design, [], [])
    lines = draw_lines(rng, digest, 1)
    kept = np.zeros((config.inputs, config.outputs))
    for (slots, words, signs), (codes, _, row, late) in zip(
        digested(digest, lines), lines, strict=True
    ):
        wanted, constants = np.zeros(config.outputs), own.constants[0, late]
        take(np.array(codes, np.float64), kept[row], np.zeros((0, 0)), constants, 1.0, 0.0)
        give_pulses(kept[row], constants, wanted)
        assert [bin(word).count("1") for word in words] == np.abs(wanted).tolist()
        assert bool(slots) == bool(wanted.any())
        assert [signs >> j & 1 for j in np.flatnonzero(wanted)] == (
            wanted[wanted != 0] < 0
        ).tolist()
