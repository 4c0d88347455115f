"""Trains an accelerator in Verilog with NumPy crossbars at its analog ports; runs in the simulator.

The environment names the folder (`COSIM_FOLDER`) of `design.toml`, `manifest.json` and
`stimulus.npz`; the run's record is left there as `found.npz`. Inputs change at falling edges, and
nothing is read but after a falling edge, when all has settled.
"""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly, RisingEdge

from models.design import Design, read_design
from models.record import Record, in_order
from models.schedule import Op
from models.tile import tile_config
from rtl.cosim.array import answer, starting_array
from rtl.cosim.stimulus import FOUND, STIMULUS, Stimulus
from rtl.sharing import THREE_LANES

PORT = ("tag", "op", "sample", "attempt", "x", "d", "xw", "xs", "dw", "ds", "bl")
TILE_CONTROL = ("limit", "side", "register__line", "register__seed", "register__load")
CONTROL = ("frozen", "rate", *(f"tile__{name}" for name in TILE_CONTROL))
CONTROL += tuple(f"bias__{name}" for name in ("line", "look", "value", "load"))
#: Clocks of a slot in the patterns of hindrance.
PATTERN = 4093


def number(handle: Any) -> int:
    """Return a signal's value, of one bit or many."""
    return int(str(handle.value), 2)


class Tile:
    """The crossbar of one stage: answers each `go`, and shows its weights as they were.

    Parameters
    ----------
    dut, design, stage
        The accelerator, its description, and whose port is served.
    every
        Updates between two looks at the weights.
    """

    def __init__(self, dut: Any, design: Design, stage: int, every: int) -> None:
        self.config, self.every = tile_config(design, stage), every
        self.array = starting_array(design, stage)
        self.clock = dut.clk
        self.port = {name: getattr(dut, f"tile{stage}__{name}") for name in PORT}
        self.y = getattr(dut, f"tile{stage}__y")
        self.looks: list[np.ndarray] = []
        self._updating = -1

    def look(self, sample: int = -1) -> None:
        """Keep the weights if the update that ran before `sample` was one to look at."""
        if sample != self._updating >= 0:
            if (self._updating + 1) % self.every == 0:
                self.looks.append(self.array.weights.copy())
            self._updating = -1

    async def serve(self) -> None:
        """Answer for ever: one wake for each `go`."""
        while True:
            await self.port["tag"].value_change
            await FallingEdge(self.clock)
            shown = {name: number(handle) for name, handle in self.port.items()}
            update = shown["op"] == Op.UPDATE
            self.look(shown["sample"] if update else -1)
            self.y.value = answer(self.array, self.config, shown)
            if update:
                self._updating = shown["sample"]


class Monitor:
    """Keeps the starts and ends of the ops of one lane of a stage; it drives nothing."""

    def __init__(self, dut: Any, stage: int, lane: str) -> None:
        self.stage, self.dut, self.clock = stage, dut, dut.clk
        names = ("start", "op", "sample", "end")
        self.trace = {name: getattr(dut, f"trace{lane}{stage}__{name}") for name in names}
        self.started: list[tuple[int, int, int]] = []
        self.ended: list[int] = []
        #: Samples of which the update has ended.
        self.learned = 0

    async def starts(self) -> None:
        """Keep every start: one in a cycle, whatever rises until all has settled."""
        start, op, sample = (self.trace[name] for name in ("start", "op", "sample"))
        await ReadOnly()  # the reset has ended: what starts at once is there, and may pass at once
        first = bool(number(start))
        while True:
            if not first:
                await RisingEdge(start)
                await FallingEdge(self.clock)
            first = False
            now = number(self.dut.cycle)
            if number(start) and not (self.started and self.started[-1][2] == now):
                self.started.append((number(op), number(sample), now))

    async def ends(self) -> None:
        """Keep every end."""
        while True:
            await RisingEdge(self.trace["end"])
            await FallingEdge(self.clock)
            end = number(self.dut.cycle) + 1
            if not number(self.trace["end"]) or end in self.ended[-1:]:
                continue
            self.ended.append(end)
            self.learned += self.started[len(self.ended) - 1][0] == Op.UPDATE

    @property
    def ops(self) -> list[tuple[int, int, int, int, int]]:
        """Stage, op, sample, start and end of all ops."""
        pairs = zip(self.started, self.ended, strict=True)
        return [(self.stage, op, sample, start, end) for (op, sample, start), end in pairs]


class Hindrance:
    """Clocks in which a source pauses, a sink waits or an array stalls, by fixed random patterns.

    `share` of all clocks are hindered, of each by a pattern of its own.
    """

    def __init__(self, share: float, seed: int) -> None:
        self.share = share
        self.drawn = np.random.default_rng(seed).random((4, PATTERN)) < share

    def __call__(self, what: int, clock: int) -> bool:
        return bool(self.drawn[what, clock % PATTERN])


class Accelerator:
    """All drivers and monitors around an accelerator."""

    def __init__(self, dut: Any, folder: Path) -> None:
        self.dut, self.stimulus = dut, Stimulus.read(folder / STIMULUS)
        design = read_design(folder / "design.toml")
        every, stages = self.stimulus.every, range(design.stages)
        self.tiles = [Tile(dut, design, m, every) for m in stages]
        self.monitors = [
            Monitor(dut, m, lane)
            for m in stages
            for lane in THREE_LANES
            if hasattr(dut, f"trace{lane}{m}__start")
        ]
        self.hindrance = Hindrance(self.stimulus.hindrance, design.run.seed)
        self.outputs: list[list[int]] = []
        self.classes: list[int] = []
        self._bits = len(dut.o__payload) - 1
        self._mask = (1 << len(dut.i__payload)) - 1

    async def reset(self) -> None:
        """Start the clock and reset."""
        dut = self.dut
        for name in ("i", "i_label", "i_host"):
            getattr(dut, f"{name}__valid").value = getattr(dut, f"{name}__payload").value = 0
        dut.o__ready.value = dut.o_class__ready.value = dut.o_host__ready.value = 1
        dut.stall.value = 0
        for name in ("halt", "number", *(f"stage__{name}" for name in CONTROL)):
            getattr(dut, f"control__{name}").value = 0
        dut.rst.value = 1
        Clock(dut.clk, 10, unit="ns").start()
        for _ in range(2):
            await FallingEdge(dut.clk)
        dut.rst.value = 0

    async def send(self, name: str, words: Iterable[int], what: int) -> None:
        """Offer words on a stream, one after another."""
        dut = self.dut
        valid, payload, ready = (
            getattr(dut, f"{name}__{part}") for part in ("valid", "payload", "ready")
        )
        clock = 0
        for word in words:
            await FallingEdge(dut.clk)
            payload.value = word
            taken = False
            while not taken:
                offering = not (self.hindrance.share and self.hindrance(what, clock))
                valid.value = int(offering)
                await ReadOnly()
                taken = offering and bool(number(ready))
                clock += 1
                if not taken:
                    if not self.hindrance.share:
                        await RisingEdge(ready)
                    await FallingEdge(dut.clk)
        await FallingEdge(dut.clk)
        valid.value = 0

    async def receive(self) -> None:
        """Take the packets of outputs, and the classes beside them."""
        dut, half, vector = self.dut, 1 << (self._bits - 1), []
        while True:
            if not (self.hindrance.share or number(dut.o__valid)):
                await RisingEdge(dut.o__valid)
            await FallingEdge(dut.clk)
            await ReadOnly()
            if not (number(dut.o__valid) and number(dut.o__ready)):
                continue
            word = number(dut.o__payload)
            vector.append(((word & (2 * half - 1)) ^ half) - half)
            if word >> self._bits:
                self.outputs.append(vector)
                vector = []

    async def classify(self) -> None:
        """Take the classes."""
        dut = self.dut
        while True:
            if not (self.hindrance.share or number(dut.o_class__valid)):
                await RisingEdge(dut.o_class__valid)
            await FallingEdge(dut.clk)
            await ReadOnly()
            if number(dut.o_class__valid) and number(dut.o_class__ready):
                self.classes.append(number(dut.o_class__payload))

    async def hinder(self) -> None:
        """Drive the back-pressure of the sinks and the stalls of the arrays."""
        dut, clock = self.dut, 0
        while True:
            await FallingEdge(dut.clk)
            dut.o__ready.value = int(not self.hindrance(2, clock))
            dut.o_class__ready.value = int(not self.hindrance(2, clock + 1))
            dut.stall.value = int(self.hindrance(3, clock)) << (clock % len(self.tiles))
            clock += 1

    def labels(self) -> list[int]:
        """Return the words of the labels; the last one is marked."""
        stimulus, bits = self.stimulus, len(self.dut.i_label__payload) - 1
        words = [int(label) for label in stimulus.labels]
        words[-1] |= 1 << bits
        return words

    async def tell(self, file: Path) -> None:
        """Write the samples that are learned for whoever waits, a few times a second."""
        last = 0.0
        while True:
            await RisingEdge(self.dut.trace0__end)
            if time.monotonic() - last > 0.2:
                last = time.monotonic()
                learned = max(own.learned for own in self.monitors if own.stage == 0)
                file.write_text(str(learned))

    async def run(self, folder: Path) -> Record:
        """Train on all samples and return the record."""
        await self.reset()
        elements = (int(one) & self._mask for one in self.stimulus.elements.ravel())
        begin = time.perf_counter()
        hindered = [self.hinder()] if self.hindrance.share else []
        served = [tile.serve() for tile in self.tiles]
        watched = [way for own in self.monitors for way in (own.starts(), own.ends())]
        ends: list[Any] = [self.receive(), self.classify(), self.tell(folder / "progress")]
        tasks = [cocotb.start_soon(one) for one in (*served, *watched, *ends, *hindered)]
        tasks.append(cocotb.start_soon(self.send("i_label", self.labels(), 1)))
        tasks.append(cocotb.start_soon(self.send("i", elements, 0)))
        while not number(self.dut.done):  # it can rise and fall again before all has settled
            await RisingEdge(self.dut.done)
            await FallingEdge(self.dut.clk)
        seconds = time.perf_counter() - begin
        for task in tasks:
            task.cancel()
        return self._record(seconds)

    def _record(self, seconds: float) -> Record:
        for tile in self.tiles:
            tile.look()
        assert self.classes == [int(np.argmax(one)) for one in self.outputs]
        ops = [op for own in self.monitors for op in own.ops]
        clocks = number(self.dut.clock)
        shapes = [tile.array.weights.shape for tile in self.tiles]
        return Record(
            in_order(np.array(ops, np.int64).reshape(-1, 5)),
            np.array(self.outputs, np.int64),
            [
                np.array(tile.looks, np.float32).reshape(-1, *shape)
                for tile, shape in zip(self.tiles, shapes, strict=True)
            ],
            self.stimulus.every,
            number(self.dut.cycle),
            {"clocks": clocks, "seconds": seconds},
        )


@cocotb.test()
async def train(dut: Any) -> None:
    """Train on the stimulus; whoever has started the simulator compares the record."""
    folder = Path(os.environ["COSIM_FOLDER"])
    record = await Accelerator(dut, folder).run(folder)
    record.write(folder / FOUND)
