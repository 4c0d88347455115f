"""`pulsetrain device`: response curves, symmetric points and drag of devices."""

import hashlib
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.progress import Progress, TaskID
from rich.table import Column, Table

from models.design import Design
from models.device.measurement import DEVICES, Measurement, measure
from models.device.train import default_pulses
from models.error import DesignError
from models.file import write_bytes, write_text
from models.preset import preset_names, read_preset
from models.version import __version__
from scripts.command import Force, Out, Overrides, Seed, console, load, say
from sim.device import MeasuredDevice
from sim.directory import open_directory, write_json

DEFAULT = "soft-bounds"
#: What the command writes, in this order.
RESULTS = ("device.png", "device.html", "summary.json")
#: Columns of the terminal, in the order of `sim.device.COLUMNS`.
_HEADS = (
    "device",
    "states",
    "symmetric\npoint",
    "drag a\npair %",
    "closed\nform %",
    "cycle\nstd %",
    "device\nstd %",
    "on/off",
)

Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PRESET|TOML]...",
        help="Presets, or files: designs, or only a table [device].",
        show_default=DEFAULT,
    ),
]
Every = Annotated[bool, typer.Option("--all", help="Every preset, beside the devices named.")]
Devices = Annotated[int, typer.Option(min=2, max=10_000, help="Devices to draw of each.")]
Pulses = Annotated[
    int | None,
    typer.Option(min=1, max=100_000, help="Pulses up, then down; by default one a state."),
]
_Named = dict[str, Design]


def device(
    sources: Sources = None,
    every: Every = False,
    devices: Devices = DEVICES,
    pulses: Pulses = None,
    seed: Seed = None,
    out: Out = None,
    overrides: Overrides = None,
    force: Force = False,
) -> None:
    """Measure devices: response curves, symmetric point, drag, spreads; a picture and a page.

    Example: pulsetrain device ecram reram-es --set device.dw_min_std=0.5
    """
    for text in overrides or []:
        _check_override(text)
    presets = preset_names("device") if every else []
    given = sources or ([] if every else [DEFAULT])
    named = _read([*given, *(name for name in presets if name not in given)], overrides, seed)
    label = "all" if every and not sources else _label(list(named))
    directory = out or Path("runs") / f"device-{label}-{_sha(named, devices, pulses)[:8]}"
    open_directory(directory, force)
    for name in RESULTS:
        (directory / name).unlink(missing_ok=True)
    found = _measure(named, devices, pulses)
    with console.status("drawing"):
        _write(directory, found)
    _show(found, directory)


def _check_override(text: str) -> None:
    key, sign, _ = text.partition("=")
    if not sign or not key.strip().startswith("device.") or key.strip() == "device.preset":
        raise DesignError(
            f"--set {text}: give a key of the devices named and its value, "
            "as in device.dw_min=0.002"
        )


def _read(sources: list[str], overrides: list[str] | None, seed: int | None) -> _Named:
    """Return the designs by name: a preset's, or a file's stem, or its path where stems repeat."""
    if len(set(sources)) < len(sources):
        twice = next(text for text in sources if sources.count(text) > 1)
        raise DesignError(f"{twice}: is named twice")
    stems = [_stem(text) for text in sources]
    names = [
        stem if stems.count(stem) == 1 or text == stem else text
        for text, stem in zip(sources, stems, strict=True)
    ]
    return {name: _load(text, overrides, seed) for name, text in zip(names, sources, strict=True)}


def _is_file(source: str) -> bool:
    path = Path(source)
    return source not in preset_names("device") and (path.suffix == ".toml" or path.exists())


def _stem(source: str) -> str:
    return Path(source).stem if _is_file(source) else source


def _load(source: str, overrides: list[str] | None, seed: int | None) -> Design:
    if _is_file(source):
        return load(Path(source), overrides, seed)
    read_preset("device", source)  # names the known ones where it is none
    try:
        return load(None, [f"device={source}", *(overrides or [])], seed)
    except DesignError as error:
        raise DesignError(f"{source}: {error}") from None


def _label(names: list[str]) -> str:
    """Return what the directory is called after."""
    few = names if len(names) < 4 else [names[0], f"and-{len(names) - 1}-more"]
    return "-".join(few).replace("/", "-")


def _sha(named: _Named, devices: int, pulses: int | None) -> str:
    """Return the hash of all that the figures follow from."""
    tables = [
        (name, design.device.model_dump(mode="json", exclude_none=True), design.run.seed)
        for name, design in named.items()
    ]
    text = json.dumps([tables, devices, pulses], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _measure(named: _Named, devices: int, pulses: int | None) -> list[MeasuredDevice]:
    found = []
    with Progress(console=console, transient=True) as bar:
        for name, design in named.items():
            total = 2 * (pulses or default_pulses(design.device))
            task = bar.add_task(name, total=total)

            def progress(pulse: int, task: TaskID = task) -> None:
                bar.update(task, completed=pulse)

            result: Measurement = measure(design.device, devices, pulses, design.run.seed, progress)
            found.append(MeasuredDevice(name, result))
            bar.remove_task(task)
    return found


def _write(directory: Path, found: list[MeasuredDevice]) -> None:
    from sim.picture import picture_png  # late: other commands draw no pictures
    from sim.response import devices_html

    write_bytes(directory / "device.png", picture_png(found))
    write_text(directory / "device.html", devices_html(found))
    summary = {"version": __version__, "devices": [shown.summary() for shown in found]}
    write_json(directory / "summary.json", summary)


def _show(found: list[MeasuredDevice], directory: Path) -> None:
    known = any(shown.device.conductance_ratio for shown in found)
    heads = _HEADS if known else _HEADS[:-1]
    columns = [Column(heads[0], overflow="fold")]
    columns += [Column(head, justify="right", no_wrap=True) for head in heads[1:]]
    table = Table(*columns, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for shown in found:
        table.add_row(*shown.cells()[: len(heads)])
    console.print(table)
    flags = [flag for shown in found if (flag := shown.flag_text())]
    if flags:
        say(f"* not verified: {'; '.join(flags)}")
    say(f"wrote {directory}; open {directory / 'device.html'}")


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(device)
