"""The machine on its clock: stages, their neighbours and the ways between them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from simpy import Environment
from simpy.core import EmptySchedule

from models.resource import Resources, one_array
from models.schedule import Rule
from models.way import Ways
from sim.clock import Line
from sim.controller import PROGRAM, Controller, OnReady, OnStart, OpLength, Source
from sim.durations import Durations
from sim.ledger import OPS, Account, Ledger, SharedLedger, StageLedger
from sim.log import FIELDS, OpLog
from sim.stage import BACKWARD, FORWARD, TRANSFER, UPDATE, Holding, Stage
from sim.waiting import Waiting
from sim.watch import Watch


class Machine:
    """A pipeline of analog tiles that trains on `total` samples under one rule.

    Parameters
    ----------
    rule
        The schedule, free of deadlock (:func:`models.schedule.check_deadlock`).
    durations
        Clock cycles of every op.
    total
        Number of samples K.
    arrivals
        Cycle at which each sample is there, not decreasing; by default k * `rule.arrival`.
    update_length
        Asked for U's cycles at its start, with stage and sample; by default those of `durations`.
    resources
        What the ops claim; by default every stage is one array.
    ways
        Delays and intervals of the tokens; by default the rule's links.
    read_length
        As `update_length` for F and B, by op, where reads may be repeated.
    on_start
        Called with stage, op and number at each op's start, in the order of the log and before its
        length is asked: numerics coupled to the clock run here.
    on_ready
        Called with stage, op, number and end of each op when its length is known.
    environment
        The SimPy environment to run in, at cycle 0; a new one by default.
    watch
        What keeps a window of the ops, with the stalls in it; none by default.
    """

    def __init__(
        self,
        rule: Rule,
        durations: Durations,
        total: int,
        arrivals: Sequence[int] | None = None,
        update_length: OpLength | None = None,
        *,
        resources: Resources | None = None,
        ways: Ways | None = None,
        read_length: dict[int, OpLength] | None = None,
        on_start: OnStart | None = None,
        on_ready: OnReady | None = None,
        environment: Environment | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.rule, self.durations, self.total = rule, durations, total
        self.resources = resources or one_array(rule.stages)
        self._check(arrivals)
        self.environment = environment or Environment()
        self.ways = ways or Ways.of(rule)
        self.lines: list[Line] = []
        self.holding = Holding()
        self.shared = tuple(
            (1 << (self.resources.first_shared + place), Account())
            for place in range(len(self.resources.shared))
        )
        self._log: list[int] = []
        self._ledger: Ledger | None = None
        self.controllers = [self._controller(index) for index in range(rule.stages)]
        asked = {} if update_length is None else {UPDATE: update_length}
        for one in self.controllers:
            one.on_start, one.on_ready = on_start, on_ready
            one.length |= asked | (read_length or {})
            self._begin(one)
        self.source = Source(self.controllers[0], arrivals, rule.arrival)
        self.watch = watch
        if watch is not None:
            watch.attach([pair for one in self.controllers for pair in one.accounts], rule.stages)

    def _begin(self, one: Controller) -> None:
        """Connect a controller, have its arrays written, and let it look at cycle 0."""
        one.tell = self._wiring(one.stage.index)
        one.ended = dict.fromkeys(one.tell, 0)
        self._share(one)
        if self.durations.program:
            one.run(PROGRAM, 0, one.own, self.durations.program[one.stage.index], 0)
        one.see()

    def _check(self, arrivals: Sequence[int] | None) -> None:
        stages, total = self.rule.stages, self.total
        if self.durations.stages != stages:
            raise ValueError(f"durations of {self.durations.stages} stages for a rule of {stages}")
        if len(self.resources.claims) != stages:
            claims = len(self.resources.claims)
            raise ValueError(f"resources of {claims} stages for a rule of {stages}")
        for stage, own in enumerate(self.resources.claims):
            count = len(self.durations.transfers_of(stage))
            if own.transfers and len(own.transfers) != count:
                raise ValueError(
                    f"claims of {len(own.transfers)} transfers for {count} at stage {stage}"
                )
        if total < 1:
            raise ValueError(f"a machine trains on at least one sample, not {total}")
        if arrivals is None:
            return
        if len(arrivals) != total:
            raise ValueError(f"{len(arrivals)} arrivals for {total} samples")
        if arrivals[0] < 0 or any(arrivals[k] > arrivals[k + 1] for k in range(total - 1)):
            raise ValueError("arrivals must not be negative nor decrease")

    def _controller(self, index: int) -> Controller:
        durations, claims = self.durations, self.resources.claims[index]
        transfers = durations.transfers_of(index)

        def due(sample: int) -> list[int]:
            return durations.due(index, sample)

        def transfer_length(stage: int, number: int) -> int:
            del stage
            return transfers[number % len(transfers)][1]

        lengths: dict[int, int | OpLength] = {
            FORWARD: durations.forward[index],
            BACKWARD: durations.backward[index],
            UPDATE: durations.update[index],
            TRANSFER: transfer_length,
        }
        claims = replace(claims, transfers=claims.transfers or (claims.own,) * len(transfers))
        stage = Stage(self.rule, index, self.total, claims, due, self.holding)
        every = tuple(every for every, _ in transfers)
        waiting = Waiting(stage, every, durations.vectors_of(index))
        return Controller(self.environment, stage, waiting, lengths, self._log)

    def _share(self, one: Controller) -> None:
        """Tell a controller which of the shared resources it asks for, and who else does."""
        asked = 0
        for mask in one.stage.claims.masks:
            asked |= mask
        one.shared = tuple(pair for pair in self.shared if pair[0] & asked)
        bits = sum(bit for bit, _ in one.shared)
        one.sharers = tuple(
            other
            for other in self.controllers
            if other is not one and any(mask & bits for mask in other.stage.claims.masks)
        )

    def _counter(
        self, index: int, name: str, delay: int | None = None, interval: int = 0
    ) -> Callable[[], None]:
        """Return the call that counts one more `name` at a stage, `delay` cycles later.

        With a delay, be it 0, the stage is asked to decide on it.
        """
        one = self.controllers[index]

        def count() -> None:
            setattr(one.stage, name, getattr(one.stage, name) + 1)
            if delay is not None:
                one.see()

        if not delay and not interval:
            return count
        self.lines.append(Line(self.environment, delay or 0, interval, count))
        return self.lines[-1].send

    def _wiring(self, index: int) -> dict[int, tuple[Callable[[], None], ...]]:
        """Return what the end of each op calls: the stage's counter and the tokens of rule R5."""
        rule, ways, last = self.rule, self.ways, self.rule.stages - 1
        tell = {
            FORWARD: [self._counter(index, "eF")],
            BACKWARD: [self._counter(index, "eB")],
            UPDATE: [self._counter(index, "eU")],
        }
        if index < last:
            tell[FORWARD].append(self._counter(index + 1, "vF", *ways.forward[index]))
            tell[UPDATE].append(self._counter(index + 1, "below", rule.credit_return))
        else:
            tell[FORWARD].append(self._counter(index, "vB", *ways.loss))
        if index > 0:
            release = BACKWARD if rule.release == "B" else UPDATE
            tell[release].append(self._counter(index - 1, "vB", *ways.backward[index - 1]))
            tell[UPDATE].append(self._counter(index - 1, "above", rule.credit_return))
        return {op: tuple(calls) for op, calls in tell.items()}

    def ops(self, chunk: int = 1 << 16) -> Iterator[OpLog]:
        """Run the machine; yield its started ops, `chunk` at a time, ordered by (start, stage).

        Raises
        ------
        RuntimeError
            When nothing can happen any more although samples are left (a deadlock), or when the
            ledger does not add up.
        """
        size = chunk * len(FIELDS)
        running = True
        while running or self._log:
            running = self._run(size)
            if self._log:
                log = OpLog.from_flat(self._log[:size])
                if self.watch is not None:
                    self.watch.feed(log)
                yield log
                del self._log[:size]
        self._close()

    def _run(self, size: int) -> bool:
        """Run until the log holds `size` numbers; return whether there is more to run."""
        step, log = self.environment.step, self._log
        try:
            while len(log) < size:
                step()
        except EmptySchedule:
            return False
        return True

    def _close(self) -> None:
        left = [self.total - one.stage.eU for one in self.controllers]
        if any(left) or any(one.stage.queue for one in self.controllers):
            raise RuntimeError(
                f"deadlock in cycle {self.environment.now}: {left} samples are left at the stages"
            )
        cycles = max(one.finished for one in self.controllers)
        self._ledger = Ledger(
            cycles,
            tuple(
                StageLedger(
                    tuple(account.close(cycles) for _, account in one.accounts), one.ages.close()
                )
                for one in self.controllers
            ),
            self.shared_ledgers(),
        )
        if self.watch is not None:
            self.watch.close(cycles)

    def shared_ledgers(self) -> tuple[SharedLedger, ...]:
        """Return what the shared resources have done so far; an op that runs counts as a whole."""
        pairs = zip(self.resources.shared, self.shared, strict=True)
        return tuple(
            SharedLedger(name, tuple(account.busy[op] for op in OPS))
            for name, (_, account) in pairs
        )

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
