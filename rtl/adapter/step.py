"""Time in the adapters: an event some cycles later, and steps that follow one another."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Delay(wiring.Component):
    """Delay of one event at a time.

    Takes an event on `i` and gives it on `o` as many cycles later, at once with 0. An event that
    comes before the last has gone takes its place. There is no back-pressure. Reset forgets the
    event.

    Parameters
    ----------
    cycles
        From `i` to `o`, at least 0.

    Members
    -------
    i : ``In(1)``
        The event.
    o : ``Out(1)``
        The event, later.
    """

    i: In(1)
    o: Out(1)

    def __init__(self, cycles: int) -> None:
        self.cycles = cycles
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        if self.cycles == 0:
            m.d.comb += self.o.eq(self.i)
            return m
        left = Signal(range(self.cycles + 1))
        m.d.comb += self.o.eq(left == 1)
        with m.If(self.i):
            m.d.sync += left.eq(self.cycles)
        with m.Elif(left != 0):
            m.d.sync += left.eq(left - 1)
        return m


class StepCounter(wiring.Component):
    """Counter of steps of equal length, and of rounds of such steps.

    Takes `start` in the very cycle in which the first step begins; it gives the present step and
    round in that cycle already, without latency, and goes on until all `rounds` of `steps` have
    passed. A `start` before that begins anew. `steps` and `rounds` hold still while they pass.
    There is no back-pressure. Reset ends the steps.

    Parameters
    ----------
    cycles
        Of each step, at least 1.
    most_steps, most_rounds
        Largest values of `steps` and `rounds`.

    Members
    -------
    start : ``In(1)``
        The first step begins in this cycle.
    steps : ``In(range(most_steps + 1))``
        Steps of a round, at least 1.
    rounds : ``In(range(most_rounds + 1))``
        Rounds, at least 1.
    active : ``Out(1)``
        A step passes in this cycle.
    step : ``Out(range(most_steps))``, at least 1 bit
        Its number, from 0 in each round; 0 where none passes.
    round : ``Out(range(most_rounds))``, at least 1 bit
        The number of its round; 0 where none passes.
    """

    def __init__(self, cycles: int, most_steps: int, most_rounds: int = 1) -> None:
        self.cycles = cycles
        super().__init__(
            {
                "start": In(1),
                "steps": In(range(most_steps + 1)),
                "rounds": In(range(most_rounds + 1)),
                "active": Out(1),
                "step": Out(range(max(2, most_steps))),
                "round": Out(range(max(2, most_rounds))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        running, left = Signal(), Signal(range(max(2, self.cycles)))
        step, turn = Signal.like(self.step), Signal.like(self.round)
        last_cycle, last_step, last_round = Signal(), Signal(), Signal()
        present = Mux(self.start, self.cycles - 1, left)
        m.d.comb += [
            self.active.eq(self.start | running),
            self.step.eq(Mux(self.start, 0, step)),
            self.round.eq(Mux(self.start, 0, turn)),
            last_cycle.eq(present == 0),
            last_step.eq(self.step + 1 == self.steps),
            last_round.eq(self.round + 1 == self.rounds),
        ]
        m.d.sync += running.eq(self.active)
        with m.If(self.active & ~last_cycle):
            m.d.sync += [left.eq(present - 1), step.eq(self.step), turn.eq(self.round)]
        with m.Else():
            m.d.sync += [left.eq(self.cycles - 1), step.eq(self.step + 1), turn.eq(self.round)]
            with m.If(last_step):
                m.d.sync += [step.eq(0), turn.eq(self.round + 1)]
            with m.If(~self.active | (last_step & last_round)):
                m.d.sync += [running.eq(0), step.eq(0), turn.eq(0)]
        return m
