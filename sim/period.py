"""Long runs from one repetition: where a machine's state recurs, its op list repeats exactly.

Take a machine whose op lengths are constant or, with transfers, repeat after some samples, and
whose samples come at a constant rate or all at once. Its future depends on its state alone: the
counters relative to the next sample, the running ops and the tokens in flight with their remaining
cycles, and the phases of mini-batch, slot, arrival and transfers. If the
state of cycle t returns at t + T, p samples later, and no rule has looked at the number of samples
by then, then a run of K + n p samples is the run of K with n more copies of its ops of (t, t + T]
put in, each T cycles and p samples after the one before, and all that follows later by as much.
"""

from collections.abc import Iterator
from math import lcm

from simpy import Event
from simpy.events import EventPriority

from models.resource import Resources
from models.schedule import Rule
from models.way import Ways
from sim.clock import DECISION, Alarm
from sim.controller import Controller
from sim.durations import Durations
from sim.layout import Layout, Moment, Period
from sim.ledger import Counts, Ledger
from sim.log import OpLog
from sim.machine import Machine
from sim.stage import FORWARD
from sim.watch import EVERYTHING, Watch
from sim.window import Span

_CHUNK = 256


def _counts(controller: Controller, now: int) -> tuple[Counts, ...]:
    return tuple(account.counts(now) for _, account in controller.accounts)


class Search:
    """Looks at a machine whenever its first stage has started a sample, or a whole mini-batch.

    Parameters
    ----------
    rule, durations, total
        The machine; its samples come `rule.arrival` cycles apart.
    moments
        Looks before the search is given up.
    """

    def __init__(
        self,
        rule: Rule,
        durations: Durations,
        total: int,
        moments: int,
        resources: Resources | None = None,
        ways: Ways | None = None,
    ) -> None:
        self.rule, self.total, self.left = rule, total, moments
        self.machine = Machine(
            rule, durations, total, resources=resources, ways=ways, on_start=self._started
        )
        batches = (own.batch for own in self.machine.resources.claims)
        self.recurrence = lcm(durations.recurrence, *batches)
        self.period: Period | None = None
        self._seen: dict[tuple[object, ...], Moment] = {}
        self._asked = -1
        self._alarm = Alarm(self.machine.environment, self._look)
        self._last = EventPriority(DECISION + rule.stages)

    def run(self) -> Period | None:
        """Return a period found in about the first quarter of the run, or None."""
        if self.rule.hold and self.rule.N is None:
            return None
        for _ in self.machine.ops(_CHUNK):
            late = 4 * self.machine.controllers[0].stage.sF > self.total
            if self.period is not None or not self.left or late:
                break
        return self.period

    def _started(self, stage: int, op: int, sample: int) -> None:
        complete = (sample + 1) % (self.rule.N or 1) == 0
        if stage == 0 and op == FORWARD and complete and self.left and self.period is None:
            now = int(self.machine.environment.now)
            if now == self._asked:  # replicas start several samples at once
                return
            self.left, self._asked = self.left - 1, now
            self._alarm.arm(0, self._last)

    def _look(self, event: Event) -> None:
        """Compare the state after all decisions of this cycle with those seen before."""
        del event
        controllers, now = self.machine.controllers, int(self.machine.environment.now)
        base = controllers[0].stage.sF
        state: tuple[object, ...] = (
            base % self.recurrence,
            *(one.state(base, now) for one in controllers),
            *(line.state(now) for line in self.machine.lines),
        )
        moment = Moment(
            now,
            base,
            tuple(_counts(one, now) for one in controllers),
            tuple(one.ages.total for one in controllers),
            self.machine.shared_ledgers(),
        )
        if state in self._seen:
            self.period = self._period(self._seen[state], moment)
        self._seen[state] = moment

    def _period(self, first: Moment, second: Moment) -> Period | None:
        """Return the period of two moments, if a shorter run exists and the clocks agree.

        Up to the second moment no rule has looked beyond the samples started by then, which are
        whole mini-batches: the shorter run needs no more. What an array waits for is asked of the
        next sample or transfer that claims it, which may be a recurrence later. A clock (arrivals,
        slots) must tick once a sample, or have given all ticks of the shorter run before and keep
        ahead of the machine.
        """
        samples, cycles = second.samples - first.samples, second.cycle - first.cycle
        ahead = self.recurrence if self.recurrence > 1 else 0
        least = second.samples + ahead
        short = least + (self.total - least) % samples
        for tick in (self.rule.arrival, self.rule.slot or 0):
            past = tick * (short + 2 * self.rule.stages) <= first.cycle
            if tick * samples != cycles and not (tick * samples < cycles and past):
                return None
        return Period(first, second, short) if short < self.total else None


class PeriodicMachine:
    """A :class:`sim.machine.Machine` of recurring op lengths that lays out what repeats.

    Gives the machine's ops and ledger, number for number. Where no period shows itself within
    `moments` looks or the first quarter of the run, every event is simulated.

    Parameters
    ----------
    rule, durations, total
        As for the machine; its samples come `rule.arrival` cycles apart.
    resources, ways
        As for the machine.
    moments
        Looks at the state before the search is given up.
    span
        Cycles of a window (:func:`sim.recording.window_of`); none by default.
    """

    def __init__(
        self,
        rule: Rule,
        durations: Durations,
        total: int,
        resources: Resources | None = None,
        ways: Ways | None = None,
        moments: int = 4096,
        span: Span | None = None,
    ) -> None:
        self.rule, self.durations, self.total, self.span = rule, durations, total, span
        self.period = Search(rule, durations, total, moments, resources, ways).run()
        short = total if self.period is None else self.period.short
        self.watch: Watch | None = None
        if span is not None:
            self.watch = Watch(span if self.period is None else EVERYTHING)
        self._machine = Machine(
            rule, durations, short, resources=resources, ways=ways, watch=self.watch
        )
        #: How the run is laid out; there when it is, by the first op of :meth:`ops`.
        self.layout: Layout | None = None
        self._ledger: Ledger | None = None

    def ops(self, chunk: int = 1 << 16) -> Iterator[OpLog]:
        """Yield the started ops, `chunk` at a time, ordered by (start, stage); memory for one."""
        if self.period is None:
            yield from self._machine.ops(chunk)
            self._ledger = self._machine.ledger
            return
        log = OpLog.join(self._machine.ops())
        self.layout = layout = Layout.of(log, self.period, self.total, self.durations)
        for first in range(0, len(layout), chunk):
            yield layout.window(first, first + chunk)
        self._ledger = self.period.ledger(self._machine.ledger, layout.times)

    def account(self) -> Ledger:
        """Return the ledger without laying out the ops, in the time of the shorter run."""
        if self._ledger is None:
            for _ in self._machine.ops():
                pass
            self._ledger = self._machine.ledger
            if self.period is not None:
                times = (self.total - self.period.short) // self.period.samples
                self._ledger = self.period.ledger(self._machine.ledger, times)
        return self._ledger

    @property
    def ledger(self) -> Ledger:
        """Where every cycle went; there when :meth:`ops` is exhausted."""
        if self._ledger is None:
            raise RuntimeError("the ledger is closed when the last op has been taken from ops()")
        return self._ledger

    @property
    def cycles(self) -> int:
        """First cycle after the last op."""
        return self.ledger.cycles
