"""One epoch of a network in PyTorch, on aihwkit's devices or on plain weights."""

import time
from itertools import pairwise
from typing import Any

import torch
from aihwkit.nn import AnalogLinear, AnalogSequential
from aihwkit.optim import AnalogSGD
from aihwkit.simulator.configs import SingleRPUConfig, devices
from aihwkit.simulator.parameters import IOParameters, UpdateParameters
from torch import nn

from benchmarks import vector
from benchmarks.clock import Job


def analog_config(work: dict[str, Any]) -> SingleRPUConfig:
    """Return soft bounds with the spreads of a pulsed device, and reads through converters."""
    io = IOParameters(out_noise=work["noise"])
    return SingleRPUConfig(
        device=devices.SoftBoundsDevice(dw_min=work["dw_min"]),
        forward=io,
        backward=io,
        update=UpdateParameters(desired_bl=work["bl"]),
    )


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
