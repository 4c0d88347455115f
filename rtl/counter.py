"""What is counted of a stage: cycles of its ops, causes of its idle ones, pulses."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.csr import COUNTER_BITS, COUNTERS, KNOWN_CAUSES
from models.schedule import Op
from rtl.cause import cause_code
from rtl.layout import PULSE_BITS
from rtl.trace import TraceSignature

_OPS = {
    "forward": Op.FORWARD,
    "backward": Op.BACKWARD,
    "update": Op.UPDATE,
    "transfer": Op.TRANSFER,
    "program": Op.PROGRAM,
}


class StageCounter(wiring.Component):
    """Counters of one stage, two clocks late; those of pulses are three.

    They stand still in clocks in which the accelerator does (`EnableInserter`). Reset clears them.

    Parameters
    ----------
    lanes
        Names of the stage's lanes of ops.

    Members
    -------
    trace, traceupdates, tracetransfers : ``In(TraceSignature())``
        The stage's lanes.
    tick : ``In(1)``
        An architectural cycle ends.
    forward, backward, update, idle_input, ... : ``Out(48)``
        As of `models.csr.COUNTERS`.
    """

    def __init__(self, lanes: Sequence[str]) -> None:
        self.lanes = tuple(lanes)
        super().__init__(
            {
                **{f"trace{lane}": In(TraceSignature()) for lane in lanes},
                "tick": In(1),
                **{name: Out(COUNTER_BITS) for name in COUNTERS},
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        trace, ops, tick = self.trace, [], Signal()
        for lane in self.lanes:
            given = getattr(self, f"trace{lane}").op
            ops.append(Signal.like(given, name=f"op{lane}"))
            m.d.sync += ops[-1].eq(given)
        cause = Signal.like(trace.cause)
        m.d.sync += [cause.eq(trace.cause), tick.eq(self.tick)]
        steps: dict[str, Value] = {
            name: tick & Cat(one == op for one in ops).any() for name, op in _OPS.items()
        }
        for known in KNOWN_CAUSES:
            steps[f"idle_{known}"] = tick & (cause == cause_code(known))
        rows, columns = Signal(PULSE_BITS), Signal(PULSE_BITS)
        both, pairs = Signal(PULSE_BITS + 1), Signal(2 * PULSE_BITS)
        m.d.sync += [
            rows.eq(trace.x_pulses),
            columns.eq(trace.d_pulses),
            both.eq(rows + columns),
            pairs.eq(rows * columns),
        ]
        steps |= {"slots": pairs.any(), "pulses": both, "coincidences": pairs}
        for name, step in steps.items():
            own, late = getattr(self, name), Signal(len(Value.cast(step)), name=f"step_{name}")
            m.d.sync += [late.eq(step), own.eq(own + late)]
        return m
