"""aihwkit's side of the comparison, run by the interpreter that has it."""

import os
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import torch
from aihwkit.simulator.configs import SingleRPUConfig, devices
from aihwkit.simulator.parameters import IOParameters, UpdateParameters
from aihwkit.simulator.parameters.enums import BoundManagementType, NoiseManagementType
from aihwkit.simulator.tiles.analog import AnalogTile

from benchmarks import peer_training, server, vector
from benchmarks.clock import Job

FAMILIES: dict[str, Any] = {
    "constant-step": devices.ConstantStepDevice(),
    "soft-bounds": devices.SoftBoundsDevice(),
    "exponential-step": devices.ExpStepDevice(),
    "power-step": devices.PowStepDevice(),
}
#: Updates from which the coincidences are counted.
COUNTED = 20
#: Times that a rate is corrected.
TRIALS = 4


class Pulsing:
    """A tile and the update it is given.

    Parameters
    ----------
    work
        Size, slots, wanted coincidences where both lines are largest, and whether aihwkit's own
        pulse management is on.
    device
        The devices of the tile.
    rate
        Learning rate over dw_min.
    """

    def __init__(self, work: dict[str, Any], device: Any, rate: float) -> None:
        update = UpdateParameters(
            desired_bl=work["bl"],
            update_bl_management=work["managed"],
            update_management=work["managed"],
        )
        x, d = (torch.from_numpy(v) for v in vector.pulse_vectors(work["rows"], work["columns"]))
        self.times = vector.updates_together(len(x), len(d))
        self.x = x.repeat(self.times, 1)
        self.d = torch.stack([d if k % 2 else -d for k in range(self.times)])
        self.tile = AnalogTile(len(d), len(x), SingleRPUConfig(device=device, update=update)).tile
        self.tile.set_learning_rate(rate * device.dw_min)

    def update(self) -> None:
        """Update `times` times, up and down in turns; a batch is a loop inside aihwkit."""
        self.tile.update(self.x, self.d, False)

    def coincidences(self, step: float) -> float:
        """Return the mean coincidences of a device whose every step is `step`."""
        zero = torch.zeros(self.d.shape[1], self.x.shape[1])
        total = 0.0
        for k in range(COUNTED):
            self.tile.set_weights(zero)
            self.tile.update(self.x[0], self.d[k % 2], False)
            total += float(self.tile.get_weights().abs().sum())
        return total / (COUNTED * step * int(zero.numel()))


def exact(device: Any) -> Any:
    """Return a device of the same family whose steps are all alike: no spread, tiny steps."""
    own = {name: 0.0 for name in vars(device) if name.endswith(("_dtod", "dw_min_std"))}
    return replace(device, dw_min=2.0**-24, w_max=1.0, w_min=-1.0, **own)


def first_step(device: Any) -> float:
    """Return the step of an exact device at weight 0, up and down averaged."""
    one = UpdateParameters(desired_bl=1, update_bl_management=False, update_management=False)
    tile = AnalogTile(1, 1, SingleRPUConfig(device=device, update=one)).tile
    tile.set_learning_rate(1.0)
    steps = []
    for sign in (-1000.0, 1000.0):
        tile.set_weights(torch.zeros(1, 1))
        tile.update(torch.tensor([1000.0]), torch.tensor([sign]), False)
        steps.append(float(tile.get_weights().abs()))
    return float(np.mean(steps))


def make_update(work: dict[str, Any]) -> Job:
    """Return an update with as many coincidences as wanted, counted on exact devices.

    aihwkit divides the rate by each family's own measure of a step, not by dw_min: the rate is
    scaled until the coincidences are the wanted ones.
    """
    device = FAMILIES[work["family"]]
    twin, rate = exact(device), float(work["wanted"])
    x, d = vector.pulse_vectors(work["rows"], work["columns"])
    density = rate * float(abs(x).mean() * abs(d).mean())
    step = first_step(twin)
    found = Pulsing(work, twin, rate).coincidences(step)
    for _ in range(TRIALS):
        rate *= density / found
        found = Pulsing(work, twin, rate).coincidences(step)
    pulsing = Pulsing(work, device, rate)
    return Job(pulsing.update, {"coincidences": found}, times=pulsing.times)


def make_read(work: dict[str, Any]) -> Job:
    """Return a forward or backward read through converters with noise."""
    rows, columns = work["rows"], work["columns"]
    forward = work["kind"] == "forward"
    io = IOParameters(
        inp_res=1 / (2 ** work["dac_bits"] - 2),
        out_res=1 / (2 ** work["adc_bits"] - 2),
        out_bound=work["rail"],
        out_noise=work["noise"],
        noise_management=NoiseManagementType.ABS_MAX,
        bound_management=BoundManagementType.NONE,
    )
    config = SingleRPUConfig(device=devices.IdealDevice(), forward=io, backward=io)
    tile = AnalogTile(columns, rows, config).tile
    tile.set_weights(torch.from_numpy(vector.read_weights(rows, columns).T.copy()))
    times = work.get("together", 1)
    lines = rows if forward else columns
    batch = torch.from_numpy(vector.read_vectors(work["batch"] * times, lines))
    read = tile.forward if forward else tile.backward
    return Job(lambda: read(batch, False), times=times)


def make_product(work: dict[str, Any]) -> Job:
    """Return a plain float32 product with a normal number added to each output."""
    weights = torch.from_numpy(vector.read_weights(work["rows"], work["columns"]))
    batch = torch.from_numpy(vector.read_vectors(work["batch"], work["rows"]))
    noise = float(work["noise"])

    def product() -> torch.Tensor:
        out = batch @ weights
        return out.add_(torch.randn(out.shape), alpha=noise)

    return Job(product)


def make(work: dict[str, Any]) -> Job:
    """Prepare work of any kind."""
    kinds = {
        "update": make_update,
        "forward": make_read,
        "backward": make_read,
        "product": make_product,
        "train": peer_training.make_training,
    }
    return kinds[work["kind"]](work)


def about() -> dict[str, Any]:
    """Return the versions and threads of this side."""
    return {
        "aihwkit": version("aihwkit"),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "vectors": torch.backends.cpu.get_cpu_capability(),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS"),
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    server.run(make, about)
