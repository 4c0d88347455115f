"""A stage's controller and the samples' source as SimPy events."""

from collections.abc import Callable, Sequence

from simpy import Environment, Event
from simpy.events import EventPriority

from models.schedule import Op
from sim.clock import DECISION, Alarm
from sim.ledger import Account, Ages
from sim.stage import BACKWARD, FORWARD, TRANSFER, Stage
from sim.waiting import Waiting

#: Called with stage, op and number (F, B, U: the sample) at an op's start.
OnStart = Callable[[int, int, int], None]
#: Called with stage, op, number and end as soon as the end is known.
OnReady = Callable[[int, int, int, int], None]
#: Asked for an op's cycles at its start, with stage and number.
OpLength = Callable[[int, int], int]


class Running(Alarm):
    """An op that runs; it fires at its end. Used again for the next."""

    op = number = mask = until = 0


class Controller:
    """One stage on the clock: it decides, runs ops to their ends and tells the neighbours.

    Phase (a) of a cycle: ends, tokens and slot returns call :meth:`see`. Phase (b): if anything was
    seen, one decision starts every op that is ready, in priority order. Decisions of a cycle run in
    the order of the stages; as every op takes a cycle, one can affect another of its cycle only by
    a shared resource, of which the lowest stage has the first claim.

    Ends count in the order of samples: an op that overtakes is seen when those before have ended.
    """

    __slots__ = (
        "accounts", "ages", "asked", "decision", "ended", "env", "exclusive", "finished", "free",
        "holding", "late", "length", "log", "on_ready", "on_start", "own", "priority", "running",
        "shared", "sharers", "stage", "tell", "waiting", "wake", "waking",
    )  # fmt: skip

    def __init__(
        self,
        env: Environment,
        stage: Stage,
        waiting: Waiting,
        lengths: dict[int, int | OpLength],
        log: list[int],
    ):
        self.env, self.stage, self.waiting, self.log = env, stage, waiting, log
        self.holding, self.own = stage.holding, stage.own
        self.exclusive = stage.claims.exclusive
        self.accounts = tuple((bit, Account()) for bit in stage.claims.arrays)
        self.ages = Ages()
        self.length = lengths
        self.on_start: OnStart | None = None
        self.on_ready: OnReady | None = None
        #: What the end of each op counts and calls; filled in by the machine, as what follows.
        self.tell: dict[int, tuple[Callable[[], None], ...]] = {}
        #: Resources that others share, with their accounts, and who else asks for them.
        self.shared: tuple[tuple[int, Account], ...] = ()
        self.sharers: tuple[Controller, ...] = ()
        self.running: list[Running] = []
        self.free: list[Running] = []
        #: Next sample to end, by op, and those that have ended before their turn.
        self.ended: dict[int, int] = {}
        self.late: set[tuple[int, int]] = set()
        self.asked = False
        self.waking: dict[int, int] = {}
        #: First cycle after its last op so far.
        self.finished = 0
        self.priority = EventPriority(DECISION + stage.index)
        self.decision = Alarm(env, self._decide)
        self.wake = {op: Alarm(env, self._gate) for op in (FORWARD, BACKWARD)}

    def see(self) -> None:
        """Ask for a decision in this cycle, unless nothing can start: an end will ask."""
        if self.asked or (self.exclusive and self.holding.mask & self.own == self.own):
            return
        self.asked = True
        self.decision.arm(0, self.priority)

    def _decide(self, event: Event) -> None:
        del event
        self.asked = False
        now, holding, own = int(self.env.now), self.holding, self.own
        for _, account in self.accounts:
            account.resume(now)
        for op, wait in self.stage.waits:
            while wait(now) is None:
                self._start(op, now)
                if self.exclusive and holding.mask & own == own:
                    return
        for bit, account in self.accounts:
            if not holding.mask & bit:
                cause = self.waiting.cause(bit, now)
                if cause is not None:
                    account.wait(cause, now)
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
        number, mask, staleness = self.stage.begin(op)
        if staleness is not None:
            self.ages.read(staleness)
        index = self.stage.index
        if self.on_start is not None:
            self.on_start(index, op, number)
        length = self.length[op]
        if not isinstance(length, int):
            length = length(index, number)
        self.run(op, number, mask, length, now)
        if self.on_ready is not None:
            self.on_ready(index, op, number, now + length)

    def run(self, op: int, number: int, mask: int, length: int, now: int) -> None:
        """Let an op hold the resources of `mask` for `length` cycles."""
        index = self.stage.index
        if length < 1:
            raise ValueError(f"an op of {length} cycles at stage {index}: at least 1 is needed")
        one = self.free.pop() if self.free else Running(self.env, self._finish)
        one.op, one.number, one.mask, one.until = op, number, mask, now + length
        self.running.append(one)
        self.holding.mask |= mask
        for bit, account in self.accounts:
            if mask & bit:
                account.busy[op] += length
        for bit, account in self.shared:
            if mask & bit:
                account.busy[op] += length
        self.log += (index, op, number, now, one.until)
        one.arm(length)

    def _finish(self, event: Event) -> None:
        assert isinstance(event, Running)
        op, number, mask = event.op, event.number, event.mask
        self.running.remove(event)
        self.free.append(event)
        self.holding.mask &= ~mask
        self.finished = now = int(self.env.now)
        for bit, account in self.accounts:
            if mask & bit:
                account.finished = now
        calls = self.tell.get(op)
        if calls is not None:
            self._retire(op, number, calls)
        if mask & ~self.own:
            for other in self.sharers:
                other.see()
        self.see()

    def _retire(self, op: int, number: int, calls: tuple[Callable[[], None], ...]) -> None:
        """Count the end of a sample's op, and of those that have waited for it."""
        if number != self.ended[op]:
            self.late.add((op, number))
            return
        while True:
            self.ended[op] += 1
            for call in calls:
                call()
            if not self.late or (op, self.ended[op]) not in self.late:
                return
            self.late.remove((op, self.ended[op]))

    def state(self, base: int, now: int) -> tuple[object, ...]:
        """Return what its future depends on, samples relative to `base`, cycles to `now`.

        Counters that never count are left out. Numbers of transfers follow from the samples.
        """
        s = self.stage
        counters = [s.sF, s.eF, s.sU, s.eU, s.vB, *s.marks]
        if s.has_backward:
            counters += (s.sB, s.eB)
        if s.index > 0:
            counters += (s.vF, s.below)
        if not s.last:
            counters.append(s.above)
        running = sorted(
            (one.op, one.until - now, 0 if one.op == TRANSFER else one.number - base, one.mask)
            for one in self.running
        )
        queue = tuple((k - base, mask) for k, _, mask in s.queue)
        return tuple(running), queue, *(counter - base for counter in counters)


class Source:
    """The samples at the first stage's door, by their cycles of arrival.

    Parameters
    ----------
    controller
        The first stage's.
    arrivals
        Cycle of each sample's arrival, not decreasing; None: `period` cycles apart from 0 on.
    period
        Cycles between two arrivals where no list is given; 0: all wait at cycle 0.
    """

    def __init__(self, controller: Controller, arrivals: Sequence[int] | None, period: int) -> None:
        self.controller, self.arrivals, self.period = controller, arrivals, period
        self.alarm = Alarm(controller.env, self._arrive)
        if arrivals is None and period == 0:
            controller.stage.vF = controller.stage.total
        else:
            self.alarm.arm(self._time(0))

    def _time(self, sample: int) -> int:
        return sample * self.period if self.arrivals is None else int(self.arrivals[sample])

    def _arrive(self, event: Event) -> None:
        del event
        stage, now = self.controller.stage, int(self.controller.env.now)
        while stage.vF < stage.total and (time := self._time(stage.vF)) <= now:
            stage.vF += 1
        if stage.vF < stage.total:
            self.alarm.arm(time - now)
        self.controller.see()


#: The op that writes the arrays before all others.
PROGRAM = int(Op.PROGRAM)
