"""The one description of a machine: read from TOML, completed with every default, written back."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import Field, ValidationError

from models.check import check
from models.error import DesignError
from models.preset import Kind, read_preset
from models.schedule import complete_schedule
from models.section import (
    Algorithm,
    Data,
    Device,
    Layer,
    Network,
    Run,
    Schedule,
    Section,
    Tile,
    Timing,
)

FORMAT = 1
DEFAULT_LAYERS: list[dict[str, Any]] = [
    {"inputs": 64, "outputs": 32},
    {"inputs": 32, "outputs": 16},
    {"inputs": 16, "outputs": 10, "activation": "linear"},
]


class Design(Section):
    """A machine, its network, data and run; made by `make_design` or `read_design`."""

    format: int = Field(FORMAT, ge=FORMAT, le=FORMAT)
    """Version of this file format."""
    run: Run = Run()
    data: Data = Data()
    network: Network = Network()
    layer: tuple[Layer, ...] = Field(
        tuple(Layer.model_validate(table) for table in DEFAULT_LAYERS), min_length=1, max_length=256
    )
    """The layers, first to last: the stages of the pipeline."""
    tile: Tile = Tile()
    device: Device = Device()
    timing: Timing = Timing()
    schedule: Schedule = Schedule()
    algorithm: Algorithm = Algorithm()

    @property
    def stages(self) -> int:
        """Number of pipeline stages M."""
        return len(self.layer)

    @property
    def hardware(self) -> bool:
        """Whether the bit-exact hardware profile runs."""
        return self.run.profile == "hardware" and self.algorithm.name != "digital-sgd"

    @property
    def weights(self) -> int:
        """Number of crosspoints in use."""
        return sum(prod((layer.inputs, layer.outputs)) for layer in self.layer)


def _key(location: tuple[int | str, ...], tables: dict[str, Any]) -> str:
    """Return the dotted key of an error's location, without the branches of a union in it."""
    here: Any = tables
    parts = []
    for part in location:
        if isinstance(here, dict) and isinstance(part, str):
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
    if first["type"] == "extra_forbidden":
        return f"{key}: there is no such key"
    message = first["msg"].removeprefix("Value error, ")
    given = first.get("input")
    shown = f", not {given!r}" if isinstance(given, (int, float, str, bool)) else ""
    return f"{key}: {message[0].lower()}{message[1:]}{shown}"


def _with_preset(raw: dict[str, Any], kind: Kind, default: str) -> None:
    """Lay a preset's values under the keys that the table gives itself."""
    table = raw.setdefault(kind, {})
    if not isinstance(table, dict):
        raise DesignError(f"{kind}: input should be a table, not {table!r}")
    if not table:
        table["preset"] = default
    name = table.get("preset")
    if isinstance(name, str):
        values = {key: entry.value for key, entry in read_preset(kind, name).items()}
        raw[kind] = values | table


def _close_last_layer(raw: dict[str, Any]) -> None:
    """Make the last layer linear under cross-entropy, unless its activation is given."""
    layers, network = raw.get("layer"), raw.get("network")
    entropy = (
        not isinstance(network, dict) or network.get("loss", "cross-entropy") == "cross-entropy"
    )
    if entropy and isinstance(layers, list) and layers and isinstance(layers[-1], dict):
        layers[-1].setdefault("activation", "linear")


def make_design(raw: Mapping[str, Any] | None = None) -> Design:
    """Return the validated design of nested tables `raw`, completed with presets and defaults.

    Raises
    ------
    DesignError
        With one sentence that names the first wrong key.
    """
    tables: dict[str, Any] = json.loads(json.dumps(raw or {}, default=str))
    _with_preset(tables, "device", "soft-bounds")
    _with_preset(tables, "timing", "rasch2024")
    _close_last_layer(tables)
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
        design.schedule,
        design.hardware,
    )
    return design


def _override(tables: dict[str, Any], assignment: str) -> None:
    """Apply one `key=value` to nested tables; `schedule=X` and its like name a table's `name`."""
    key, sign, text = assignment.partition("=")
    if not sign or not key:
        raise DesignError(f"--set {assignment}: give key=value, as in tile.update.bl=4")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    if key in ("schedule", "algorithm", "data"):
        tables[key] = {"name": value}
        return
    if key in ("device", "timing"):
        tables[key] = {"preset": value}
        return
    if key == "profile":
        key = "run.profile"
    *path, leaf = key.split(".")
    here: Any = tables
    for part in path:
        if isinstance(here, list):
            if not part.isdigit() or int(part) >= len(here):
                raise DesignError(f"--set {assignment}: there is no layer {part}")
            here = here[int(part)]
        else:
            here = here.setdefault(part, {})
        if not isinstance(here, (dict, list)):
            raise DesignError(f"--set {assignment}: {part} is not a table")
    if isinstance(here, list):
        raise DesignError(f"--set {assignment}: name a key of one layer, as in layer.0.omega")
    here[leaf] = value


def read_design(path: Path | None = None, overrides: tuple[str, ...] = ()) -> Design:
    """Return the design of a TOML file, or the embedded default, with `key=value` overrides.

    Raises
    ------
    DesignError
        When the file is missing or no TOML, or a key or value is wrong.
    """
    tables: dict[str, Any] = {}
    if path is not None:
        try:
            tables = tomllib.loads(path.read_text())
        except FileNotFoundError:
            raise DesignError(f"{path}: there is no such file") from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise DesignError(f"{path}: not a readable TOML file: {error}") from None
    if any(text.startswith("layer.") for text in overrides):
        tables.setdefault("layer", [dict(table) for table in DEFAULT_LAYERS])
    for assignment in overrides:
        _override(tables, assignment)
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
