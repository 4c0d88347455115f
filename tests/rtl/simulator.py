"""One component, one clock, one test bench."""

from collections.abc import Callable, Coroutine
from typing import Any

from amaranth.lib.wiring import Component
from amaranth.sim import Simulator, SimulatorContext


def run(dut: Component, bench: Callable[[SimulatorContext], Coroutine[Any, Any, None]]) -> None:
    """Run `bench` to its end on `dut`, clocked if it has state."""
    simulator = Simulator(dut)
    simulator.add_clock(1e-8, if_exists=True)
    simulator.add_testbench(bench)
    simulator.run()
