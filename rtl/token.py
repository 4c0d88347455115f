"""Tokens between stages: the line that they travel, and the hall in which they wait for F."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class TokenLine(wiring.Component):
    """Line of tokens: a door that spaces them, then a delay (rule R5).

    Takes a token in the last cycle of the op that makes it, e - 1 for an end e, and gives it in the
    cycle before the one in which it is seen: a counter that counts `o` shows it from max(e, the
    leave of the token before + interval) + delay on. With no delay and an interval of at most 1 the
    way is combinational. There is no back-pressure: `most` tokens can wait at the door, any number
    be on the line, in their order. A delay of n cycles takes n registers. Reset forgets all.

    Parameters
    ----------
    delay
        Cycles on the line.
    interval
        Fewest cycles between two tokens that enter it.
    most
        Tokens that can wait at the door, at least 1.

    Members
    -------
    i, i_last : ``In(1)``
        A token enters; it is the run's last.
    o, o_last : ``Out(1)``
        A token arrives; it is the run's last.
    """

    i: In(1)
    i_last: In(1)
    o: Out(1)
    o_last: Out(1)

    def __init__(self, delay: int, interval: int, most: int) -> None:
        self.delay, self.interval, self.most = delay, interval, most
        self.door = TokenDoor(interval, most) if interval > 1 else None
        #: Tokens on the line, by the cycles since they left the door.
        self.line = Signal(delay)
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        leave, leave_last = Signal(), Signal()
        door = self.door
        if door is not None:
            m.submodules.door = door
            m.d.comb += [door.i.eq(self.i), door.i_last.eq(self.i_last)]
            m.d.comb += [leave.eq(door.o), leave_last.eq(door.o_last)]
        else:
            m.d.comb += [leave.eq(self.i), leave_last.eq(self.i & self.i_last)]
        last = Signal(self.delay)
        for put, line, take in ((leave, self.line, self.o), (leave_last, last, self.o_last)):
            if not self.delay:
                m.d.comb += take.eq(put)
                continue
            m.d.sync += line.eq(Cat(put, line[:-1]))
            m.d.comb += take.eq(line[-1])
        return m


class TokenDoor(wiring.Component):
    """Door of a line: it lets tokens through at least `interval` cycles apart.

    A token that comes when none waits and the door is open passes in the same cycle. There is no
    back-pressure. Reset opens the door and forgets who waits.

    Parameters
    ----------
    interval
        Fewest cycles between two tokens, at least 1.
    most
        Tokens that can wait, at least 1.

    Members
    -------
    i, i_last : ``In(1)``
        A token comes; it is the run's last.
    o, o_last : ``Out(1)``
        A token passes; it is the run's last.
    """

    i: In(1)
    i_last: In(1)
    o: Out(1)
    o_last: Out(1)

    def __init__(self, interval: int, most: int) -> None:
        self.interval, self.most = interval, most
        #: Tokens that wait.
        self.waiting = Signal(range(most + 1))
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        waiting = self.waiting
        closed, ending = Signal(range(self.interval)), Signal()
        m.d.comb += [
            self.o.eq((closed == 0) & (self.i | (waiting != 0))),
            self.o_last.eq(self.o & Mux(waiting == 0, self.i_last, (waiting == 1) & ending)),
        ]
        m.d.sync += waiting.eq(waiting + self.i - self.o)
        with m.If(self.i & self.i_last):
            m.d.sync += ending.eq(1)
        with m.If(self.o):
            m.d.sync += closed.eq(self.interval - 1)
        with m.Elif(closed != 0):
            m.d.sync += closed.eq(closed - 1)
        return m


class TokenHall(wiring.Component):
    """Hall of the samples that have arrived at a stage and whose F has not started.

    Takes a token in the cycle before it is seen and offers it on `o` from that cycle on; `o.valid`
    is vF > sF of the rules. There is no back-pressure: `most` tokens can wait, as many as the stage
    has x slots. Reset empties it.

    Parameters
    ----------
    most
        Tokens that can wait, at least 1.

    Members
    -------
    i, i_last : ``In(1)``
        A token arrives; it is the run's last.
    o : ``Out(stream.Signature(1))``
        Samples for F; the payload says whether it is the run's last.
    """

    i: In(1)
    i_last: In(1)
    o: Out(stream.Signature(1))

    def __init__(self, most: int) -> None:
        self.most = most
        #: Tokens that wait.
        self.waiting = Signal(range(most + 1))
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        waiting, ending = self.waiting, Signal()
        m.d.comb += [self.o.valid.eq(waiting != 0), self.o.payload.eq((waiting == 1) & ending)]
        m.d.sync += waiting.eq(waiting + self.i - (self.o.valid & self.o.ready))
        with m.If(self.i & self.i_last):
            m.d.sync += ending.eq(1)
        return m
