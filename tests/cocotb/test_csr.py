"""The registers in Verilog, under a master of AXI4-Lite that was written elsewhere."""

from pathlib import Path

import pytest
from cocotb_tools.runner import get_results

from rtl.cosim.run import keep, share
from rtl.cosim.wheel import WheelVerilator
from rtl.csr import Csr
from rtl.verilog import component_ports, verilog_text
from tests.cocotb.axi_bench import SHA, STAGES
from tests.cocotb.test_lint import lint


@pytest.mark.cocotb
def test_the_registers_answer_an_independent_master(tmp_path: Path) -> None:
    csr, source = Csr([("",)] * STAGES, SHA), tmp_path / "csr.v"
    source.write_text(verilog_text(csr, "csr"))
    lint(source)
    share(tmp_path.parent / "runtime", tmp_path / "build")
    runner = WheelVerilator([port["name"] for port in component_ports(csr)], False)
    runner.build(
        sources=[source],
        hdl_toplevel="csr",
        build_dir=tmp_path / "build",
        build_args=["-Wno-fatal", "-Wno-lint", "-Wno-style", "--output-split", "0"],
        timescale=("1ns", "1ns"),
        log_file=tmp_path / "build.log",
    )
    keep(tmp_path.parent / "runtime", tmp_path / "build")
    results = runner.test(
        test_module="tests.cocotb.axi_bench",
        hdl_toplevel="csr",
        build_dir=tmp_path / "build",
        test_dir=tmp_path,
        log_file=tmp_path / "test.log",
    )
    assert get_results(results) == (10, 0)
