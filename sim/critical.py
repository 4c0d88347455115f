"""The critical path of a sample or a mini-batch: what each op has waited for, back to the first.

The last op ends the path. What an op has waited for is the op whose end let it start: the one that
made its data; else what held its arrays; else the update that gave a slot or a credit back. Where
an op started later than all of these (a link's interval, a slot of the schedule, an arrival) the
cycles in between are a delay on the way of its data.
"""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from models.schedule import Op
from sim.ledger import LETTERS, OPS
from sim.log import OpLog
from sim.system import System

_LETTER = {int(op): letter for op, letter in zip(OPS, LETTERS, strict=True)}
FORWARD, BACKWARD, UPDATE = int(Op.FORWARD), int(Op.BACKWARD), int(Op.UPDATE)
_OF_SAMPLES = (FORWARD, BACKWARD, UPDATE)

#: Stage, op, number, start, end.
Row = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class Step:
    """One op of a path, with its cycles in it.

    `cause`: what let it start, `delay` cycles before: "data", "array" or "credit"; "start" for the
    first.
    """

    row: Row
    cause: str
    delay: int
    cycles: int


@dataclass(frozen=True)
class Path:
    """The steps from the first to the last; their cycles and delays add up to `cycles`.

    `samples` are those whose path it is.
    """

    what: str
    samples: range
    steps: tuple[Step, ...]

    @property
    def cycles(self) -> int:
        """From the start of the first op to the end of the last."""
        return sum(step.cycles + step.delay for step in self.steps)

    @property
    def text(self) -> str:
        """The ops by letter and stage, those of other samples in brackets.

        Equal ones that follow each other are counted.
        """
        parts = []
        for own, steps in groupby(self.steps, self._owns):
            names = (f"{_LETTER[step.row[1]]}{step.row[0] + 1}" for step in steps)
            runs = ((name, len(list(same))) for name, same in groupby(names))
            text = " ".join(name if count == 1 else f"{name}x{count}" for name, count in runs)
            parts.append(text if own else f"({text})")
        return " ".join(parts)

    def _owns(self, step: Step) -> bool:
        return step.row[1] in _OF_SAMPLES and step.row[2] in self.samples

    def summary(self) -> dict[str, Any]:
        """Return the path as plain data; stages count from 1."""
        return {
            "of": self.what,
            "cycles": self.cycles,
            "path": self.text,
            "steps": [
                {
                    "op": _LETTER[step.row[1]],
                    "stage": step.row[0] + 1,
                    "number": step.row[2],
                    "after": step.cause,
                    "delay": step.delay,
                    "cycles": step.cycles,
                }
                for step in self.steps
            ],
        }


class Paths:
    """Finds critical paths in a log that holds all ops of the samples asked for, and those before.

    Parameters
    ----------
    system
        The machine.
    log
        Its ops from the first on.
    """

    def __init__(self, system: System, log: OpLog) -> None:
        self.system, self.rule = system, system.rule
        columns = (column.tolist() for column in log.columns())
        self.rows: list[Row] = list(zip(*columns, strict=True))
        self.by_place = {row[:3]: row for row in self.rows}
        self.by_end: dict[int, list[Row]] = {}
        for row in self.rows:
            self.by_end.setdefault(row[4], []).append(row)

    def of_sample(self, sample: int) -> Path:
        """Return the path of one sample, from its first F to the end of its last op."""
        return self._path(f"sample {sample}", range(sample, sample + 1))

    def of_batch(self, sample: int) -> Path | None:
        """Return the path of a sample's mini-batch, up to its last update; None without a flush."""
        if self.rule.N is None:
            return None
        first = sample // self.rule.N * self.rule.N
        samples = range(first, first + self.rule.N)
        return self._path(f"mini-batch {first // self.rule.N}", samples)

    def _path(self, what: str, samples: range) -> Path:
        own = [
            self.by_place[m, op, k]
            for m in range(self.rule.stages)
            for op in _OF_SAMPLES
            for k in samples
            if (m, op, k) in self.by_place
        ]
        begin = min(row[3] for row in own)
        row, steps = max(own, key=lambda one: (one[4], -one[0])), []
        while True:
            start, end = row[3:]
            if start <= begin:
                steps.append(Step(row, "start", 0, end - begin))
                return Path(what, samples, tuple(reversed(steps)))
            cause, before = self._before(row)
            delay = start - (begin if before is None else max(before[4], begin))
            steps.append(Step(row, cause, delay, end - start))
            if before is None or before[4] <= begin:
                return Path(what, samples, tuple(reversed(steps)))
            row = before

    def _before(self, row: Row) -> tuple[str, Row | None]:
        """Return what an op has waited for, and how."""
        stage, start = row[0], row[3]
        data, delay = self._data(row)
        if data is not None and data[4] + delay == start:
            return "data", data
        mask = self._mask(row)
        ended = [one for one in self.by_end.get(start, []) if one is not row]
        holders = [one for one in ended if self._mask(one) & mask]
        if holders:
            return "array", holders[0]
        own = [one for one in ended if one[0] == stage]
        if own:
            return "credit", own[0]
        for near in (stage - 1, stage + 1):
            for one in self.by_end.get(start - self.rule.credit_return, []):
                if one[0] == near and one[1] == UPDATE:
                    return "credit", one
        return "data", data

    def _mask(self, row: Row) -> int:
        return self.system.resources.claims[row[0]].mask(row[1], row[2])

    def _data(self, row: Row) -> tuple[Row | None, int]:
        """Return the op that made an op's data, and the cycles they were on the way."""
        stage, op, number = row[:3]
        ways, last = self.system.ways, self.rule.stages - 1
        place: tuple[int, int, int] | None = None
        delay = 0
        if op == FORWARD and stage:
            place, delay = (stage - 1, FORWARD, number), ways.forward[stage - 1][0]
        elif op == UPDATE and (stage, BACKWARD, number) in self.by_place:
            place = (stage, BACKWARD, number)
        elif op in (BACKWARD, UPDATE) and stage == last:
            place, delay = (stage, FORWARD, number), ways.loss[0]
        elif op in (BACKWARD, UPDATE):
            release = BACKWARD if self.rule.release == "B" else UPDATE
            place, delay = (stage + 1, release, number), ways.backward[stage][0]
        elif op == Op.TRANSFER:
            growth = self.system.durations.transfer_growth(stage)
            place = (stage, UPDATE, number // growth)
        return (None if place is None else self.by_place.get(place)), delay


def critical_paths(system: System, log: OpLog, sample: int) -> tuple[Path, ...]:
    """Return the paths of a sample and, with a flush, of its mini-batch; `log` must hold both."""
    N = system.rule.N or 1
    batch = (log.op == FORWARD) & (log.sample // N == sample // N)
    first = int(log.start[batch].min())
    last = (np.isin(log.op, _OF_SAMPLES)) & (log.sample // N == sample // N)
    within = (log.end >= first) & (log.start <= int(log.end[last].max()))
    near = OpLog(*(column[within] for column in log.columns()))
    found = Paths(system, near)
    of_batch = found.of_batch(sample)
    return (found.of_sample(sample),) if of_batch is None else (found.of_sample(sample), of_batch)
