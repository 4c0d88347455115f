"""The hardware updates phase by phase, the numerics at once: the same steps."""

import numpy as np
import pytest

from models.device.section import Device
from models.pulse import PulseTranslator
from models.section import Tile
from models.starting import make_crossbar
from models.tile import TileConfig
from models.update import Update


@pytest.mark.parametrize("phases", [2, 4])
def test_sign_phases_step_the_devices_like_one_update(phases: int) -> None:
    update = Update.model_validate({"bl": 31, "phases": phases})
    config = TileConfig(6, 5, Tile(update=update), seed=3)
    translator = PulseTranslator(config)
    once, phased = (make_crossbar(config, Device(), 0.05, 4.0) for _ in range(2))
    start, rng = once.weights.copy(), np.random.default_rng(8)
    for sample in range(20):
        x, d = rng.integers(-63, 64, 6), rng.integers(-63, 64, 5)
        words = translator.words(x, d, -8, sample)
        parts = translator.phase_words(words)
        assert len(parts) == phases
        coincidences = once.update(words, sample)
        assert coincidences == sum(phased.update(part, sample) for part in parts) > 0
        np.testing.assert_array_equal(phased.weights, once.weights)
    assert (once.weights != start).any()
