"""What a host sets in an accelerator while it runs or stands still."""

from amaranth.hdl import signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.control import (
    BIAS_BITS,
    LIMIT_BITS,
    LINE_BITS,
    RATE_BITS,
    STAGE_BITS,
    STATE_BITS,
)


class RegisterSignature(wiring.Signature):
    """One of a bank's shift registers, by its number, from the side of who looks at it.

    Members
    -------
    line
        Number of the register: 0 where a side has one.
    seed, load
        State to begin the next update with, and when to take it; 0 is not taken. No update may be
        under way, nor come within the next three clocks.
    state
        That with which the next update begins.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "line": Out(LINE_BITS),
                "seed": Out(STATE_BITS),
                "load": Out(1),
                "state": In(STATE_BITS),
            }
        )


class TileControlSignature(wiring.Signature):
    """What is set in one tile; all 0 is the tile as it was designed.

    Members
    -------
    limit
        Slots that an update may use (`models.control.limited_slots`).
    side
        Whose registers are meant, `models.seed.ROWS` or `models.seed.COLUMNS`.
    register
        One of them.
    """

    def __init__(self) -> None:
        super().__init__(
            {"limit": Out(LIMIT_BITS), "side": Out(1), "register": Out(RegisterSignature())}
        )


class BiasSignature(wiring.Signature):
    """One of a stage's biases, by its output, from the side of who looks at it.

    Members
    -------
    line
        Number of the output.
    look
        It is to be shown as soon as none of the stage's ops is at work. It stays high with `load`.
    there
        There is such a bias, and none of the stage's ops is at work.
    fresh
        `state` is the bias, and not that which was shown before.
    state
        It, in its own units.
    value, load
        What it is to be, saturated at the rail of a digital element, and when to take it; both
        stay until `loaded`. Until then no op begins. To be asked for where `there` was high in the
        clock before.
    loaded
        It is taken in this clock.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "line": Out(LINE_BITS),
                "look": Out(1),
                "value": Out(signed(BIAS_BITS)),
                "load": Out(1),
                "there": In(1),
                "fresh": In(1),
                "state": In(signed(BIAS_BITS)),
                "loaded": In(1),
            }
        )


class StageControlSignature(wiring.Signature):
    """What is set in one stage; all 0 is the stage as it was designed.

    Members
    -------
    frozen
        Updates take their cycles and change nothing: no pulse, no bias.
    rate
        Logarithm of a factor of the learning rates, also that of the bias.
    tile
        Of its tile.
    bias
        One of its biases.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "frozen": Out(1),
                "rate": Out(signed(RATE_BITS)),
                "tile": Out(TileControlSignature()),
                "bias": Out(BiasSignature()),
            }
        )


class ControlSignature(wiring.Signature):
    """What is set in an accelerator; all 0 is the accelerator as it was designed.

    Members
    -------
    halt
        No architectural cycle ends: what has begun gets through its data flow and waits. Packets of
        a host pass.
    number
        Stage whose register and bias are meant; `limit`, `frozen` and `rate` are those of all.
    stage
        Of the stages.
    """

    def __init__(self) -> None:
        super().__init__(
            {"halt": Out(1), "number": Out(STAGE_BITS), "stage": Out(StageControlSignature())}
        )
