"""Training with emulated arrays, in samples and clocks a second: python -m benchmarks.emulator.

The machine of `benchmarks.cosim` with the device `emulated`: its arrays in the Verilog too and no
Python in the loop, its Verilog with NumPy crossbars at the ports, and the model alone. All train
alike, bit for bit; building is not counted.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks.cosim import LAYERS, SAMPLES, Speed, model, verilator
from models.design import make_design
from models.record import compare
from rtl.cosim.emulated import write_emulated
from rtl.cosim.standalone import build_bench, run_bench
from rtl.cosim.stimulus import Stimulus
from sim.reference import Reference
from sim.training import Training


def emulated(reference: Reference, folder: Path) -> tuple[Speed, float]:
    """Return the speed of the machine with emulated arrays, and the clocks of a sample."""
    design, every = reference.design, reference.every
    stimulus = Stimulus(reference.inputs, reference.labels, every)
    write_emulated(design, folder, reference.planned, stimulus)
    record = run_bench(build_bench(folder), design, folder, every)
    wrong = [one for one in compare(record, reference.run()) if one.difference is not None]
    if wrong:
        raise RuntimeError(f"the Verilog differs from the model: {wrong[0]}")
    seconds, clocks = record.extra["seconds"], record.extra["clocks"]
    return Speed("Verilog, emulated arrays", SAMPLES / seconds, clocks / seconds), clocks / SAMPLES


def main() -> None:
    """Measure all and print a table."""
    tables = {"device": {"preset": "emulated"}, "tile": {"output_noise": 0.0}}
    design = make_design(tables | {"layer": LAYERS, "run": {"samples": SAMPLES}})

    def fresh() -> Reference:
        return Reference(design, SAMPLES, SAMPLES)

    fresh().run()  # compiles the kernels
    with TemporaryDirectory() as first, TemporaryDirectory() as second:
        alone, clocks = emulated(fresh(), Path(first))
        served, _ = verilator(fresh(), Path(second))
    found = [
        alone,
        Speed("Verilog, NumPy arrays", served.samples, served.clocks),
        model("model, op by op", fresh().run),
        model("model", Training(design).run),
    ]
    table = Table("", "samples/s", "clocks/s")
    for one in found:
        table.add_row(
            one.name, f"{one.samples:,.1f}", "" if one.clocks is None else f"{one.clocks:,.0f}"
        )
    Console().print(table)
    Console().print(f"{clocks:.1f} clocks a sample; {time.strftime('%Y-%m-%d')}")


if __name__ == "__main__":
    main()
