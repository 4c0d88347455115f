"""The places of a tile's preparation: which ops move on in a cycle."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class PlaceControl(wiring.Component):
    """Moves of ops through three places, the first of which keeps each for two cycles.

    Takes an op in a cycle with `valid` and `ready`, which is `load`; an op moves on in the cycle of
    `shift`, then of `round`, at the earliest two cycles after it came and one after that: into the
    second place when that is empty, into the third also when that is left in the same cycle. So
    ops can pass every two cycles, no faster. The third place is left in the cycle of `leave`, at
    the earliest one after `round`, where the cycle before said that it is free; by an op that
    `pulses` only when its words are there, for which `start` asks in its first cycle.

    What moves many lines is a register: all outputs but `load`. Reset empties all places.

    Members
    -------
    valid, pulses, reads : ``In(1)``
        There is an op; it needs words, an answer.
    ready : ``Out(1)``
        It is taken, if there is one.
    load, shift, round : ``Out(1)``
        An op comes into the first place, the second, the third.
    free, free_read : ``In(1)``
        In the next cycle an op may leave; one that reads may.
    worded : ``In(1)``
        In the next cycle the words are there.
    leave : ``Out(1)``
        The op of the third place leaves.
    full : ``Out(1)``
        There is an op in the third place.
    fresh, start : ``Out(1)``
        It came in the cycle before; and needs words.
    """

    valid: In(1)
    pulses: In(1)
    reads: In(1)
    ready: Out(1, init=1)
    load: Out(1)
    shift: Out(1)
    round: Out(1)
    free: In(1)
    free_read: In(1)
    worded: In(1)
    leave: Out(1)
    full: Out(1)
    fresh: Out(1)
    start: Out(1)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        first, second = Signal(), Signal()
        pulses, reads = Signal(3), Signal(3)  # of the op in each place
        came, sized, moved = Signal(), Signal(), Signal()  # of the next cycle, as those below
        filled, may, leaves = Signal(), Signal(), Signal()
        self.occupied = first | second | self.full
        m.d.comb += [
            self.load.eq(self.valid & self.ready),
            came.eq(self.load | (first & ~self.shift)),
            sized.eq(first & ~self.shift),
            moved.eq(self.shift | (second & ~self.round)),
            filled.eq(self.round | (self.full & ~self.leave)),
            leaves.eq(filled & may),
        ]
        with m.If(self.round):
            m.d.comb += may.eq(~pulses[1] & Mux(reads[1], self.free_read, self.free))
        with m.Else():
            words = ~pulses[2] | self.worded
            m.d.comb += may.eq(words & Mux(reads[2], self.free_read, self.free))
        m.d.sync += [
            first.eq(came),
            self.shift.eq(sized & ~moved),
            self.ready.eq(~came | (sized & ~moved)),
            second.eq(moved),
            self.full.eq(filled),
            self.leave.eq(leaves),
            self.round.eq(moved & (~filled | leaves)),
            self.fresh.eq(self.round),
            self.start.eq(self.round & pulses[1]),
        ]
        for place, come in enumerate((self.load, self.shift, self.round)):
            with m.If(come):
                m.d.sync += pulses[place].eq(pulses[place - 1] if place else self.pulses)
                m.d.sync += reads[place].eq(reads[place - 1] if place else self.reads)
        return m
