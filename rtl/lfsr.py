"""Linear-feedback shift registers of one side of a tile: one number a line and slot."""

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from models import lfsr
from models.register import Matrix
from models.tile import TileConfig


def parity(mask: int, state: Value) -> Value:
    """Return the parity of the bits of `state` that `mask` names."""
    return Cat(state[bit] for bit in range(len(state)) if mask >> bit & 1).xor()


def mapped(matrix: Matrix, state: Value) -> Value:
    """Return a map over GF(2) of `state`, as `models.register.apply`."""
    return Cat(parity(mask, state) for mask in matrix)


class LfsrBank(wiring.Component):
    """Registers of one side, bit-identical to `models.lfsr.LfsrBank`.

    Takes a `step` for every slot of an update and one `leap` at its end; gives every line's number
    of the present slot, combinationally from registers. After reset or a leap it shows slot 0 of
    the next update, after `step` the next slot, each from the following cycle on; `leap` wins over
    `step`. A leap starts from the state before the present update, so it doesn't matter how many
    slots were stepped. There is no back-pressure. Reset returns to the seeds of update 0.

    Parameters
    ----------
    config
        Architecture; `tile.update` gives width, sharing, comparator and steps.
    side
        `models.seed.ROWS` or `models.seed.COLUMNS`.

    Members
    -------
    step : ``In(1)``
        Go on to the next slot.
    leap : ``In(1)``
        Go on to slot 0 of the next update.
    numbers : ``Out(ArrayLayout(comparator_bits, lines))``
        What each line compares in this slot, 0 .. 2**comparator_bits - 1.
    """

    def __init__(self, config: TileConfig, side: int) -> None:
        self.config = config
        self.model = lfsr.LfsrBank(config, side)
        bits = config.tile.update.comparator_bits
        numbers = data.ArrayLayout(bits, self.model.lines)
        super().__init__({"step": In(1), "leap": In(1), "numbers": Out(numbers)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        model = self.model
        states = []
        for index, seed in enumerate(model.seeds):
            base = Signal(model.width, init=seed, name=f"base{index}")
            state = Signal(model.width, init=seed, name=f"state{index}")
            following = mapped(model.leap, base)
            with m.If(self.leap):
                m.d.sync += [base.eq(following), state.eq(following)]
            with m.Elif(self.step):
                m.d.sync += state.eq(mapped(model.slot_step, state))
            states.append(state)
        for line, masks in enumerate(model.line_masks):
            seen = states[line % len(states)]
            m.d.comb += self.numbers[line].eq(Cat(parity(int(mask), seen) for mask in masks))
        return m
