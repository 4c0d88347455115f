"""`pulsetrain schedule`: clock cycles, throughput and idle time, without training."""

from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Column, Table

from models.error import DesignError
from models.file import write_bytes, write_text
from models.table import MOST
from scripts.command import (
    Csv,
    DesignFile,
    Force,
    Out,
    Overrides,
    Seed,
    chosen,
    console,
    design_name,
    free_file,
    load,
    say,
)
from sim.account import account_lines
from sim.comparison import ages_text, count_text
from sim.directory import default_directory, start_run
from sim.finding import Finding, csv_text, find, lines_of, more_summary
from sim.outcome import write_clock
from sim.report import clock_text, time_text, write_report
from sim.stretch import left_out

DEFAULT_SAMPLES = 1000
Samples = Annotated[
    int | None,
    typer.Option(min=1, max=MOST, help="Samples to pass; by default run.samples, or 1000."),
]
Plot = Annotated[Path | None, typer.Option(help="File for a timeline of the first ops, as PNG.")]
Window = Annotated[
    str | None,
    typer.Option(metavar="FIRST:LAST", help="Cycles of the timeline; by default the first few."),
]
#: Ops that are simulated where no period is found: ten seconds or so.
_MOST_OPS = 3_000_000
#: Values of the staleness that have a column.
_AGES = 9


def schedule(
    design: DesignFile = None,
    samples: Samples = None,
    seed: Seed = None,
    out: Out = None,
    overrides: Overrides = None,
    csv: Csv = None,
    plot: Plot = None,
    window: Window = None,
    force: Force = False,
) -> None:
    """Count clock cycles, throughput, idle time and its causes, stash depths; no training.

    Example: pulsetrain schedule --set schedule=1f1b --set schedule.N=8 --plot timeline.png
    """
    found = load(design, overrides, seed)
    for file in (csv, plot):
        free_file(file, force)
    first, cycles = _window(window)
    total = samples or found.run.samples or DEFAULT_SAMPLES
    directory = chosen(out, found, default_directory(found, f"{design_name(design)}-schedule"))
    start_run(directory, force, found)
    with console.status("counting cycles"):
        one = find(design_name(design), found, total, most=_MOST_OPS)
    head = one.stretch.head
    write_clock(directory, found, one.summary | more_summary(one), head)
    write_report(directory / "report.html", [directory])
    _show(one)
    if csv is not None:
        say(f"wrote {write_text(csv, csv_text(lines_of([one])))}")
    if plot is not None:
        from sim.timeline import (
            timeline_png,
            timeline_window,
        )  # late: other commands draw no pictures

        span = timeline_window(head, one.stages, first, cycles)
        title = f"{one.name}, schedule {found.schedule.name}: cycles {span[0]:,} to {span[1]:,}"
        say(f"wrote {write_bytes(plot, timeline_png(head, one.stages, span, title))}")
    say(f"wrote {directory}")


def _window(text: str | None) -> tuple[int, int | None]:
    """Return first cycle and number of cycles of FIRST:LAST."""
    if text is None:
        return 0, None
    first, sign, last = text.partition(":")
    if not (sign and first.isdecimal() and last.isdecimal() and int(first) < int(last)):
        raise DesignError(f"--window {text}: give FIRST:LAST, two cycles, as in 0:600")
    return int(first), int(last) - int(first)


def _plain(*heads: str) -> Table:
    columns = [Column(head, justify="right", overflow="fold") for head in heads]
    return Table(*columns, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)


def _table(one: Finding) -> Table:
    """Return where each stage's cycles went, how stale its weights were, how deep its stashes."""
    ops = [letter for letter in one.busy_by_op[0] if any(own[letter] for own in one.busy_by_op)]
    waits = [name for name, part in one.share.items() if name.startswith("waits") and part]
    causes = [name.removeprefix("waits: ") for name in waits]
    table = _plain("stage", "busy", *ops, *causes, "idle", "staleness", "S", "Q")
    rule, (S, Q) = one.system.rule, one.needed
    for m in range(one.stages):
        shares = one.shares(m)
        busy = sum(shares[letter] for letter in one.busy_by_op[m])
        parts = (busy, *(shares[name] for name in (*ops, *waits, "nothing left")))
        table.add_row(
            str(m + 1),
            *(f"{100 * part:.1f}" for part in parts),
            ages_text(one, m),
            f"{S[m]}/{rule.S[m]}",
            f"{Q[m]}/{rule.Q[m]}",
        )
    return table


def _age_table(one: Finding) -> Table:
    """Return the share of each stage's samples by staleness: of the most frequent values."""
    counts: dict[int, int] = {}
    for own in one.ages:
        for age, count in own.items():
            counts[age] = counts.get(age, 0) + count
    shown = sorted(sorted(counts, key=lambda age: -counts[age])[:_AGES])
    table = _plain("stage", *map(str, shown), *(["other"] if len(counts) > len(shown) else []))
    for number, own in enumerate(one.ages, 1):
        total = sum(own.values())
        cells = [f"{100 * own[age] / total:.2f}" if age in own else "" for age in shown]
        if len(counts) > len(shown):
            rest = sum(count for age, count in own.items() if age not in shown)
            cells.append(f"{100 * rest / total:.2f}")
        table.add_row(str(number), *cells)
    return table


def _show(one: Finding) -> None:
    summary, stretch = one.summary, one.stretch
    say("percent of each stage's cycles: busy, by op; waiting, by cause; idle, with nothing left;")
    say("staleness: least, mean, largest; depths of the stashes S and Q: needed/built")
    console.print(_table(one))
    say("percent of each stage's samples, by the staleness of its weights in updates")
    console.print(_age_table(one))
    clock, cycles = summary["clock_hz"], stretch.cycles
    about = "" if stretch.exact else "about "
    say(
        f"{summary['schedule']}: {about}{cycles:,} cycles = {time_text(cycles / clock)} at "
        f"{clock_text(clock)} for {stretch.total:,} samples, {cycles / stretch.total:.2f} cycles "
        f"a sample, density {100 * summary['density']:.1f} %"
    )
    if not stretch.exact:
        say(f"no period in the first {stretch.samples:,} samples: extrapolated from them")
    say(
        f"in the long run {stretch.rate:.2f} cycles a sample, "
        f"{count_text(one.steady_per_second)} samples a second"
    )
    for sentence in left_out(one.system):
        say(sentence)
    sequential = summary.get("sequential_cycles")
    if isinstance(sequential, int) and stretch.exact:
        say(f"sequential: {sequential:,} cycles, {sequential / cycles:.4f} times this schedule's")
    for path in one.paths:
        say(f"critical path of {path.what}: {path.cycles:,} cycles: {path.text}")
    for line in account_lines(summary):
        say(line)


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(schedule)
