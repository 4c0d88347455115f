"""What was measured, as numbers, as JSON and as tables."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from rich.table import Table

from benchmarks.case import Case, Entry


@dataclass
class Result:
    """All measurements of one entry, in seconds of one call, or the sentence that says why none."""

    case: Case
    entry: Entry
    seconds: list[float] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    error: str | None = None

    @property
    def least(self) -> float:
        """The shortest measurement [s]."""
        return min(self.seconds)

    @property
    def middle(self) -> float:
        """The median of the measurements [s]."""
        return median(self.seconds)

    def record(self) -> dict[str, Any]:
        """Return the result as JSON holds it."""
        found: dict[str, Any] = {
            "group": self.case.group,
            "case": self.case.name,
            "entry": self.entry.label,
            "side": self.entry.side,
            "work": self.entry.work,
        }
        if self.error is not None:
            return found | {"error": self.error}
        return found | {
            "facts": self.facts,
            "minimum": self.least,
            "median": self.middle,
            "seconds": [float(f"{second:.4g}") for second in self.seconds],
        }


def base(results: Iterable[Result], case: Case) -> Result | None:
    """Return what a case's entries are compared with: its first measured entry of the peer."""
    for result in results:
        if result.case is case and result.entry.side == "peer" and result.error is None:
            return result
    return None


def limit_seconds(results: Iterable[Result], case: Case) -> float | None:
    """Return the physical limit of a case: the faster way of reading and writing its array once."""
    found = [
        r.least for r in results if r.case.group == "limit" and r.case.x == case.size and r.seconds
    ]
    return min(found, default=None)


def duration(seconds: float) -> str:
    """Return seconds with three digits and a unit."""
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "us")):
        if seconds * factor >= 1.0:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def facts_text(result: Result) -> str:
    """Return what the work itself gave."""
    facts, words = result.facts, []
    if "coincidences" in facts:
        work, coincidences = result.entry.work, facts["coincidences"]
        each = result.least / (coincidences * work["rows"] * work["columns"])
        words.append(f"{coincidences:.3f} coincidences a device, {duration(each)} each")
    if "samples" in facts:
        words.append(f"{facts['samples'] / result.least:,.0f} samples/s")
    if "accuracy" in facts:
        words.append(f"test accuracy {100 * facts['accuracy']:.2f} %")
    return ", ".join(words)


#: Titles of a table's columns.
COLUMNS = ("case", "who", "minimum", "median", "times the limit", "aihwkit / this", "")


def rows(results: list[Result], group: str) -> list[tuple[str, ...]]:
    """Return the lines of a group's table; ratios are of minima."""
    found: list[tuple[str, ...]] = []
    last = None
    for result in (r for r in results if r.case.group == group):
        case = result.case
        name, last = "" if case is last else case.name, case
        if result.error is not None:
            found.append((name, result.entry.label, "-", "-", "-", "-", result.error))
            continue
        peer, limit = base(results, case), limit_seconds(results, case)
        found.append(
            (
                name,
                result.entry.label,
                duration(result.least),
                duration(result.middle),
                f"{result.least / limit:.3g}" if limit else "-",
                f"{peer.least / result.least:.3g}" if peer else "-",
                facts_text(result),
            )
        )
    return found


def groups(results: list[Result]) -> list[str]:
    """Return the groups in the order of their measurement."""
    return list(dict.fromkeys(result.case.group for result in results))


def table(results: list[Result], group: str) -> Table:
    """Return a group's table for the terminal."""
    made = Table(title=group, title_justify="left")
    for title in COLUMNS:
        made.add_column(title, justify="left" if title in ("case", "who", "") else "right")
    for row in rows(results, group):
        made.add_row(*row)
    return made


def markdown(results: list[Result], group: str) -> str:
    """Return a group's table for a document."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---|---|--:|--:|--:|--:|---|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows(results, group)]
    return "\n".join(lines)
