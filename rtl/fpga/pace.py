"""How many clocks a machine with emulated arrays takes for a sample, from its own circuit."""

import numpy as np
import numpy.typing as npt
from amaranth.sim import Simulator, SimulatorContext

from models.design import Design
from rtl.emulated import emulated_accelerator


def simulated_clocks(
    design: Design, planned: int, elements: npt.NDArray[np.int32], labels: npt.NDArray[np.int64]
) -> int:
    """Return the clocks of a design's run over its first samples, in Amaranth's simulator.

    Parameters
    ----------
    planned
        Samples of the whole run.
    elements, labels
        The samples, shape (samples, inputs), and their classes; none of them comes late.
    """
    machine = emulated_accelerator(design, planned)
    values, last = elements.ravel().tolist(), len(labels) - 1
    found = 0

    async def feed(ctx: SimulatorContext) -> None:
        nonlocal found
        given = marked = 0
        ctx.set(machine.o.ready, 1)
        ctx.set(machine.o_class.ready, 1)
        while not ctx.get(machine.done):
            ctx.set(machine.i.valid, given < len(values))
            ctx.set(machine.i.payload, values[min(given, len(values) - 1)])
            ctx.set(machine.i_label.valid, marked <= last)
            label = int(labels[min(marked, last)])
            ctx.set(machine.i_label.payload, {"label": label, "last": marked == last})
            taken, noted = ctx.get(machine.i.ready), ctx.get(machine.i_label.ready)
            await ctx.tick()
            given, marked = given + taken, marked + noted
        found = ctx.get(machine.clock)

    simulator = Simulator(machine)
    simulator.add_clock(1e-8)
    simulator.add_testbench(feed)
    simulator.run()
    return found
