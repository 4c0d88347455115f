"""A design's accelerator as files: Verilog, a manifest, and a test bench."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from models.design import Design, design_sha256, design_toml
from models.file import write_text
from rtl.accelerator import Accelerator
from rtl.plan import Plan, make_plan
from rtl.verilog import MANIFEST, component_ports, verilog_text

MODULE = "accelerator"


def _entry(accelerator: Accelerator) -> dict[str, Any]:
    """Return the module's entry in the manifest."""
    plan = accelerator.plan
    return {
        "module": MODULE,
        "file": f"{MODULE}.v",
        "stages": [
            {
                "inputs": one.config.inputs,
                "outputs": one.config.outputs,
                "digital_bits": one.config.digital_bits,
                "x_depth": one.config.x_depth,
                "d_depth": one.config.d_depth,
                "decay_from": one.config.decay_from,
                "cycles": {"F": one.forward, "B": one.backward, "U": one.update},
            }
            for one in plan.stages
        ],
        "ports": list(component_ports(accelerator)),
    }


def write_accelerator(design: Design, folder: Path, samples: int) -> list[Path]:
    """Write the accelerator for a run over `samples` samples into `folder`; return the files.

    They are `accelerator.v`, which needs no other file, `design.toml`, `test_accelerator.py`, a
    test that trains through the Verilog (it wants `stimulus.npz` and `expected.npz` beside it), and
    `manifest.json`: ports with their widths and fields, and the stages; cycles of U by the slots
    used.

    Raises
    ------
    DesignError
        When the design has a part that is not built; see `rtl.plan.make_plan`.
    """
    plan: Plan = make_plan(design, samples)
    accelerator = Accelerator(plan)
    folder.mkdir(parents=True, exist_ok=True)
    manifest = {
        "format": 2,
        "design_sha256": design_sha256(design),
        "samples": samples,
        "modules": [_entry(accelerator)],
    }
    template = files("rtl.cosim").joinpath("template.py").read_text()
    return [
        write_text(folder / f"{MODULE}.v", verilog_text(accelerator, MODULE)),
        write_text(folder / "design.toml", design_toml(design)),
        write_text(folder / "test_accelerator.py", template),
        write_text(folder / MANIFEST, json.dumps(manifest, indent=2) + "\n"),
    ]
