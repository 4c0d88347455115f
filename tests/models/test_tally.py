"""Counts of lines and devices against the pulse words one by one."""

import numpy as np

from models import executor
from models.device.section import Device
from models.replay import Replay
from models.section import Tile
from models.starting import make_crossbar
from models.tally import Tally
from models.tile import TileConfig
from tests.models.packed import case, sequential
from tests.models.properties import random_words


def test_a_tally_counts_the_bits_of_every_word_and_of_every_pair():
    bar = make_crossbar(TileConfig(4, 3, Tile()), Device(), 0.1, 4.0)
    tally = Tally(np.zeros(4, np.int64), np.zeros(3, np.int64), np.zeros((4, 3), np.int64))
    rows, columns, devices = [0] * 4, [0] * 3, np.zeros((4, 3), int)
    for seed in range(20):
        words = random_words(bar, np.random.default_rng(seed), 63)
        tally.add(words)
        for i, x in enumerate(words.xw.tolist()):
            rows[i] += x.bit_count()
            for j, d in enumerate(words.dw.tolist()):
                devices[i, j] += (x & d).bit_count()
        columns = [c + d.bit_count() for c, d in zip(columns, words.dw.tolist(), strict=True)]
    assert tally.rows.tolist() == rows
    assert tally.columns.tolist() == columns
    assert (tally.devices == devices).all()


def test_counts_of_a_run_add_up_to_its_counters():
    one = case({"run": {"count_pulses": True}}, samples=12)
    for run in (executor.run, None):
        memory = one.memory()
        ops = sequential(12, 3)
        if run is None:
            Replay(memory).run(*ops, one.order)
        else:
            run(memory, *ops, one.order)
        for stage in range(3):
            tally = memory.tally(stage)
            _, sent, coincidences = memory.state.counters[stage]
            assert tally.rows.sum() + tally.columns.sum() == sent > 0
            assert tally.devices.sum() == coincidences > 0


def test_nothing_is_counted_unless_asked_for():
    memory = case({}).memory()
    assert memory.tally(0) is None
    assert len(memory.state.coincidences) == 0
