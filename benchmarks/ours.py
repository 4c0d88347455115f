"""The side of this project in the comparison."""

import os
import platform
import re
import time
from collections.abc import Callable
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import llvmlite.binding
import numba
import numpy as np

from benchmarks import server, vector
from benchmarks.clock import Job
from benchmarks.reading import Reading
from benchmarks.tile import Stage
from models.array import CompiledArray
from models.converter import Numerics, Scaling, Vectors, scale_input
from models.design import Design, make_design
from models.number import code_limit
from models.pulse import PulseTranslator
from models.section import Adc, Dac
from models.section import Tile as TileSection
from models.starting import make_crossbar
from models.tile import TileConfig
from models.update import Update
from models.version import __version__
from sim.training import Training

Work = dict[str, Any]


def make_limit(work: Work) -> Job:
    """Return reading and writing every number of an array once."""
    array = np.zeros((work["rows"], work["columns"]), np.float32)
    one = np.float32(1.0)
    if work["by"] == "NumPy":
        return Job(lambda: np.add(array, one, out=array))
    flat = array.ravel()
    return Job(lambda: _add_one(flat))


@numba.njit
def _add_one(flat: Any) -> None:
    for i in range(len(flat)):
        flat[i] += np.float32(1.0)


def make_update(work: Work) -> Job:
    """Return an update: as training executes it, or of an array alone, on words that are there."""
    rows, columns, bl = work["rows"], work["columns"], work["bl"]
    limit = code_limit(Dac().bits)
    x, d = (np.rint(v * limit).astype(np.int64) for v in vector.pulse_vectors(rows, columns))
    amplitude = work["wanted"] / limit**2
    times = vector.updates_together(rows, columns)
    if work["words"] != "given":
        stage = Stage(x, d, amplitude, work["family"], bl, work["words"], work["steps"])
        stage.update(times)
        facts = {"coincidences": stage.coincidences}
        return Job(lambda: stage.update(times), facts, times=times)
    config = TileConfig(rows, columns, TileSection(update=Update(bl=bl)))
    device = make_design({"device": {"family": work["family"]}}).device
    tile = CompiledArray(make_crossbar(config, device, 0.05, 4.0))
    translator = PulseTranslator(config)
    given = [translator.real_words(x, d if k % 2 else -d, amplitude, k) for k in range(times)]
    steps = sum(tile.update(words, k) for k, words in enumerate(given))
    turn = count(times)

    def call() -> None:
        sample = next(turn)
        tile.update(given[sample % times], sample)

    return Job(call, {"coincidences": steps / (times * rows * columns)})


def numerics(profile: str) -> Numerics:
    """Return the numbers of a profile; integers have 10 places after the point."""
    if profile == "hardware":
        return Numerics(True, Scaling.SHIFT, 10, 2.0**10, float(code_limit(16)), 2.0**12)
    return Numerics(False, Scaling.ABS_MAX, 10, 1.0, np.inf, 1.0)


def make_read(work: Work) -> Job:
    """Return a read of a batch from digital vectors to digital vectors."""
    rows, columns, batch = work["rows"], work["columns"], work["batch"]
    if work["profile"] == "executor":
        return make_reading(work)
    section = TileSection(
        output_noise=work["noise"], dac=Dac(bits=work["dac_bits"]), adc=Adc(bits=work["adc_bits"])
    )
    device = make_design().device
    bar = make_crossbar(TileConfig(rows, columns, section), device, 0.05, work["rail"])
    bar.weights[...] = np.rint(vector.read_weights(rows, columns) / bar.devices.grid)
    bar.weights[...] *= np.float32(bar.devices.grid)
    held = numerics(work["profile"])
    tile = CompiledArray(bar, exact=held.integer)
    forward = work["kind"] == "forward"
    values = vector.read_vectors(batch, rows if forward else columns).astype(np.float64)
    values = np.rint(values * held.unit) if held.integer else values
    read = tile.forward if forward else tile.backward
    samples = np.arange(batch)

    def call() -> Vectors:
        codes, factor = scale_input(values, held, section)
        out = read(codes, samples) * (bar.adc_lsb * factor)[:, None]
        samples[...] += batch
        return np.rint(out) if held.integer else out

    return Job(call)


def make_reading(work: Work) -> Job:
    """Return a read of one vector as training executes it."""
    tile = {
        "output_noise": work["noise"],
        "dac": {"bits": work["dac_bits"]},
        "adc": {"bits": work["adc_bits"]},
    }
    reading = Reading(work["rows"], work["columns"], work["kind"] == "forward", tile)
    times = work["together"]
    return Job(lambda: reading.read(times), times=times)


def make_product(work: Work) -> Job:
    """Return a plain float32 product with a normal number added to each output."""
    weights = vector.read_weights(work["rows"], work["columns"])
    batch = vector.read_vectors(work["batch"], work["rows"])
    noise, rng = np.float32(work["noise"]), np.random.default_rng(0)

    def call() -> None:
        out = batch @ weights
        out += noise * rng.standard_normal(out.shape, np.float32)

    return Job(call)


def training_design(work: Work, samples: int | None) -> Design:
    """Return the design of `examples/mnist.toml`, for one epoch or a few samples of it."""
    layers = [{"inputs": a, "outputs": b} for a, b in pairwise(work["layers"])]
    data = {"name": "idx", "path": work["data"]}
    return make_design(
        {
            "run": {"epochs": 1.0} if samples is None else {"samples": samples},
            "data": data if work["samples"] is None else data | {"limit": work["samples"]},
            "layer": layers,
            "tile": {
                "rows": 1024,
                "columns": 512,
                "output_noise": work["noise"],
                "update": {"bl": work["bl"]},
            },
            "device": {"preset": "soft-bounds", "dw_min": work["dw_min"]},
            "algorithm": {
                "name": work.get("rule", "analog-sgd"),
                "lr": work["lr"],
                "lr_decay_after": 1.0,
                **work.get("keys", {}),
            },
        }
    )


def make_training(work: Work) -> Job:
    """Return an epoch on the machine of the design, with its clock; kernels are compiled before.

    The seconds of the evaluation at the end are measured once more and taken off.
    """
    Training(training_design(work, 8)).run()
    facts: dict[str, Any] = {}

    def epoch() -> float:
        training = Training(training_design(work, None))
        begin = time.process_time()
        training.run()
        done = time.process_time()
        facts["samples"] = training.total
        facts["accuracy"] = training.metrics[-1].accuracy
        layers = training.memory.layers
        weights = tuple((layer.grid.weights(), layer.bias, layer.gain) for layer in layers)
        training.memory.network.evaluate(training.data.test, training.total, weights)
        return (done - begin) - (time.process_time() - done)

    return Job(epoch, facts, long=True)


KINDS: dict[str, Callable[[Work], Job]] = {
    "limit": make_limit,
    "update": make_update,
    "forward": make_read,
    "backward": make_read,
    "product": make_product,
    "train": make_training,
}


def make(work: Work) -> Job:
    """Prepare work of any kind."""
    return KINDS[work["kind"]](work)


def vector_bits() -> int:
    """Return the width of the vectors that Numba compiles a simple loop to."""
    _add_one(np.zeros(16, np.float32))
    code = "".join(_add_one.inspect_asm().values())
    widths = {"z": 512, "y": 256, "x": 128}
    return max((widths[kind] for kind in re.findall(r"%([xyz])mm\d", code)), default=0)


def processor() -> str:
    """Return the processor's name as the system gives it."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"model name\s*:\s*(.+)", text)
    return found[1] if found else platform.machine()


def about() -> dict[str, Any]:
    """Return versions, threads and processor of this side."""
    return {
        "pulsetrain": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "llvmlite": llvmlite.__version__,
        "processor": processor(),
        "processors": os.cpu_count(),
        "compiled_for": llvmlite.binding.get_host_cpu_name(),
        "vector_bits": vector_bits(),
        "threads": numba.get_num_threads(),
    }


if __name__ == "__main__":
    server.run(make, about)
