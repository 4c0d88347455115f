"""`pulsetrain check`: whether a design is valid, and what it will cost."""

from math import ceil
from typing import Annotated, NamedTuple

import typer

from models.data import Dataset, load_data
from models.design import Design
from models.error import DesignError
from models.network import check_data
from models.table import MOST
from scripts.command import DesignFile, Overrides, Seed, load, say
from sim.depth import needed_depths
from sim.footprint import LIBRARIES, footprint, stash_bits
from sim.forecast import forecast
from sim.report import bytes_text, clock_text, time_text, wall_text
from sim.stretch import Stretch, least_cycles, left_out, make_stretch
from sim.system import System, make_system

Samples = Annotated[
    int | None, typer.Option(min=1, max=MOST, help="Samples; by default those of the design.")
]


class _Found(NamedTuple):
    design: Design
    system: System
    data: Dataset
    total: int
    interval: int


def check(
    design: DesignFile = None,
    samples: Samples = None,
    seed: Seed = None,
    overrides: Overrides = None,
) -> None:
    """Validate a design; predict its clock cycles, and the run time and memory of its training.

    Exit code 2 and one sentence if it is not valid, or could deadlock.

    Example: pulsetrain check mine.toml --samples 1000000000
    """
    found = load(design, overrides, seed)
    data = load_data(found.data)
    check_data(found, data)
    images = len(data.train)
    total = samples or found.run.samples or ceil(found.run.epochs * images)
    if total > MOST:
        raise DesignError(f"run.epochs: {total} samples are more than {MOST}")
    interval = min(found.run.evaluate_every or images, total)
    one = _Found(found, make_system(found), data, total, interval)
    stretch = make_stretch(one.system, total)
    say(f"valid: {_machine(found)}, schedule {found.schedule.name} without deadlock")
    _show_clock(one, stretch)
    _show_depths(one, stretch)
    _show_run(one)


def _machine(design: Design) -> str:
    weights = sum(layer.rows * layer.columns for layer in design.parts)
    return f"{design.stages} stages of {weights:,} weights, {design.algorithm.name}"


def _show_clock(one: _Found, stretch: Stretch) -> None:
    clock, cycles = one.design.timing.clock_hz, stretch.cycles
    kind = "exactly" if stretch.exact and not one.system.coupled else "about"
    say(
        f"{one.total:,} samples take {kind} {cycles:,} cycles = {time_text(cycles / clock)} at "
        f"{clock_text(clock)}, {cycles / one.total:.2f} cycles a sample"
    )
    for sentence in left_out(one.system):
        say(sentence)
    if not stretch.exact:
        least = least_cycles(one.system, one.total)
        say(
            f"no period in the first {stretch.samples:,} samples: extrapolated from them; the "
            f"busiest tile alone needs {least:,} cycles = {time_text(least / clock)}"
        )


def _show_depths(one: _Found, stretch: Stretch) -> None:
    rule = one.system.rule
    S, Q = needed_depths(stretch.log, rule)
    say(
        f"stashes: depth S {_list(rule.S)}, of which {_list(S)} are needed; Q {_list(rule.Q)}, of "
        f"which {_list(Q)}: {bytes_text(stash_bits(one.design, (rule.S, rule.Q)) / 8)} of codes, "
        f"{bytes_text(stash_bits(one.design, (S, Q)) / 8)} needed"
    )


def _list(depths: tuple[int, ...]) -> str:
    """Return depths by stage; one number where they are all the same."""
    return str(depths[0]) if len(set(depths)) == 1 else " ".join(map(str, depths))


def _show_run(one: _Found) -> None:
    found = forecast(one.design, one.system, one.data, one.total, one.interval)
    memory = footprint(one.design, one.system, one.data, one.interval)
    compiling = f"{wall_text(found.compile)} to compile, once, " if found.compile else ""
    say(
        f"a training here takes about {wall_text(found.seconds)}: {wall_text(found.start)} to "
        f"start, {compiling}{wall_text(found.train)} to train, {wall_text(found.evaluate)} to "
        "evaluate"
    )
    say(
        "that time is a model's, right within a factor of 3: constants measured once, times "
        f"{found.slower:.2f} for this processor, by a product of 512x512 timed now"
    )
    if not found.compile:
        say("kernels are kept from earlier; a rule, layer or device of another kind compiles more")
    parts = (f"{name} {bytes_text(getattr(memory, name))}" for name in memory.parts())
    say(
        f"memory here about {bytes_text(memory.total + LIBRARIES)}: {', '.join(parts)}, Python and "
        f"libraries {bytes_text(LIBRARIES)}"
    )


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(check)
