"""Trains through accelerator.v in Verilator, with NumPy crossbars at its analog ports.

Run pytest in this folder; it needs g++, make and pip install "pulsetrain[cosim]". The cocotb bench
is the module rtl.cosim.bench: drivers, monitors and the crossbars. What it is fed with stands in
stimulus.npz, what the model makes of that in expected.npz.
"""

from pathlib import Path

from models.record import Record, compare
from rtl.cosim.run import build, simulate
from rtl.cosim.stimulus import EXPECTED

FOLDER = Path(__file__).parent


def test_the_verilog_trains_as_the_model_does() -> None:
    """Every op on its cycle, every output and every weight."""
    found = simulate(FOLDER, build(FOLDER, optimised=False))
    wanted = Record.read(FOLDER / EXPECTED)
    assert len(wanted.ops)
    assert [one for one in compare(found, wanted) if one.difference is not None] == []
