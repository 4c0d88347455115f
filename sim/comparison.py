"""Machines side by side, as rows of text."""

from models.schedule import CAUSES
from sim.finding import Finding
from sim.report import clock_text, time_text


def joules_text(joules: float) -> str:
    """Return an energy with its unit, to four digits."""
    for unit, size in (("J", 1.0), ("mJ", 1e-3), ("uJ", 1e-6), ("nJ", 1e-9)):
        if joules >= size:
            return f"{joules / size:.4g} {unit}"
    return f"{joules / 1e-12:.4g} pJ"


def count_text(count: float) -> str:
    """Return a large number with its thousands' word, to four digits."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if count >= size:
            return f"{count / size:.4g} {unit}"
    return f"{count:.4g}"


def ages_text(found: Finding, stage: int) -> str:
    """Return the staleness of a stage: least, mean, largest."""
    age = found.summary["staleness"][stage]
    return f"{age['min']}, {age['mean']:.2f}, {age['max']}"


def _share(part: float) -> str:
    return f"{100 * part:.2f} %"


def _energy(one: Finding) -> str:
    """Return the energy, starred where values behind it were not verified."""
    if one.joules is None:
        return "-"
    return joules_text(one.joules) + ("*" if one.doubtful else "")


def table_rows(found: list[Finding]) -> list[list[str]]:
    """Return the rows of the comparison: a name, then a cell for each machine."""
    first = found[0].stretch.cycles / found[0].summary["clock_hz"] / found[0].stretch.total

    def row(name: str, cell: object) -> list[str]:
        return [name, *(cell(one) for one in found)]  # type: ignore[operator]

    def waits(cause: str) -> object:
        return lambda one: _share(one.share.get(f"waits: {cause}", 0.0))

    def faster(one: Finding) -> str:
        own = one.stretch.cycles / one.summary["clock_hz"] / one.stretch.total
        return f"{first / own:.3f}"

    rows = [
        row("schedule", lambda one: one.summary["schedule"]),
        row("stages", lambda one: str(one.stages)),
        row("cycles", lambda one: f"{'' if one.stretch.exact else 'about '}{one.stretch.cycles:,}"),
        row("time", lambda one: time_text(one.stretch.cycles / one.summary["clock_hz"])),
        row("clock", lambda one: clock_text(one.summary["clock_hz"])),
        row("cycles a sample", lambda one: f"{one.stretch.cycles / one.stretch.total:.2f}"),
        row("in the long run", lambda one: f"{one.stretch.rate:.2f}"),
        row("samples a second", lambda one: count_text(one.steady_per_second)),
        row("times the first", faster),
        row("density", lambda one: _share(one.summary["density"])),
    ]
    rows += [
        row(f"waits: {cause}", waits(cause))
        for cause in CAUSES
        if any(one.share.get(f"waits: {cause}") for one in found)
    ]
    rows.append(row("nothing left", lambda one: _share(one.share["nothing left"])))
    if any(one.joules is not None for one in found):
        rows.append(row("energy", _energy))
    return rows


def stage_rows(found: list[Finding]) -> list[list[str]]:
    """Return the rows of the comparison stage by stage; a machine of fewer has empty cells."""
    rows = []
    for stage in range(max(one.stages for one in found)):
        cells: dict[str, list[str]] = {}
        for place, one in enumerate(found):
            if stage >= one.stages:
                continue
            for name, text in _stage_cells(one, stage).items():
                cells.setdefault(name, [""] * len(found))[place] = text
        rows += [[f"{stage + 1}: {name}", *own] for name, own in cells.items()]
    return rows


def _stage_cells(one: Finding, stage: int) -> dict[str, str]:
    S, Q = one.needed
    shares, rule = one.shares(stage), one.system.rule
    busy = one.busy_by_op[stage]
    by_op = " ".join(f"{letter} {100 * shares[letter]:.0f}" for letter in busy if busy[letter])
    stalled = sum(part for name, part in shares.items() if name.startswith("waits"))
    return {
        "busy": _share(sum(shares[letter] for letter in busy)),
        "by op, %": by_op,
        "stalled": _share(stalled),
        "staleness": ages_text(one, stage),
        "S, Q used": (f"{S[stage]}/{rule.S[stage]}, {Q[stage]}/{rule.Q[stage]}"),
    }
