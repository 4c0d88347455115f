"""A stage's tile and the samples' source as SimPy events."""

from collections.abc import Callable, Sequence

from simpy import Environment, Event
from simpy.events import EventPriority

from models.schedule import Op
from sim.clock import DECISION, Alarm
from sim.ledger import Account
from sim.stage import Stage

#: Called with stage, op and sample at an op's start.
OnStart = Callable[[int, int, int], None]
#: Asked for an op's cycles at its start, with stage and sample.
OpLength = Callable[[int, int], int]

FORWARD, BACKWARD, UPDATE = int(Op.FORWARD), int(Op.BACKWARD), int(Op.UPDATE)


class Tile:
    """One stage's tile on the clock: it decides, runs an op to its end and tells the neighbours.

    Phase (a) of a cycle: ends, tokens and slot returns call :meth:`see`. Phase (b): if anything was
    seen and the tile is free, one decision starts the first ready op in priority order. Decisions
    of a cycle run in the order of the stages; as every op takes a cycle, none can affect another.
    """

    __slots__ = (
        "account", "asked", "busy", "decision", "end", "env", "length", "log", "on_start",
        "priority", "stage", "tell", "until", "wake", "waking",
    )  # fmt: skip

    def __init__(self, env: Environment, stage: Stage, lengths: dict[int, int], log: list[int]):
        self.env, self.stage, self.log = env, stage, log
        self.account = Account()
        self.length: dict[int, int | OpLength] = {**lengths}
        self.on_start: OnStart | None = None
        #: What the end of each op counts and calls; filled in by the machine.
        self.tell: dict[int, tuple[Callable[[], None], ...]] = {}
        #: The op that runs, or 0, and its end.
        self.busy = self.until = 0
        self.asked = False
        self.waking: dict[int, int] = {}
        self.priority = EventPriority(DECISION + stage.index)
        self.decision = Alarm(env, self._decide)
        self.end = Alarm(env, self._finish)
        self.wake = {op: Alarm(env, self._gate) for op in (FORWARD, BACKWARD)}

    def see(self) -> None:
        """Ask for a decision in this cycle, unless the tile is busy: its end will ask."""
        if not self.busy and not self.asked:
            self.asked = True
            self.decision.arm(0, self.priority)

    def _decide(self, event: Event) -> None:
        del event
        self.asked = False
        now = int(self.env.now)
        self.account.resume(now)
        for op, wait in self.stage.waits:
            if wait(now) is None:
                self._start(op, now)
                return
        if not self.stage.done:
            self.account.wait(self.stage.cause(now), now)
            for op, gate in self.stage.gates(now):
                self._wake(op, gate, now)

    def _wake(self, op: int, gate: int, now: int) -> None:
        """Look again when the slot of `op` opens; it cannot start before, so one alarm will do."""
        if self.waking.get(op) != gate:
            self.waking[op] = gate
            self.wake[op].arm(gate - now)

    def _gate(self, event: Event) -> None:
        del event
        self.see()

    def _start(self, op: int, now: int) -> None:
        sample, staleness = self.stage.begin(op)
        if staleness is not None:
            self.account.read(staleness)
        index = self.stage.index
        if self.on_start is not None:
            self.on_start(index, op, sample)
        length = self.length[op]
        if not isinstance(length, int):
            length = length(index, sample)
        if length < 1:
            raise ValueError(f"an op of {length} cycles at stage {index}: at least 1 is needed")
        self.busy, self.until = op, now + length
        self.account.busy += length
        self.log += (index, op, sample, now, self.until)
        self.end.arm(length)

    def _finish(self, event: Event) -> None:
        del event
        op, self.busy = self.busy, 0
        for call in self.tell[op]:
            call()
        if self.stage.eU == self.stage.total:
            self.account.finished = int(self.env.now)
        self.see()


class Source:
    """The samples at the first stage's door, by their cycles of arrival.

    Parameters
    ----------
    tile
        The first stage's tile.
    arrivals
        Cycle of each sample's arrival, not decreasing; None: `period` cycles apart from 0 on.
    period
        Cycles between two arrivals where no list is given; 0: all wait at cycle 0.
    """

    def __init__(self, tile: Tile, arrivals: Sequence[int] | None, period: int) -> None:
        self.tile, self.arrivals, self.period = tile, arrivals, period
        self.alarm = Alarm(tile.env, self._arrive)
        if arrivals is None and period == 0:
            tile.stage.vF = tile.stage.total
        else:
            self.alarm.arm(self._time(0))

    def _time(self, sample: int) -> int:
        return sample * self.period if self.arrivals is None else int(self.arrivals[sample])

    def _arrive(self, event: Event) -> None:
        del event
        stage, now = self.tile.stage, int(self.tile.env.now)
        while stage.vF < stage.total and (time := self._time(stage.vF)) <= now:
            stage.vF += 1
        if stage.vF < stage.total:
            self.alarm.arm(time - now)
        self.tile.see()
