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
    Ops,
    Out,
    Overrides,
    Seed,
    Trace,
    chosen,
    console,
    cycles_of,
    design_name,
    free_file,
    load,
    say,
)
from sim.account import account_lines
from sim.comparison import ages_text, count_text
from sim.directory import TABLE, default_directory, open_directory, start_run
from sim.finding import Finding, csv_text, find, lines_of, more_summary
from sim.op_table import OpTable
from sim.outcome import write_clock
from sim.report import clock_text, time_text, write_report
from sim.stretch import left_out
from sim.window import Span, first_ops
from sim.window import Window as Cycles

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
    trace: Trace = None,
    ops: Ops = False,
    force: Force = False,
) -> None:
    """Count clock cycles, throughput, idle time and its causes, stash depths; no training.

    Example: pulsetrain schedule --set schedule=1f1b --set schedule.N=8 --plot timeline.png
    """
    found = load(design, overrides, seed)
    for file in (csv, plot):
        free_file(file, force)
    shown, traced = cycles_of("--window", window), cycles_of("--trace", trace) or Span()
    total = samples or found.run.samples or DEFAULT_SAMPLES
    directory = chosen(out, found, default_directory(found, f"{design_name(design)}-schedule"))
    open_directory(directory, force)
    with console.status("counting cycles"):
        one = find(design_name(design), found, total, most=_MOST_OPS, record=True)
    seen = _cut(one, "--trace", traced)
    picture = None if plot is None else _cut(one, "--window", shown or first_ops(one.stages))
    start_run(directory, force, found)
    if ops:
        _write_ops(one, directory / TABLE)
    write_clock(directory, found, one.system, one.summary | more_summary(one), seen)
    write_report(directory / "report.html", [directory])
    _show(one)
    if csv is not None:
        say(f"wrote {write_text(csv, csv_text(lines_of([one])))}")
    if plot is not None and picture is not None:
        from sim.timeline import timeline_png  # late: other commands draw no pictures

        span = f"cycles {picture.first:,} to {picture.last:,}"
        title = f"{one.name}, schedule {found.schedule.name}: {span}"
        content = timeline_png(picture, one.system.resources, title)
        say(f"wrote {write_bytes(plot, content)}")
    say(f"wrote {directory}")


def _cut(one: Finding, option: str, span: Span) -> Cycles:
    """Return the window of an option."""
    assert one.stretch.recording is not None
    try:
        return one.stretch.recording.window(span)
    except DesignError as error:
        raise DesignError(f"{option}: {error}") from None


def _write_ops(one: Finding, path: Path) -> None:
    """Write all ops of the run."""
    total = one.stretch.total
    with OpTable(path, one.system, total) as table, console.status("writing ops"):
        for log in one.system.periodic(total).ops():
            table.feed(log)
    say(f"wrote {path}")


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
