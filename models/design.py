"""The one description of a machine: read from TOML, completed with every default, written back."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tomli_w
from pydantic import Field, ValidationError

from models.algorithm.analog_sgd import AnalogSGD
from models.algorithm.base import Algorithm, Arrangement
from models.algorithm.registry import DEFAULT, any_rule
from models.check import check, check_shared
from models.device.cell import Cell
from models.device.family import beside
from models.device.section import Device
from models.energy.section import Area, Energy, check_energy
from models.error import DesignError
from models.layer.part import Part, parts_of
from models.layer.section import Layer, LinearLayer
from models.override import apply_overrides
from models.preset import Kind, read_preset
from models.schedule import complete_schedule
from models.section import Data, Network, Run, Schedule, Tile, Timing
from models.table import Section
from models.transfer.check import check_transfers

FORMAT = 1
#: Taken where a design has no such table; a table without `preset` stands for itself.
DEFAULT_PRESETS: dict[Kind, str] = {"device": "soft-bounds", "timing": "rasch2024"}
#: Tables that a design need not have; without them there is no such account.
ACCOUNTS: tuple[Kind, ...] = ("energy", "area")
DEFAULT_LAYERS: list[dict[str, Any]] = [
    {"inputs": 64, "outputs": 32},
    {"inputs": 32, "outputs": 16},
    {"inputs": 16, "outputs": 10, "activation": "linear"},
]


if TYPE_CHECKING:
    Rule = Algorithm
else:
    Rule = Annotated[any_rule(), Field(discriminator="name")]


class Design(Section):
    """A machine, its network, data and run; made by `make_design` or `read_design`."""

    format: int = Field(FORMAT, ge=FORMAT, le=FORMAT)
    """Version of this file format."""
    run: Run = Run()
    data: Data = Data()
    network: Network = Network()
    layer: tuple[Layer, ...] = Field(
        tuple(LinearLayer.model_validate(table) for table in DEFAULT_LAYERS),
        min_length=1,
        max_length=256,
    )
    """The layers, first to last: the stages of the pipeline, see `parts`."""
    tile: Tile = Tile()
    device: Device = Device()
    timing: Timing = Timing()
    schedule: Schedule = Schedule()
    algorithm: Rule = AnalogSGD()
    energy: Energy | None = None
    area: Area | None = None

    @property
    def stages(self) -> int:
        """Number of pipeline stages M."""
        return len(self.parts)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The layers as stages: one each, two where it has an adapter."""
        return parts_of(self.layer)

    @property
    def cell(self) -> Cell | None:
        """How a weight is made of devices; None where it is one, or an exact number."""
        return None if self.algorithm.digital else self.device.cell

    @property
    def arrangement(self) -> Arrangement:
        """The arrays of each layer, and their transfers."""
        return self.algorithm.arrangement(self.schedule.N or 1)

    @property
    def refresh_every(self) -> int | None:
        """Updates between two refreshes of a tile; None where there are none."""
        return None if self.cell is None else self.cell.refresh_every

    @property
    def hardware(self) -> bool:
        """Whether the bit-exact hardware profile runs."""
        return self.run.profile == "hardware"


def _key(location: tuple[int | str, ...], tables: dict[str, Any]) -> str:
    """Return the dotted key of an error's location, without the branches of a union in it."""
    here: Any = tables
    parts = []
    for place, part in enumerate(location):
        if isinstance(here, dict) and isinstance(part, str):
            if part not in here and place + 1 < len(location):
                continue
            here = here.get(part)
        elif isinstance(here, list) and isinstance(part, int):
            here = here[part]
        else:
            continue
        parts.append(str(part))
    return ".".join(parts) or "design"


def _sentence(error: ValidationError, tables: dict[str, Any]) -> str:
    found = error.errors(include_url=False)
    near = [e for e in found if e["loc"][:2] == found[0]["loc"][:2]]
    first = max(near, key=lambda e: len(e["loc"]))
    key = _key(first["loc"], tables)
    if first["type"] == "union_tag_invalid":
        names = first.get("ctx", {})
        return f"{key}.name: there is no {names['tag']!r}; give one of {names['expected_tags']}"
    if first["type"] == "extra_forbidden":
        return f"{key}: there is no such key"
    message = first["msg"].removeprefix("Value error, ").replace("an object", "a table")
    said = first["type"] in ("json_invalid", "value_error")
    given = None if said else first.get("input")
    shown = f", not {given!r}" if isinstance(given, (int, float, str, bool)) else ""
    return f"{key}: {message[0].lower()}{message[1:]}{shown}"


def _with_preset(raw: dict[str, Any], kind: Kind, default: str | None) -> None:
    """Lay a preset's values under the keys that the table gives itself.

    A preset's value falls away where the table says otherwise: `models.device.family.beside`.
    """
    table = raw.setdefault(kind, {})
    if not isinstance(table, dict):
        raise DesignError(f"{kind}: input should be a table, not {table!r}")
    if not table:
        if default is None:
            raise DesignError(f"{kind}: give a preset or a value")
        table["preset"] = default
    name = table.get("preset")
    if isinstance(name, str):
        values = {key: entry.value for key, entry in read_preset(kind, name).items()}
        if kind == "device":
            values = beside(values, table)
        raw[kind] = values | table


def _close_last_layer(raw: dict[str, Any]) -> None:
    """Make the last layer linear under cross-entropy, unless its activation is given."""
    layers, network = raw.get("layer"), raw.get("network")
    entropy = (
        not isinstance(network, dict) or network.get("loss", "cross-entropy") == "cross-entropy"
    )
    last = layers[-1] if isinstance(layers, list) and layers else None
    if entropy and isinstance(last, dict) and last.get("kind", "linear") == "linear":
        last.setdefault("activation", "linear")


def _drop_hardware(raw: dict[str, Any]) -> None:
    """Say in the description that digital SGD has no hardware profile."""
    algorithm, run = raw.get("algorithm"), raw.setdefault("run", {})
    digital = isinstance(algorithm, dict) and algorithm.get("name") == "digital-sgd"
    if digital and isinstance(run, dict):
        run["profile"] = "behavioural"


def make_design(raw: Mapping[str, Any] | None = None) -> Design:
    """Return the validated design of nested tables `raw`, completed with presets and defaults.

    Raises
    ------
    DesignError
        With one sentence that names the first wrong key.
    """
    try:
        tables: dict[str, Any] = json.loads(json.dumps(raw or {}, default=str))
    except RecursionError:
        raise DesignError("design: nested too deeply") from None
    for kind, preset in DEFAULT_PRESETS.items():
        _with_preset(tables, kind, preset)
    for kind in ACCOUNTS:
        if kind in tables:
            _with_preset(tables, kind, None)
    if isinstance(tables.setdefault("algorithm", {}), dict):
        tables["algorithm"].setdefault("name", DEFAULT)
    _close_last_layer(tables)
    _drop_hardware(tables)
    try:
        design = Design.model_validate_json(json.dumps(tables))
    except ValidationError as error:
        raise DesignError(_sentence(error, tables)) from None
    management = design.tile.noise_management
    if management == "auto":
        management = "shift" if design.hardware else "abs-max"
    design = design.model_copy(
        update={
            "schedule": complete_schedule(design.schedule, design.stages),
            "tile": design.tile.model_copy(update={"noise_management": management}),
        }
    )
    check(
        design.run,
        design.data,
        design.network,
        design.layer,
        design.tile,
        design.device,
        design.schedule,
        design.algorithm,
        design.hardware,
    )
    check_shared(design.tile, design.timing, design.stages)
    check_transfers(
        design.algorithm,
        design.arrangement,
        design.device,
        design.tile,
        design.schedule,
        design.run,
    )
    if design.energy is not None:
        check_energy(design.energy, design.stages, bool(design.arrangement.transfers))
    return design


def _read_tables(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DesignError(f"{path}: there is no such file") from None
    except OSError as error:
        raise DesignError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise DesignError(f"{path}: not a readable TOML file: {error}") from None


def read_design(path: Path | None = None, overrides: tuple[str, ...] = ()) -> Design:
    """Return the design of a TOML file, or the embedded default, with `key=value` overrides.

    Raises
    ------
    DesignError
        When the file is missing or no TOML, or a key or value is wrong.
    """
    tables = {} if path is None else _read_tables(path)
    if any(text.strip().startswith("layer.") for text in overrides):
        tables.setdefault("layer", [dict(table) for table in DEFAULT_LAYERS])
    for kind, preset in DEFAULT_PRESETS.items():
        tables.setdefault(kind, {"preset": preset})
    apply_overrides(tables, overrides)
    try:
        return make_design(tables)
    except DesignError as error:
        raise DesignError(f"{path}: {error}" if path else str(error)) from None


def design_tables(design: Design) -> dict[str, Any]:
    """Return the complete description as nested tables, ready for TOML."""
    return design.model_dump(mode="json", exclude_none=True)


def design_toml(design: Design) -> str:
    """Return the complete description as TOML; reading it gives the same design."""
    return tomli_w.dumps(design_tables(design))


def design_sha256(design: Design) -> str:
    """Return the hash of the complete description without `run.out`."""
    tables = design_tables(design)
    tables["run"].pop("out", None)
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()


def design_schema() -> dict[str, Any]:
    """Return the JSON Schema of a design file."""
    return Design.model_json_schema()
