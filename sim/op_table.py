"""All ops of a run as a Parquet table, written chunk by chunk."""

import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from models.error import DesignError
from models.schedule import Op
from sim.ledger import LETTERS, OPS
from sim.log import Column, OpLog
from sim.system import System

#: Ops of the largest table: some tens of gigabytes.
MOST = 1_000_000_000


class Versions:
    """Tells how many updates a stage has counted when an op of it starts, chunk after chunk."""

    def __init__(self, stages: int) -> None:
        self._base = [0] * stages
        self._ends = [np.zeros(0, np.int64) for _ in range(stages)]

    def of(self, log: OpLog) -> Column:
        """Return the U ends of its stage that each op's start has seen; chunks come in order."""
        found = np.zeros(len(log), np.int64)
        for stage, base in enumerate(self._base):
            own = log.stage == stage
            starts = log.start[own]
            if not len(starts):
                continue
            ends = np.append(self._ends[stage], log.end[own & (log.op == Op.UPDATE)])
            ends = np.maximum.accumulate(ends)
            found[own] = base + np.searchsorted(ends, starts, side="right")
            past = int(np.searchsorted(ends, starts[-1], side="right"))
            self._base[stage], self._ends[stage] = base + past, ends[past:]
        return found


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise DesignError(
            "--ops: needs pyarrow, which is not installed: pip install 'pulsetrain[parquet]'"
        ) from None
    return pyarrow, parquet


class OpTable:
    """A Parquet file with a row for each op, in the order of their starts.

    Columns: `stage` from 1 on; `op`, one of the letters F, B, U, T, P; `sample`, of T that which
    made it due; `transfer`, the number of T, else none; `start` and `end`, the first cycle and that
    after the last; `version`, the updates of the stage that had ended at the start. A context: the
    file is there when it is left without an error.

    Parameters
    ----------
    path
        The file; one that exists is replaced by a whole one.
    system
        The machine.
    total
        Samples of the run.

    Raises
    ------
    DesignError
        When pyarrow is missing, or the table would be too large.
    """

    def __init__(self, path: Path, system: System, total: int) -> None:
        self._arrow, self._parquet = _arrow()
        durations = system.durations
        self._growth = np.array(
            [max(1, durations.transfer_growth(m)) for m in range(system.rule.stages)]
        )
        due = sum(len(durations.due(m, 0)) for m in range(system.rule.stages))
        rows = total * (3 * system.rule.stages + due)
        if rows > MOST:
            raise DesignError(
                f"--ops: a table of about {rows:,} ops is too large: pass fewer samples, "
                f"for {MOST:,} ops or fewer"
            )
        self.path, self._part = path, path.with_name(f".{path.name}.{os.getpid()}.partial")
        self._versions = Versions(system.rule.stages)
        number, arrow = self._arrow.int64(), self._arrow
        self._letters = arrow.array(LETTERS)
        self._place = np.zeros(max(OPS) + 1, np.int8)
        self._place[list(OPS)] = np.arange(len(OPS))
        self._schema = arrow.schema(
            [
                ("stage", arrow.int32()),
                ("op", arrow.dictionary(arrow.int8(), arrow.string())),
                ("sample", number),
                ("transfer", number),
                ("start", number),
                ("end", number),
                ("version", number),
            ]
        )
        try:
            self._file = self._part.open("wb")
        except OSError as error:
            raise DesignError(f"{path}: cannot be written: {error.strerror}") from None
        self._writer = self._parquet.ParquetWriter(self._file, self._schema)

    def feed(self, log: OpLog) -> None:
        """Write the next ops."""
        arrow, transfer = self._arrow, log.op == Op.TRANSFER
        sample = np.where(transfer, log.sample // self._growth[log.stage], log.sample)
        columns = [
            arrow.array((log.stage + 1).astype(np.int32)),
            arrow.DictionaryArray.from_arrays(self._place[log.op], self._letters),
            arrow.array(sample),
            arrow.array(log.sample, mask=~transfer),
            arrow.array(log.start),
            arrow.array(log.end),
            arrow.array(self._versions.of(log)),
        ]
        self._writer.write_table(arrow.Table.from_arrays(columns, schema=self._schema))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        del error, trace
        self._writer.close()
        self._file.close()
        if kind is None:
            self._part.replace(self.path)
        else:
            self._part.unlink(missing_ok=True)
