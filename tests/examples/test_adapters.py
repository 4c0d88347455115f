"""The examples with data of their own: spirals, and digits that moved under a frozen network."""

from pathlib import Path

import pytest

from models.checkpoint import write_checkpoint
from models.design import read_design
from sim.training import Training

FOLDER = Path("examples")


def trained(path: Path | None, *overrides: str) -> Training:
    training = Training(read_design(path, overrides))
    training.run()
    return training


def test_one_hidden_layer_tells_the_arms_of_a_spiral_apart():
    """A line would be right for about half of the points."""
    assert trained(FOLDER / "spiral.toml").metrics[-1].accuracy > 0.9


@pytest.mark.parametrize("base", ["analog", "digital"])
def test_adapters_bring_moved_digits_back(base, tmp_path):
    """The frozen network alone is lost on them; nothing of it changes."""
    source = trained(None)
    write_checkpoint(tmp_path, source.memory.layers, source.memory.state._asdict())
    start = f"network.start={str(tmp_path)!r}"
    keys = (f"layer.{n}.adapter_base={base}" for n in range(3))
    found = trained(FOLDER / "adapter-digits.toml", start, *keys)
    still = trained(
        None, start, "data.name=shifted-digits", "run.samples=1", "run.evaluate_every=1"
    )
    assert still.metrics[-1].accuracy < 0.7
    assert found.metrics[-1].accuracy > 0.85
