"""A stretch of ops that stands for a run of any length, and where the cycles of that run went."""

from dataclasses import dataclass, replace

import numpy as np

from models.schedule import Op
from sim.analytic import busiest_cycles
from sim.layout import Layout
from sim.ledger import Ledger
from sim.log import Column, OpLog
from sim.period import PeriodicMachine
from sim.recording import Recording
from sim.system import System
from sim.watch import EVERYTHING, Watch

#: Ops that are simulated before a period is given up: a second or two.
MOST_OPS = 300_000


@dataclass(frozen=True)
class Stretch:
    """What is known of a run of `total` samples, from fewer of them.

    Parameters
    ----------
    total
        Samples of the run.
    log
        Ops of a run of `samples` samples, from its first to its last.
    weight
        Times that each op of `log` stands for one of the run, with the same length and the same
        place among its neighbours.
    ledger
        Of the whole run; of `log` alone where it is not `exact`.
    exact
        Whether `log` is the run, or the run repeats what `log` holds; else no period was found and
        `log` is only its beginning.
    steady
        Cycles and samples of the period, if there is one.
    recording
        Of the run, or of `log` where it is not `exact`; None if it was not asked for.
    """

    total: int
    log: OpLog
    samples: int
    weight: Column
    ledger: Ledger
    exact: bool
    steady: tuple[int, int] | None
    recording: Recording | None = None

    @property
    def rate(self) -> float:
        """Cycles a sample in the long run: of the period, or of the second half of `log`."""
        if self.steady is not None:
            return self.steady[0] / self.steady[1]
        ends, update = np.zeros(self.samples, np.int64), self.log.op == Op.UPDATE
        np.maximum.at(ends, self.log.sample[update], self.log.end[update])
        half = self.samples // 2
        return float(ends[-1] - ends[half - 1]) / (self.samples - half) if half else float(ends[-1])

    @property
    def cycles(self) -> int:
        """Cycles of the run; an estimate where it is not `exact`."""
        if self.exact:
            return self.ledger.cycles
        return self.ledger.cycles + round((self.total - self.samples) * self.rate)


def least_cycles(system: System, total: int) -> int:
    """Return cycles that no run can do without: those of its busiest unit, or of its slots."""
    rule = system.rule
    ticks = max(rule.arrival, rule.slot or 0) * (total - 1)
    return max(busiest_cycles(system, total), ticks)


def left_out(system: System) -> list[str]:
    """Return sentences on what a clock without data does not know."""
    found = []
    if system.used_slots:
        found.append(
            "tile.update.slots = 'used': every update counted at its longest, for want of data"
        )
    if system.retrying:
        found.append("tile.bound_management: no repeated read is counted, for want of data")
    if system.refresh_every is not None:
        found.append("device.cell.refresh_every: no refresh is counted, for want of data")
    return found


def make_machine(system: System, total: int, moments: int) -> PeriodicMachine:
    """Return the machine of a system."""
    return system.periodic(total, moments)


def _run(system: System, total: int, record: bool) -> tuple[OpLog, Ledger, Recording | None]:
    """Return ops, ledger and recording of a run, every event of it simulated."""
    watch = Watch(EVERYTHING) if record else None
    machine = system.machine(total, watch=watch)
    log = OpLog.join(machine.ops())
    recording = None if watch is None else Recording(watch.window, system.rule.stages)
    return log, machine.ledger, recording


def make_stretch(system: System, total: int, most: int = MOST_OPS, record: bool = False) -> Stretch:
    """Return what a run of `total` samples comes to, by simulating about `most` ops at the most.

    With `record` any window of it can be shown.
    """
    sample, batch = 3 * system.rule.stages, system.rule.N or 1
    machine = make_machine(system, total, max(8, most // (sample * batch)))
    period = machine.period
    if period is None:
        few = batch * max(4, most // (sample * batch))
        samples = total if total <= 4 * few else few
        log, ledger, recording = _run(system, samples, record)
        weight, exact = np.ones(len(log), np.int64), samples == total
        return Stretch(total, log, samples, weight, ledger, exact, None, recording)
    log, ledger, recording = _run(system, period.short, record)
    if recording is not None:
        layout = Layout.of(log, period, total, system.durations)
        recording = replace(recording, layout=layout)
    times = (total - period.short) // period.samples
    body = (log.start > period.first.cycle) & (log.start <= period.second.cycle)
    return Stretch(
        total=total,
        log=log,
        samples=period.short,
        weight=1 + times * body.astype(np.int64),
        ledger=period.ledger(ledger, times),
        exact=True,
        steady=(period.cycles, period.samples),
        recording=recording,
    )
