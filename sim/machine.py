"""The machine on its clock: tiles, their neighbours and the ways between them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import gcd, lcm

from simpy import Environment
from simpy.core import EmptySchedule

from models.schedule import Rule
from sim.clock import Line
from sim.ledger import Ledger
from sim.log import FIELDS, OpLog
from sim.stage import Stage
from sim.tile import BACKWARD, FORWARD, UPDATE, OnStart, OpLength, Source, Tile


@dataclass(frozen=True)
class Durations:
    """Clock cycles of each op, one entry a stage, all at least 1.

    The first stage's `backward` counts only with `first_stage_backward`. U also ends the transfers
    that are due after it: `transfers`, for each stage pairs of the updates between two and the
    cycles of one; none by default. A sample is `vectors` updates of a stage, by default one.
    """

    forward: tuple[int, ...]
    backward: tuple[int, ...]
    update: tuple[int, ...]
    transfers: tuple[tuple[tuple[int, int], ...], ...] = ()
    vectors: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("forward", "backward", "update"):
            if min(getattr(self, name)) < 1:
                raise ValueError(f"durations: every {name} takes at least one cycle")
        if not len(self.forward) == len(self.backward) == len(self.update):
            raise ValueError("durations: give forward, backward and update one entry a stage")

    @property
    def steady(self) -> bool:
        """Whether every U of a stage is as long as the others."""
        return not any(self.transfers)

    @property
    def recurrence(self) -> int:
        """Samples after which the lengths of U repeat."""
        found = 1
        for stage, transfers in enumerate(self.transfers):
            for every, _ in transfers:
                found = lcm(found, every // gcd(every, self._vectors(stage)))
        return found

    def _vectors(self, stage: int) -> int:
        return self.vectors[stage] if self.vectors else 1

    def transfer_cycles(self, stage: int, first: int, last: int) -> int:
        """Return the cycles of the transfers of samples `first` to `last` - 1."""
        own, count = self.transfers[stage] if self.transfers else (), self._vectors(stage)
        return sum(
            cycles * (last * count // every - first * count // every) for every, cycles in own
        )

    def update_cycles(self, stage: int, sample: int) -> int:
        """Return the cycles of U of a sample, with the transfers that end it."""
        return self.update[stage] + self.transfer_cycles(stage, sample, sample + 1)

    @property
    def longest_update(self) -> tuple[int, ...]:
        """Return the most cycles of U at each stage: all its transfers at once."""
        return tuple(
            cycles
            + sum(
                length * -(-self._vectors(stage) // every)
                for every, length in (self.transfers[stage] if self.transfers else ())
            )
            for stage, cycles in enumerate(self.update)
        )

    @property
    def stages(self) -> int:
        """Number of stages M."""
        return len(self.forward)


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
    read_length
        The same for F and B, by op, where reads may be repeated.
    on_start
        Called with stage, op and sample at each op's start, in the order of the log and before its
        length is asked: numerics coupled to the clock run here.
    environment
        The SimPy environment to run in, at cycle 0; a new one by default.
    """

    def __init__(
        self,
        rule: Rule,
        durations: Durations,
        total: int,
        arrivals: Sequence[int] | None = None,
        update_length: OpLength | None = None,
        *,
        read_length: dict[int, OpLength] | None = None,
        on_start: OnStart | None = None,
        environment: Environment | None = None,
    ) -> None:
        self.rule, self.durations, self.total = rule, durations, total
        self._check(arrivals)
        self.environment = environment or Environment()
        self.lines: list[Line] = []
        self._log: list[int] = []
        self._ledger: Ledger | None = None
        self.tiles = [self._tile(index) for index in range(rule.stages)]
        for tile in self.tiles:
            tile.on_start = on_start
            tile.tell = self._wiring(tile.stage.index)
            if update_length is not None:
                tile.length[UPDATE] = update_length
            elif not durations.steady:
                tile.length[UPDATE] = durations.update_cycles
            tile.length.update(read_length or {})
            tile.see()
        self.source = Source(self.tiles[0], arrivals, rule.arrival)

    def _check(self, arrivals: Sequence[int] | None) -> None:
        stages, total = self.rule.stages, self.total
        if self.durations.stages != stages:
            raise ValueError(f"durations of {self.durations.stages} stages for a rule of {stages}")
        if total < 1:
            raise ValueError(f"a machine trains on at least one sample, not {total}")
        if arrivals is None:
            return
        if len(arrivals) != total:
            raise ValueError(f"{len(arrivals)} arrivals for {total} samples")
        if arrivals[0] < 0 or any(arrivals[k] > arrivals[k + 1] for k in range(total - 1)):
            raise ValueError("arrivals must not be negative nor decrease")

    def _tile(self, index: int) -> Tile:
        lengths = {
            FORWARD: self.durations.forward[index],
            BACKWARD: self.durations.backward[index],
            UPDATE: self.durations.update[index],
        }
        return Tile(self.environment, Stage(self.rule, index, self.total), lengths, self._log)

    def _counter(self, index: int, name: str, delay: int | None = None) -> Callable[[], None]:
        """Return the call that counts one more `name` at a stage, `delay` cycles later.

        With a delay, be it 0, the stage is asked to decide on it.
        """
        tile = self.tiles[index]

        def count() -> None:
            setattr(tile.stage, name, getattr(tile.stage, name) + 1)
            if delay is not None:
                tile.see()

        if not delay:
            return count
        self.lines.append(Line(self.environment, delay, count))
        return self.lines[-1].send

    def _wiring(self, index: int) -> dict[int, tuple[Callable[[], None], ...]]:
        """Return what the end of each op calls: the stage's counter and the tokens of rule R5."""
        rule, last = self.rule, self.rule.stages - 1
        tell = {
            FORWARD: [self._counter(index, "eF")],
            BACKWARD: [self._counter(index, "eB")],
            UPDATE: [self._counter(index, "eU")],
        }
        if index < last:
            tell[FORWARD].append(self._counter(index + 1, "vF", rule.link[index]))
            tell[UPDATE].append(self._counter(index + 1, "below", rule.credit_return))
        else:
            tell[FORWARD].append(self._counter(index, "vB", rule.loss))
        if index > 0:
            release = BACKWARD if rule.release == "B" else UPDATE
            tell[release].append(self._counter(index - 1, "vB", rule.link[index - 1]))
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
        while running:
            running = self._run(size)
            if self._log:
                yield OpLog.from_flat(self._log)
                self._log.clear()
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
        cycles = max(tile.account.finished for tile in self.tiles)
        left = [self.total - tile.stage.eU for tile in self.tiles]
        if any(left):
            raise RuntimeError(
                f"deadlock in cycle {self.environment.now}: {left} samples are left at the stages"
            )
        self._ledger = Ledger(cycles, tuple(tile.account.close(cycles) for tile in self.tiles))

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
