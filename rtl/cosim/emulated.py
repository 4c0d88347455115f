"""A machine with emulated arrays as files: Verilog, a bench without Python, its samples."""

import json
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from models.design import Design, design_sha256, design_toml
from models.device.array import GRID_BITS
from models.device.emulated import WEIGHT_BITS
from models.file import write_text
from models.network import make_grid
from models.record import Record, in_order
from models.schedule import Op
from models.tile import tile_config
from rtl.cosim.packing import unpack
from rtl.cosim.stimulus import Stimulus
from rtl.emulated import EmulatedAccelerator, emulated_accelerator
from rtl.verilog import MANIFEST, component_ports, verilog_text

MODULE = "emulated"
#: What the bench reads and what it leaves, but for the weights of each stage.
ELEMENTS, LABELS = "elements.hex", "labels.hex"
OUTPUTS, CLASSES, OPS, COUNTERS = "outputs.txt", "classes.txt", "ops.txt", "counters.txt"

_FILE = """  integer weights$m;
  initial weights$m = $$fopen("weights$m.txt", "w");
"""
_WIRES = """  wire start$lane$m, end$lane$m;
  wire [2:0] op$lane$m;
  wire [31:0] sample$lane$m;
  reg running$lane$m = 0;
  reg [2:0] last_op$lane$m;
  reg [31:0] last_sample$lane$m;
  reg [47:0] began$lane$m;
"""
_PORTS = """    .trace${lane}${m}__start(start$lane$m), .trace${lane}${m}__op(op$lane$m),
    .trace${lane}${m}__sample(sample$lane$m), .trace${lane}${m}__end(end$lane$m),"""
_TRACE = """      if (!stall && start$lane$m) begin
        running$lane$m <= 1;
        last_op$lane$m <= op$lane$m;
        last_sample$lane$m <= sample$lane$m;
        began$lane$m <= cycle;
      end else if (!stall && end$lane$m && running$lane$m) begin
        running$lane$m <= 0;
        $$fwrite(ops, "$m %0d %0d %0d %0d\\n",
                 last_op$lane$m, last_sample$lane$m, began$lane$m, cycle + 1);
        if (last_op$lane$m == $update && (last_sample$lane$m + 1) % $every == 0) begin
$looks
        end
      end"""
_LOOK = """          for (row = 0; row < $rows; row = row + 1)
            $$fwrite(weights$m, "%h\\n", dut.array$m.weights$n[row]);"""


def bench_text(machine: EmulatedAccelerator, samples: int, every: int) -> str:
    """Return the bench of a machine; it looks at the weights after every `every` updates."""
    plan = machine.plan
    ports = {port["name"]: port["width"] for port in component_ports(machine)}
    stages = [{"m": m, "rows": one.config.inputs} for m, one in enumerate(plan.stages)]

    def look(m: int) -> str:
        arrays = range(machine.emulators[m].tile.arrays)
        return "\n".join(Template(_LOOK).substitute(stages[m], n=n) for n in arrays)

    lanes = [
        stages[m] | {"lane": lane, "update": int(Op.UPDATE), "every": every, "looks": look(m)}
        for m, lane in plan.lanes
    ]

    def each(text: str, values: list[dict[str, Any]] = lanes) -> str:
        return "\n".join(Template(text).substitute(own) for own in values)

    template = files("rtl.cosim").joinpath("emulated_bench.v").read_text()
    return Template(template).substitute(
        digital_bits=plan.first.digital_bits,
        label_bits=plan.last.label_bits,
        host_bits=ports["i_host__payload"],
        samples=samples,
        count=samples * plan.first.inputs,
        wires=each(_FILE, stages) + "\n" + each(_WIRES),
        ports=each(_PORTS),
        traces=each(_TRACE),
    )


def _hexadecimal(values: Any, bits: int) -> str:
    """Return one number a line, in two's complement."""
    mask, digits = (1 << bits) - 1, -(-bits // 4)
    return "".join(f"{int(value) & mask:0{digits}x}\n" for value in values)


def write_emulated(design: Design, folder: Path, planned: int, stimulus: Stimulus) -> list[Path]:
    """Write a machine with emulated arrays and its bench into `folder`; return the files.

    They are `emulated.v`, which needs no other file, `bench.v` with `main.cpp` that drives its
    clock, `elements.hex` and `labels.hex` with the samples, `design.toml`, and `manifest.json`.
    `planned` are the samples of the design's run.

    Raises
    ------
    DesignError
        See `rtl.emulated.emulated_accelerator`.
    """
    machine = emulated_accelerator(design, planned)
    folder.mkdir(parents=True, exist_ok=True)
    labels, config = stimulus.labels.copy(), machine.plan.last
    labels[-1] |= 1 << config.label_bits
    entry = {"module": MODULE, "file": f"{MODULE}.v", "ports": list(component_ports(machine))}
    manifest = {
        "format": 2,
        "design_sha256": design_sha256(design),
        "samples": planned,
        "modules": [entry],
    }
    elements = stimulus.elements.ravel()
    texts = {
        f"{MODULE}.v": verilog_text(machine, MODULE),
        "bench.v": bench_text(machine, len(labels), stimulus.every),
        "main.cpp": files("rtl.cosim").joinpath("emulated_main.cpp").read_text(),
        ELEMENTS: _hexadecimal(elements, config.digital_bits),
        LABELS: _hexadecimal(labels, config.label_bits + 1),
        "design.toml": design_toml(design),
        MANIFEST: json.dumps(manifest, indent=2) + "\n",
    }
    return [write_text(folder / name, text) for name, text in texts.items()]


def _weights(design: Design, stage: int, file: Path) -> np.ndarray:
    """Return the looks at the weights of a stage, as the model records them."""
    config = tile_config(design, stage)
    (bar,) = make_grid(design, stage).flat
    unit = np.float32(2.0 ** (bar.devices.exponent - GRID_BITS))
    rows = [unpack(int(line, 16), WEIGHT_BITS, config.columns) for line in file.read_text().split()]
    units = np.array(rows, np.float32).reshape(-1, *bar.recorded.shape)
    return units * unit


def read_record(design: Design, folder: Path, every: int, seconds: float) -> Record:
    """Return what the bench has left in `folder` as a record."""

    def numbers(name: str) -> np.ndarray:
        return np.loadtxt(folder / name, np.int64, ndmin=2)

    ops, (counters,) = numbers(OPS), numbers(COUNTERS).tolist()
    return Record(
        ops=in_order(ops),
        outputs=numbers(OUTPUTS),
        weights=[_weights(design, m, folder / f"weights{m}.txt") for m in range(design.stages)],
        every=every,
        cycles=counters[0],
        extra={"clocks": counters[1], "seconds": seconds},
    )


def read_classes(folder: Path) -> list[int]:
    """Return the predictions that the bench has left."""
    return [int(line) for line in (folder / CLASSES).read_text().split()]
