"""A whole accelerator in the Amaranth simulator, and random tables of such."""

from collections.abc import Sequence
from copy import deepcopy
from itertools import pairwise
from typing import Any

import numpy as np
from amaranth.hdl import ResetInserter, Signal
from amaranth.sim import SimulatorContext

from models.activation import CODES
from models.record import Record, in_order
from models.schedule import Op
from rtl.accelerator import Accelerator
from rtl.cosim.array import Array, starting_array
from rtl.cosim.served import ServedPort
from rtl.plan import make_plan
from sim.reference import Reference
from tests.contract.machine import never
from tests.rtl.simulator import run
from tests.rtl.streams import Pattern, always

MOST_CLOCKS = 30000


def draw_tables(rng: np.random.Generator, name: str, sizes: Sequence[int]) -> dict[str, Any]:
    """Return the tables of a random accelerator with layers of these sizes, under a schedule."""

    def one(*values: Any) -> Any:
        return values[int(rng.integers(len(values)))]

    layers = [{"inputs": a, "outputs": b, "activation": one(*CODES)} for a, b in pairwise(sizes)]
    loss = one("cross-entropy", "mse")
    if loss == "cross-entropy":
        layers[-1]["activation"] = "linear"
    schedule: dict[str, Any] = {
        "name": name,
        "link_cycles": one(0, 3, 40),
        "credit_return_cycles": one(0, 2),
        "loss_cycles": one(0, 5),
        "arrival_cycles": one(0, 0, 60),
        "first_stage_backward": one(True, False),
    }
    if name in ("fill-drain", "1f1b"):
        schedule["N"] = one(1, 2, 3)
    if name == "custom":
        schedule |= {
            "priority": list(one("FBU", "UFB", "BUF")),
            "W": 3,
            "P": 2,
            "slot": one(30, 200),
        }
    timing: dict[str, Any] = {"forward_cycles": one(2, 9, 40), "backward_cycles": one(2, 12)}
    timing |= {"load_cycles": one(0, 2), "digital_rate": one(None, 2.0)}
    update = {"bl": one(3, 8, 31), "slots": one("built", "used"), "phases": one(1, 2)}
    return {
        "run": {"seed": int(rng.integers(1000))},
        "network": {"loss": loss},
        "layer": layers,
        "tile": {"update": update},
        "timing": {key: value for key, value in timing.items() if value is not None},
        "device": {"preset": "soft-bounds", "w_max": 0.6},
        "algorithm": {"lr": 0.3, "lr_decay_after": 0.5},
        "schedule": schedule,
    }


class Bench:
    """Feeds an accelerator, answers at its ports and keeps what it does.

    Parameters
    ----------
    reference
        The same run in the model: the design, its samples and their classes.
    offered, taking, stalled
        Whether the inputs are offered, the outputs taken and an array stalls in a clock.
    reading
        Whether the host asks for a row in a clock, if none is asked for.
    reset
        Clocks of an earlier run that a reset ends before the one that is kept; None: no such run.
    """

    def __init__(
        self,
        reference: Reference,
        offered: Pattern = always,
        taking: Pattern = always,
        stalled: Pattern = never,
        reading: Pattern = never,
        reset: int | None = None,
    ) -> None:
        design = reference.design
        self.dut = self._machine(reference)
        self.arrays = [starting_array(design, m) for m in range(design.stages)]
        self.elements = [int(value) for vector in reference.inputs for value in vector]
        self.labels = reference.labels.tolist()
        self.offered, self.taking, self.stalled = offered, taking, stalled
        self.reading, self.replies = reading, 0
        self.reset, self._rst = reset, Signal()
        #: Clocks in all, and the class of each sample.
        self.clocks, self.classes = 0, []
        self._ops, self._outputs = [], []
        self._weights = [[] for _ in self.arrays]
        self._given = self._marked = 0
        self._asking = False
        self._serve(self.arrays)
        stages = enumerate(self.dut.plan.stages)
        self._lanes = [(m, lane) for m, one in stages for lane in one.sharing.lanes]
        self._running: dict[tuple[int, str], tuple[int, int, int]] = {}
        self._vector: list[int] = []

    def _machine(self, reference: Reference) -> Any:
        """Return what is run."""
        return Accelerator(make_plan(reference.design, reference.planned))

    def _stall(self, ctx: SimulatorContext, clock: int) -> bool:
        """Let an array stall where the pattern says so; return whether one does."""
        stall = self.stalled(clock)
        ctx.set(self.dut.stall, stall << (clock % len(self.arrays)))
        return stall

    def _look(self, ctx: SimulatorContext, stage: int) -> np.ndarray:
        """Return the weights of a stage."""
        del ctx
        return np.array(self.arrays[stage].weights)

    def run(self) -> Record:
        """Return the record of a whole run."""
        run(ResetInserter(self._rst)(self.dut), self._bench)
        ops = in_order(np.array(self._ops))
        weights = [np.array(own) for own in self._weights]
        return Record(ops, np.array(self._outputs), weights, 1, self._cycles)

    async def _bench(self, ctx: SimulatorContext) -> None:
        if self.reset is not None:
            await self._interrupted(ctx, self.reset)
        dut, clock = self.dut, 0
        while not ctx.get(dut.done):
            self._respond(ctx)
            stall = self._stall(ctx, clock)
            self._offer(ctx, self.offered(clock))
            self._read(ctx, clock)
            taking = self.taking(clock)
            ctx.set(dut.o.ready, taking)
            ctx.set(dut.o_class.ready, taking)
            self._watch(ctx, stall, taking)
            await ctx.tick()
            clock += 1
            assert clock < MOST_CLOCKS, "it does not come to an end"
        self._cycles, self.clocks = ctx.get(dut.cycle), ctx.get(dut.clock)
        assert self.clocks == clock

    async def _interrupted(self, ctx: SimulatorContext, clocks: int) -> None:
        """Begin a run on arrays of its own, and reset in the midst of it."""
        self._serve(deepcopy(self.arrays))
        for clock in range(clocks):
            self._respond(ctx)
            self._offer(ctx, self.offered(clock))
            self._read(ctx, clock)
            ctx.set(self.dut.o.ready, 1)
            await ctx.tick()
        ctx.set(self._rst, 1)
        await ctx.tick()
        ctx.set(self._rst, 0)
        self._serve(self.arrays)
        self._given = self._marked = self.replies = 0
        self._asking = False

    def _serve(self, arrays: Sequence[Array]) -> None:
        """Put arrays at the ports."""
        self._ports = [
            ServedPort(getattr(self.dut, f"tile{m}"), one.config.tile, array)
            for m, (one, array) in enumerate(zip(self.dut.plan.stages, arrays, strict=True))
        ]

    def _respond(self, ctx: SimulatorContext) -> None:
        """Answer at every port that shows a new op."""
        for port in self._ports:
            port.serve(ctx)

    def _offer(self, ctx: SimulatorContext, offering: bool) -> None:
        dut, total = self.dut, len(self.labels)
        there = offering and self._given < len(self.elements)
        ctx.set(dut.i.valid, there)
        ctx.set(dut.i.payload, self.elements[self._given] if there else 0)
        marked = offering and self._marked < total
        ctx.set(dut.i_label.valid, marked)
        if marked:
            last = self._marked == total - 1
            ctx.set(dut.i_label.payload, {"label": self.labels[self._marked], "last": last})
        self._given += bool(there and ctx.get(dut.i.ready))
        self._marked += bool(marked and ctx.get(dut.i_label.ready))

    def _read(self, ctx: SimulatorContext, clock: int) -> None:
        """Ask for the first row of a stage until that stage takes the word; count the answers."""
        dut = self.dut
        if not self._asking and self.reading(clock):
            self._asking = True
            stage = clock % len(self.arrays)
            ctx.set(dut.i_host.payload, {"stage": stage, "op": Op.READ, "last": 1})
        ctx.set(dut.i_host.valid, self._asking)
        ctx.set(dut.o_host.ready, 1)
        self._asking = self._asking and not ctx.get(dut.i_host.ready)
        self.replies += ctx.get(dut.o_host.valid) and ctx.get(dut.o_host.payload.last)

    def _watch(self, ctx: SimulatorContext, stall: bool, taking: bool) -> None:
        """Keep what this clock takes from the machine."""
        dut = self.dut
        if taking and ctx.get(dut.o.valid):
            self._vector.append(ctx.get(dut.o.payload.data))
            if ctx.get(dut.o.payload.last):
                self._outputs.append(self._vector)
                self._vector = []
        if taking and ctx.get(dut.o_class.valid):
            self.classes.append(ctx.get(dut.o_class.payload))
        if not stall:
            self._trace(ctx)

    def _trace(self, ctx: SimulatorContext) -> None:
        """Keep starts and ends, by the architectural cycle; a held cycle shows them again."""
        cycle = ctx.get(self.dut.cycle)
        for m, lane in self._lanes:
            trace = getattr(self.dut, f"trace{lane}{m}")
            if ctx.get(trace.start):
                self._running[m, lane] = (ctx.get(trace.op), ctx.get(trace.sample), cycle)
            elif ctx.get(trace.end) and (m, lane) in self._running:
                op, sample, start = self._running.pop((m, lane))
                self._ops.append((m, op, sample, start, cycle + 1))
                if op == Op.UPDATE:
                    self._weights[m].append(self._look(ctx, m))
