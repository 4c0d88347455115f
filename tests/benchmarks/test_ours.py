"""Our side does the work that it times: the right product, the wanted coincidences."""

import gzip
import struct

import numpy as np
import pytest

from benchmarks import ours, vector
from benchmarks.case import DENSE, READ, cases
from models.device.array import Taking

UPDATE = {
    "kind": "update",
    "family": "soft-bounds",
    "rows": 24,
    "columns": 20,
    "bl": 31,
    "wanted": DENSE,
    "managed": False,
    "steps": "each",
}


@pytest.mark.parametrize("words", ["lfsr", "random", "given"])
def test_updates_have_the_wanted_coincidences(words):
    job = ours.make(UPDATE | {"words": words})
    x, d = vector.pulse_vectors(24, 20)
    p = np.outer(*(np.rint(np.abs(v) * 63) / 63 for v in (x, d))).mean()
    # The share of devices that meet in a slot lies in 0..1, so its variance is p at most.
    spread = np.sqrt(31 * p / job.times)
    assert abs(job.facts["coincidences"] - 31 * p) < 5 * spread
    job.call()


def made(monkeypatch, name):
    found = []
    real = getattr(ours, name)
    monkeypatch.setattr(ours, name, lambda *a: found.append(real(*a)) or found[-1])
    return found


def test_an_array_is_updated_on_its_own(monkeypatch):
    tiles = made(monkeypatch, "CompiledArray")
    job = ours.make(UPDATE | {"words": "given"})
    before = tiles[0].crossbar.weights.copy()
    job.call()
    assert (tiles[0].crossbar.weights != before).any()


@pytest.mark.parametrize(
    ("steps", "taking"), [("each", Taking.EACH), ("aggregated", Taking.TOGETHER)]
)
def test_a_stage_is_updated_as_in_training(steps, taking, monkeypatch):
    stages = made(monkeypatch, "Stage")
    job = ours.make(UPDATE | {"words": "lfsr", "steps": steps})
    memory = stages[0].memory
    before, done = memory.state.weights.copy(), stages[0].done
    job.call()
    assert stages[0].done == done + job.times
    assert (memory.state.weights != before).any()
    assert memory.state.counters[0, 0] == 31 * stages[0].done
    assert memory.plan.taking.tolist() == [taking]


@pytest.mark.parametrize("profile", ["hardware", "behavioural"])
@pytest.mark.parametrize("kind", ["forward", "backward"])
def test_reads_are_products_within_half_a_code_of_each_converter(kind, profile):
    work = READ | {"kind": kind, "rows": 24, "columns": 20, "batch": 3, "profile": profile}
    job = ours.make(work | {"noise": 0.0})
    values = vector.read_vectors(3, 24 if kind == "forward" else 20).astype(np.float64)
    weights = vector.read_weights(24, 20).astype(np.float64)
    weights = weights if kind == "forward" else weights.T
    unit = 1024.0 if profile == "hardware" else 1.0
    found = job.call() / unit
    largest = np.abs(values).max(axis=1)
    code = 2.0 * largest / 63 if profile == "hardware" else largest / 63
    adc = 12.0 * 64 / 256 * code
    bound = 0.5 * code[:, None] * np.abs(weights).sum(axis=0) + 0.5 * adc[:, None] + 2 / unit
    assert (np.abs(found - values @ weights) <= bound).all()
    assert np.abs(found).max() > bound.max()


@pytest.mark.parametrize("kind", ["forward", "backward"])
def test_reads_of_training_fill_the_stash_of_the_neighbour(kind, monkeypatch):
    readings = made(monkeypatch, "Reading")
    job = ours.make(
        READ
        | {
            "kind": kind,
            "rows": 24,
            "columns": 20,
            "batch": 1,
            "profile": "executor",
            "together": 5,
        }
    )
    memory = readings[0].memory
    forward = kind == "forward"
    if not forward:
        memory.state.slope[...] = memory.plan.unit  # as after an F whose outputs are all above 0
    job.call()
    state = memory.state
    found = state.value[memory.value_slot(1, 0)] if forward else state.d[memory.d_slot(0, 0)]
    assert readings[0].done == job.times == 5
    assert found.shape == ((20,) if forward else (24,))
    assert np.abs(found).max() > 0


@pytest.mark.parametrize("by", ["NumPy", "Numba"])
def test_the_limit_touches_every_number_once(by, monkeypatch):
    arrays = []
    zeros = np.zeros
    monkeypatch.setattr(np, "zeros", lambda *a: arrays.append(zeros(*a)) or arrays[-1])
    job = ours.make({"kind": "limit", "rows": 8, "columns": 4, "by": by})
    job.call()
    job.call()
    assert (arrays[0] == 2.0).all()


def test_the_plain_product_has_the_shape_of_its_batch():
    job = ours.make({"kind": "product", "rows": 8, "columns": 4, "batch": 3, "noise": 0.1})
    assert job.call() is None


def test_training_learns_a_folder_of_images(tmp_path):
    rng = np.random.default_rng(0)
    for part in ("train", "t10k"):
        labels = rng.integers(0, 2, 40).astype(np.uint8)
        pixels = np.repeat(labels[:, None] * np.uint8(200), 16, axis=1)
        for name, shape, array in (
            ("images-idx3", (40, 4, 4), pixels),
            ("labels-idx1", (40,), labels),
        ):
            head = b"\0\0\x08" + bytes([len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
            path = tmp_path / f"{part}-{name}-ubyte.gz"
            path.write_bytes(gzip.compress(head + array.tobytes()))
    work = next(c for c in cases(True, str(tmp_path)) if c.group == "training").entries[0].work
    job = ours.make(work | {"layers": [16, 6, 2], "samples": None, "lr": 0.1})
    assert job.call() > 0
    assert job.facts["samples"] == 40
    assert job.facts["accuracy"] > 0.5
    train, labels, test, answers = vector.images(work)
    assert train.shape == (40, 16)
    assert train.max() == np.float32(200 / 255)
    assert set(labels.tolist()) == {0, 1}
    assert len(test) == len(answers) == 40


def test_our_side_knows_its_processor():
    about = ours.about()
    assert about["vector_bits"] in (0, 128, 256, 512)
    assert about["processor"]
    assert about["threads"] >= 1
