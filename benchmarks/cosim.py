"""Training through the Verilog, in samples and clocks a second: python -m benchmarks.cosim.

One accelerator for digits, 64-16-10, asynchronous: Verilator with NumPy crossbars at its ports,
Amaranth's own simulator with the same crossbars, and the model alone (clock and compiled executor).
Building is not counted.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from amaranth.sim import Simulator, SimulatorContext
from rich.console import Console
from rich.table import Table

from models.design import make_design
from models.tile import tile_config
from rtl.accelerator import Accelerator
from rtl.cosim.array import starting_array
from rtl.cosim.run import build, simulate
from rtl.cosim.served import ServedPort
from rtl.cosim.stimulus import STIMULUS, Stimulus
from rtl.plan import make_plan
from rtl.writing import write_accelerator
from sim.reference import Reference
from sim.training import Training

SAMPLES = 1000
#: Clocks of Amaranth's simulator, which is slow.
CLOCKS = 3000
LAYERS = [
    {"inputs": 64, "outputs": 16, "activation": "tanh"},
    {"inputs": 16, "outputs": 10},
]


@dataclass(frozen=True)
class Speed:
    """What one simulator does in a second."""

    name: str
    samples: float
    clocks: float | None = None


def verilator(reference: Reference, folder: Path) -> tuple[Speed, float]:
    """Return the speed of Verilator, and the clocks of a sample."""
    write_accelerator(reference.design, folder, reference.planned)
    Stimulus(reference.inputs, reference.labels, SAMPLES).write(folder / STIMULUS)
    record = simulate(folder, build(folder))
    seconds, clocks = record.extra["seconds"], record.extra["clocks"]
    return Speed("Verilator", SAMPLES / seconds, clocks / seconds), clocks / SAMPLES


def amaranth(reference: Reference, clocks_a_sample: float) -> Speed:
    """Return the speed of Amaranth's simulator, from some clocks of the same run."""
    design = reference.design
    dut = Accelerator(make_plan(design, reference.planned))
    elements = iter(reference.inputs.ravel().tolist())
    begin = 0.0

    async def bench(ctx: SimulatorContext) -> None:
        nonlocal begin
        ports = [
            ServedPort(getattr(dut, f"tile{m}"), tile_config(design, m), starting_array(design, m))
            for m in range(design.stages)
        ]
        for name in ("o", "o_class"):
            ctx.set(getattr(dut, name).ready, 1)
        ctx.set(dut.i.valid, 1)
        ctx.set(dut.i_label.valid, 1)
        ctx.set(dut.i.payload, next(elements))
        begin = time.perf_counter()
        for _ in range(CLOCKS):
            for port in ports:
                port.serve(ctx)
            taken = ctx.get(dut.i.ready)
            await ctx.tick()
            if taken:
                ctx.set(dut.i.payload, next(elements))

    simulator = Simulator(dut)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    clocks = CLOCKS / (time.perf_counter() - begin)
    return Speed("Amaranth", clocks / clocks_a_sample, clocks)


def model(name: str, run: Callable[[], object]) -> Speed:
    """Return the speed of an account without circuits."""
    begin = time.perf_counter()
    run()
    return Speed(name, SAMPLES / (time.perf_counter() - begin))


def main() -> None:
    """Measure all and print a table."""
    design = make_design({"layer": LAYERS, "run": {"samples": SAMPLES}})
    reference = Reference(design, SAMPLES, SAMPLES)
    reference.run()  # compiles the kernels
    with TemporaryDirectory() as folder:
        fast, clocks = verilator(reference, Path(folder))
    found = [
        fast,
        amaranth(reference, clocks),
        model("model, op by op", Reference(design, SAMPLES, SAMPLES).run),
        model("model", Training(design).run),
    ]
    table = Table("", "samples/s", "clocks/s", "of Verilator's samples")
    for one in found:
        rate = "" if one.clocks is None else f"{one.clocks:,.0f}"
        ratio = f"{one.samples / fast.samples:.3g}"
        table.add_row(one.name, f"{one.samples:,.2f}", rate, ratio)
    Console().print(table)


if __name__ == "__main__":
    main()
