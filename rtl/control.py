"""What a host sets in an accelerator while it runs or stands still."""

from amaranth.hdl import signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.control import LIMIT_BITS, LINE_BITS, RATE_BITS, STAGE_BITS, STATE_BITS


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
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "frozen": Out(1),
                "rate": Out(signed(RATE_BITS)),
                "tile": Out(TileControlSignature()),
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
        Stage whose register is meant; `limit`, `frozen` and `rate` are those of all.
    stage
        Of the stages.
    """

    def __init__(self) -> None:
        super().__init__(
            {"halt": Out(1), "number": Out(STAGE_BITS), "stage": Out(StageControlSignature())}
        )
