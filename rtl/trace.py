"""What a monitor sees of a stage."""

from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from rtl.layout import CAUSE_BITS, OP_BITS, PULSE_BITS, SAMPLE_BITS


class TraceSignature(wiring.Signature):
    """What a monitor sees of a stage's ops.

    Members
    -------
    start, op, sample
        An op starts in this architectural cycle; which one, and of which sample. `op` is the one
        that runs, in all its cycles.
    end
        The op that runs is in its last architectural cycle, which ends with this clock unless
        another stage holds it.
    cause
        Why none runs in this architectural cycle (:class:`rtl.scheduler.Scheduler`).
    x_pulses, d_pulses
        Rows and columns that fire in one slot of an update, each slot in a clock of its own, before
        the update's first `go`; 0 in every other clock.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "start": Out(1),
                "op": Out(OP_BITS),
                "sample": Out(SAMPLE_BITS),
                "end": Out(1),
                "cause": Out(CAUSE_BITS),
                "x_pulses": Out(PULSE_BITS),
                "d_pulses": Out(PULSE_BITS),
            }
        )
