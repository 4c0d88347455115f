"""Output codes by successive approximation, several outputs to a converter."""

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from models.tile import TileConfig
from models.timing import conversion_offset, conversion_rounds, trial_cycles
from rtl.adapter.step import Delay, StepCounter
from rtl.layout import answer_vector


def converter_count(config: TileConfig) -> int:
    """Return the converters that a tile has: no more than its longer side has outputs."""
    return min(config.tile.adc.count or config.lines, config.lines)


def most_rounds(config: TileConfig) -> int:
    """Return the rounds of a read's conversions on its side with more of them."""
    return max(conversion_rounds(config, side) for side in (config.rows, config.columns))


class ConverterBank(wiring.Component):
    """Control of a tile's converters, and their results.

    Takes `start` in the `go` of a read. From `models.timing.conversion_offset` after it on come
    rounds of `timing.adc_cycles`: in round r converter j serves output r C + j, C the number of
    converters. A round first samples; then each bit, the highest first, is tried for
    `models.timing.trial_cycles`: `trial` shows a code, and `above` tells at the end of those cycles
    whether the output rounds to that code or a larger one; the last cycle shows the result. So a
    code is the output rounded as the comparators round, saturated at +-(2**(bits - 1) - 1): below
    the lowest code nothing is tried. `y` is whole in the last cycle of the last round and stays
    until the next `start`, which makes all codes 0; outputs that are not there keep 0. There is no
    back-pressure. Reset ends the conversions and makes all codes 0.

    Parameters
    ----------
    config
        Architecture and cycles.

    Members
    -------
    start : ``In(1)``
        A read goes.
    transposed : ``In(1)``
        It reads the rows; holds still until the last conversion has ended.
    above : ``In(converters)``
        What the comparators say, taken in the last cycle of a trial.
    acquire : ``Out(1)``
        The converters take the outputs that `select` names.
    select : ``Out(range(rounds))``
        Number of the round.
    trial : ``Out(ArrayLayout(signed(adc_bits), converters))``
        The code that each converter compares with.
    y : ``Out(ArrayLayout(signed(adc_bits), lines))``
        Results.
    """

    def __init__(self, config: TileConfig) -> None:
        self.config = config
        bits, count = config.tile.adc.bits, converter_count(config)
        super().__init__(
            {
                "start": In(1),
                "transposed": In(1),
                "above": In(count),
                "acquire": Out(1),
                "select": Out(range(max(2, most_rounds(config)))),
                "trial": Out(data.ArrayLayout(signed(bits), count)),
                "y": Out(answer_vector(config)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, bits = self.config, self.config.tile.adc.bits
        total, rounds = config.timing.adc_cycles, most_rounds(config)
        each = trial_cycles(config)
        first = total - 1 - bits * each  # the cycles that sample
        m.submodules.delay = delay = Delay(conversion_offset(config) - 1)
        m.submodules.counter = counter = StepCounter(1, total, rounds)
        forward, backward = (
            conversion_rounds(config, side) for side in (config.columns, config.rows)
        )
        m.d.comb += [
            delay.i.eq(self.start),
            counter.start.eq(delay.o),
            counter.steps.eq(total),
            counter.rounds.eq(Mux(self.transposed, backward, forward)),
        ]
        # The counter is a cycle ahead: all that follows it is registers.
        bit, decide = Signal(bits), Signal()
        m.d.sync += [
            self.acquire.eq(counter.active & (counter.step < first)),
            self.select.eq(counter.round),
            decide.eq(0),
        ]
        with m.Switch(counter.step):
            for place in range(bits):
                begin = first + (bits - 1 - place) * each
                with m.Case(begin):
                    m.d.sync += bit.eq(1 << place)
            with m.Case(total - 1):
                m.d.sync += bit.eq(0)
        with m.Switch(counter.step):
            with m.Case(*(first + (n + 1) * each - 1 for n in range(bits))):
                m.d.sync += decide.eq(counter.active)
        for index in range(converter_count(config)):
            self._convert(m, index, bit, decide)
        with m.If(self.start):
            m.d.sync += self.y.eq(0)
        return m

    def _convert(self, m: Module, index: int, bit: Value, decide: Value) -> None:
        """Let one converter find the codes of its outputs, one in each round."""
        bits, count = self.config.tile.adc.bits, converter_count(self.config)
        lowest = 1 << (bits - 1)
        found, kept = (Signal(bits, name=f"{name}{index}") for name in ("found", "kept"))
        m.d.comb += [
            self.trial[index].eq((found ^ bit).as_signed()),
            kept.eq(Mux(self.above[index] | ((found == lowest) & bit[0]), found ^ bit, found)),
        ]
        for turn in range(most_rounds(self.config)):
            line = turn * count + index
            if line >= self.config.lines:
                continue
            with m.If(self.select == turn):
                m.d.comb += found.eq(self.y[line])
                with m.If(self.acquire):
                    m.d.sync += self.y[line].eq(lowest)
                with m.If(decide):
                    m.d.sync += self.y[line].eq(kept)
