"""One epoch of a network in PyTorch, on aihwkit's devices or on plain weights."""

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from aihwkit.nn import AnalogLinear, AnalogSequential
from aihwkit.optim import AnalogSGD
from aihwkit.simulator.configs import (
    DigitalRankUpdateRPUConfig,
    SingleRPUConfig,
    UnitCellRPUConfig,
    compounds,
    devices,
)
from aihwkit.simulator.parameters import IOParameters, UpdateParameters
from torch import nn

from benchmarks import vector
from benchmarks.clock import Job


def compound(work: dict[str, Any]) -> Any:
    """Return the device or compound of a learning rule, of soft bounds with their spreads.

    One column is transferred for every vector, through converters as those of F.
    """
    keys, io = work.get("keys", {}), IOParameters(out_noise=work["noise"])
    arrays = [devices.SoftBoundsDevice(dw_min=work["dw_min"]) for _ in range(keys.get("tiles", 2))]
    transfer = {
        "unit_cell_devices": arrays,
        "transfer_every": 1.0,
        "units_in_mbatch": False,
        "transfer_forward": io,
    }
    mixing = {"gamma": keys.get("gamma", 0.0)}
    rules: dict[str, Callable[[], Any]] = {
        "tiki-taka": lambda: compounds.TransferCompound(**transfer, **mixing),
        "residual": lambda: compounds.TransferCompound(**transfer, **mixing),
        "multi-tile": lambda: compounds.TransferCompound(**transfer, **mixing),
        "tiki-taka-2": lambda: compounds.BufferedTransferCompound(**transfer),
        "chopped-tiki-taka-2": lambda: compounds.ChoppedTransferCompound(**transfer),
        "agad": lambda: compounds.DynamicTransferCompound(**transfer),
        "mixed-precision": lambda: compounds.MixedPrecisionCompound(device=arrays[0]),
    }
    return rules.get(work.get("rule", ""), lambda: arrays[0])()


def analog_config(work: dict[str, Any]) -> Any:
    """Return a tile under a learning rule, and reads through converters."""
    io = IOParameters(out_noise=work["noise"])
    kinds = {"mixed-precision": DigitalRankUpdateRPUConfig, "analog-sgd": SingleRPUConfig}
    kind = kinds.get(work.get("rule", "analog-sgd"), UnitCellRPUConfig)
    update = UpdateParameters(desired_bl=work["bl"])
    return kind(device=compound(work), forward=io, backward=io, update=update)


def make_network(work: dict[str, Any]) -> tuple[Any, Any]:
    """Return a network of tanh layers and its optimiser."""
    torch.manual_seed(work["seed"])
    parts: list[Any] = []
    for inputs, outputs in pairwise(work["layers"]):
        if work["weights"] == "analog":
            parts.append(AnalogLinear(inputs, outputs, True, analog_config(work)))
        else:
            parts.append(nn.Linear(inputs, outputs))
        parts.append(nn.Tanh())
    if work["weights"] == "digital":
        plain = nn.Sequential(*parts[:-1])
        return plain, torch.optim.SGD(plain.parameters(), lr=work["lr"] * work["batch"])
    network = AnalogSequential(*parts[:-1])
    optimiser = AnalogSGD(network.parameters(), lr=work["lr"] * work["batch"])
    optimiser.regroup_param_groups(network)
    return network, optimiser


def make_training(work: dict[str, Any]) -> Job:
    """Return an epoch of a fresh network; its accuracy is measured after the clock stopped.

    The rate is per sample, so it is multiplied by the batch, over which PyTorch takes the mean.
    """
    train, labels, test, answers = (torch.from_numpy(a) for a in vector.images(work))
    batch, loss = work["batch"], nn.CrossEntropyLoss()
    facts: dict[str, Any] = {"samples": len(train)}

    def epoch() -> float:
        network, optimiser = make_network(work)
        begin = time.process_time()
        order = torch.randperm(len(train))
        for first in range(0, len(train), batch):
            chosen = order[first : first + batch]
            optimiser.zero_grad()
            loss(network(train[chosen]), labels[chosen]).backward()
            optimiser.step()
        seconds = time.process_time() - begin
        network.eval()
        with torch.no_grad():
            right = network(test).argmax(dim=1) == answers
        facts["accuracy"] = float(right.float().mean())
        return seconds

    return Job(epoch, facts, long=True)
