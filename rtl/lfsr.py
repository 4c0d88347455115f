"""Linear-feedback shift registers of one side of a tile: one number a line and slot."""

from functools import reduce
from operator import xor

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from models import lfsr
from models.register import Matrix
from models.tile import TileConfig
from rtl.control import RegisterSignature

#: Bits of a register whose sums are registers as well, and from how many lines on that serve.
GROUP, MANY = 4, 16


def parity(mask: int, state: Value) -> Value:
    """Return the parity of the bits of `state` that `mask` names."""
    return Cat(state[bit] for bit in range(len(state)) if mask >> bit & 1).xor()


def mapped(matrix: Matrix, state: Value) -> Value:
    """Return a map over GF(2) of `state`, as `models.register.apply`."""
    return Cat(parity(mask, state) for mask in matrix)


def bits_of(mask: int) -> list[int]:
    """Return the numbers of the bits that are set."""
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]


class Sums:
    """A register of so many bits, held as the sums over GF(2) of each `group` neighbouring bits.

    A sum over any bits is then that of few flip-flops, each read by few: a line's number of a
    register of 31 bits is eight of them, two levels of gates away.
    """

    def __init__(self, width: int, group: int, init: int, name: str) -> None:
        masks = [
            own << low
            for low in range(0, width, group)
            for own in range(1, 1 << min(group, width - low))
        ]
        self._groups = [((1 << group) - 1) << low for low in range(0, width, group)]
        self.held = {
            mask: Signal(init=(mask & init).bit_count() & 1, name=f"{name}_{mask:x}")
            for mask in masks
        }

    def sum(self, mask: int) -> Value:
        """Return the sum of the bits that `mask` names."""
        return Cat(self.held[mask & group] for group in self._groups if mask & group).xor()


class LfsrBank(wiring.Component):
    """Registers of one side, bit-identical to `models.lfsr.LfsrBank`.

    Takes `start` for the first slot of an update and, in the cycles that follow it, `step` for each
    further one; gives every line's number of that slot, from registers, in the next cycle. `start`
    also goes on to the next update, and a cycle without either returns to the present one's
    first slot; so it doesn't matter how many slots an update used, but between its last step and
    the next `start` there is such a cycle. There is no back-pressure. Reset returns to the seeds of
    update 0.

    Parameters
    ----------
    config
        Architecture; `tile.update` gives width, sharing, comparator and steps.
    side
        `models.seed.ROWS` or `models.seed.COLUMNS`.

    Members
    -------
    start : ``In(1)``
        Show slot 0 of the next update, of the first after reset.
    step : ``In(1)``
        Show the next slot.
    numbers : ``Out(ArrayLayout(comparator_bits, lines))``
        What each line compares in this slot, 0 .. 2**comparator_bits - 1.
    register : ``In(RegisterSignature())``
        State of one register, to see and to set; at rest alone.
    """

    def __init__(self, config: TileConfig, side: int) -> None:
        self.config = config
        self.model = lfsr.LfsrBank(config, side)
        bits = config.tile.update.comparator_bits
        numbers = data.ArrayLayout(bits, self.model.lines)
        super().__init__(
            {
                "start": In(1),
                "step": In(1),
                "numbers": Out(numbers),
                "register": In(RegisterSignature()),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        model = self.model
        given = self.register
        group = GROUP if model.lines >= MANY * len(model.seeds) else 1
        states = []
        for index, seed in enumerate(model.seeds):
            base = Signal(model.width, init=seed, name=f"base{index}")
            state = Sums(model.width, group, seed, f"state{index}")
            with m.If(self.start):
                m.d.sync += base.eq(mapped(model.leap, base))
            with m.If(given.line == index):
                m.d.comb += given.state.eq(base)
                with m.If(given.load & given.seed[: model.width].any()):
                    m.d.sync += base.eq(given.seed)
            for mask, held in state.held.items():
                stepped = reduce(xor, (model.slot_step[bit] for bit in bits_of(mask)))
                onward = Mux(self.start | self.step, state.sum(stepped), parity(mask, base))
                m.d.sync += held.eq(onward)
            states.append(state)
        for line, masks in enumerate(model.line_masks):
            seen = states[line % len(states)]
            m.d.sync += self.numbers[line].eq(Cat(seen.sum(int(mask)) for mask in masks))
        return m
