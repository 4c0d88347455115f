"""Verilog of a design's tiles, with a manifest of their ports, parameters and cycles."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from amaranth.back import rtlil
from amaranth.hdl import Shape, Value
from amaranth.lib import data
from amaranth.lib.wiring import Component, In

from models.design import Design, design_sha256
from models.error import DesignError
from models.file import write_text
from models.schedule import Op
from models.seed import check_seeds
from models.tile import TileConfig, grid_config
from models.timing import (
    backward_cycles,
    digit_cycles,
    forward_cycles,
    prepare_cycles,
    update_cycles,
)
from rtl.tile import TileController

#: Most lines of one side: the packed ports are not proven beyond.
MOST_LINES = 128
MANIFEST = "manifest.json"

#: Full `proc`, so that no simulator needs more than plain always blocks.
_PASSES = ("proc", "opt_expr", "memory_collect")
_YOSYS = """
import sys
from pyosys import libyosys
design = libyosys.Design()
for line in sys.argv[1:]:
    libyosys.run_pass(line, design)
"""


def verilog_text(component: Component, name: str) -> str:
    """Return the Verilog of a component as module `name` and its submodules."""
    text = rtlil.convert(component, name=name, emit_src=False)
    with TemporaryDirectory() as folder:
        (Path(folder) / "tile.il").write_text(text)
        passes = ("read_rtlil tile.il", *_PASSES, "write_verilog -noattr tile.v")
        done = subprocess.run(
            [sys.executable, "-c", _YOSYS, *passes], cwd=folder, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"Yosys failed on {name}: {done.stdout[-500:]}{done.stderr[-500:]}")
        return (Path(folder) / "tile.v").read_text()


def module_names(design: Design) -> list[str]:
    """Return the module of each tile: `tile_<rows>x<columns>`, and its place if sizes repeat.

    The place is `_stage<m>`, and `_row<r>_column<c>` where the stage has several tiles. Every tile
    is a module of its own, since its seeds are its own.
    """
    sizes, places = [], []
    for stage in range(design.stages):
        grid = grid_config(design, stage)
        for r, row in enumerate(grid.tiles):
            for c, tile in enumerate(row):
                sizes.append(f"tile_{tile.rows}x{tile.columns}")
                part = f"_row{r}_column{c}" if len(grid.flat) > 1 else ""
                places.append(f"_stage{stage}{part}")
    repeated = Counter(sizes)
    return [
        size if repeated[size] == 1 else size + place
        for size, place in zip(sizes, places, strict=True)
    ]


def component_ports(component: Component) -> Iterator[dict[str, Any]]:
    """Yield name, width and direction of every port; packed structures with their fields."""
    yield {"name": "clk", "width": 1, "direction": "input"}
    yield {"name": "rst", "width": 1, "direction": "input"}
    for path, member, value in component.signature.flatten(component):
        port: dict[str, Any] = {
            "name": "__".join(map(str, path)),
            "width": len(Value.cast(value)),
            "direction": "input" if member.flow == In else "output",
        }
        if isinstance(member.shape, data.StructLayout):
            port["fields"] = {
                name: {"offset": field.offset, "width": Shape.cast(field.shape).width}
                for name, field in member.shape
            }
        yield port


def _entry(controller: TileController, module: str, place: tuple[int, int, int]) -> dict[str, Any]:
    """Return one module's entry in the manifest; `place` is its stage, block row and column."""
    config = controller.config
    tile, update = config.tile, config.tile.update
    return {
        "module": module,
        "file": f"{module}.v",
        "stage": place[0],
        "tile": list(place[1:]),
        "parameters": {
            "rows": config.rows,
            "columns": config.columns,
            "digital_bits": tile.digital_bits,
            "dac_bits": tile.dac.bits,
            "adc_bits": tile.adc.bits,
            **update.model_dump(),
            "seed": config.seed,
        },
        "cycles": {
            "F": forward_cycles(config),
            "B": backward_cycles(config),
            "U": update_cycles(config),
            "PROGRAM": digit_cycles(config),
            "READ": forward_cycles(config),
            "prepare_F": prepare_cycles(config, Op.FORWARD),
            "prepare_B": prepare_cycles(config, Op.BACKWARD),
            "prepare_U": prepare_cycles(config, Op.UPDATE),
        },
        "ports": list(component_ports(controller)),
    }


#: Keys with the one value that the pulse generators and the controller know.
_BUILT = {
    "tile.update.pulse_type": "lfsr",
    "tile.update.update_management": True,
    "tile.update.um_grad_scale": 1.0,
    "tile.update.fixed_bl": True,
    "tile.noise_management": "shift",
    "tile.bound_management": "none",
    "tile.dac.bound": 1.0,
    "tile.dac.rounding": "nearest",
    "tile.adc.lower": 1.0,
}


def check_design(design: Design) -> None:
    """Refuse a design that is not built: large tiles, short registers, other pulses or periphery.

    Raises
    ------
    DesignError
        With one sentence that names the key.
    """
    for stage, layer in enumerate(design.layer):
        if layer.kind != "linear":
            raise DesignError(
                f"layer.{stage}.kind: Verilog is written for 'linear' layers alone, not "
                f"{layer.kind!r}"
            )
        if layer.adapter_rank is not None:
            raise DesignError(
                f"layer.{stage}.adapter_rank: Verilog is written for layers without adapters"
            )
    for key, built in _BUILT.items():
        given = attrgetter(key)(design)
        if given != built:
            raise DesignError(
                f"{key}: Verilog is written for {json.dumps(built)} alone, not {json.dumps(given)}"
            )
    if design.refresh_every is not None:
        raise DesignError(
            "device.cell.refresh_every: the controller in Verilog has no refresh; leave it out"
        )
    for stage in range(design.stages):
        tiles = grid_config(design, stage).flat
        for tile in tiles:
            _check_size(stage, tile, len(tiles) > 1)
            check_seeds(tile, stage)


def _check_size(stage: int, tile: TileConfig, split: bool) -> None:
    for lines, own, shared in (
        (tile.rows, "inputs", "rows"),
        (tile.columns, "outputs", "columns"),
    ):
        if lines > MOST_LINES:
            key = f"tile.{shared}" if split else f"layer.{stage}.{own}"
            raise DesignError(
                f"{key}: Verilog is written for at most {MOST_LINES} lines a side, not {lines}"
            )


def write_tiles(design: Design, folder: Path) -> list[Path]:
    """Write one module a tile and `manifest.json` into `folder`; return the files, manifest last.

    `U` and `prepare_U` of the manifest are those of an update that uses every slot.

    Raises
    ------
    DesignError
        See `check_design`.
    """
    check_design(design)
    if design.arrangement.transfers:
        raise DesignError(
            f"algorithm.name: the tile's controller alone has no transfers, which "
            f"{design.algorithm.name} needs; the whole accelerator has"
        )
    folder.mkdir(parents=True, exist_ok=True)
    files, entries = [], []
    tiles = [
        ((stage, r, c), tile)
        for stage in range(design.stages)
        for r, row in enumerate(grid_config(design, stage).tiles)
        for c, tile in enumerate(row)
    ]
    for module, (place, config) in zip(module_names(design), tiles, strict=True):
        controller = TileController(config)
        files.append(write_text(folder / f"{module}.v", verilog_text(controller, module)))
        entries.append(_entry(controller, module, place))
    manifest = {"format": 1, "design_sha256": design_sha256(design), "modules": entries}
    files.append(write_text(folder / MANIFEST, json.dumps(manifest, indent=2) + "\n"))
    return files
