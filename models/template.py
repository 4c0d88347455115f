"""A commented design to start from, written from what the description says of its own keys."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from models.algorithm.registry import DEFAULT
from models.design import (
    ACCOUNTS,
    DEFAULT_LAYERS,
    DEFAULT_PRESETS,
    design_schema,
    design_tables,
    make_design,
)
from models.device.cell import CELL_KEYS
from models.device.family import OWN_KEYS
from models.keyrange import range_text
from models.preset import preset_names

#: Keys of the live part, beside the layers.
LIVE = (
    "data.name",
    "run.epochs",
    "run.seed",
    "schedule.name",
    "tile.update.bl",
    "device.preset",
    "timing.preset",
    "algorithm.name",
    "algorithm.lr",
)
_WIDTH = 98
_HEAD = """\
# A PulseTrain design. Every key has its full name, as in error messages and in --set KEY=VALUE.
# First the keys to try, then all others with their defaults: take the # off a line to set its key.
# A key without a value is not set. In brackets: what may be given.
#
#     pulsetrain check FILE      is it valid, and how long will it take?
#     pulsetrain train FILE      accuracy against clock cycles
"""
_LAYERS = (
    "The layers, first to last: each is a stage of the pipeline. All their keys stand at the end."
)

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Key:
    """One key of the description; `value` is its default, None where it is not set."""

    name: str
    meaning: str
    given: str
    value: Any = None

    @property
    def toml(self) -> str:
        """The line that sets the key."""
        return f"{self.name} = {'' if self.value is None else json.dumps(self.value)}".rstrip()

    def lines(self, sign: str) -> Iterator[str]:
        """Yield the key's comment, and its line behind `sign`."""
        text = " ".join([*self.meaning.split(), f"[{self.given}]"])
        yield from _comment(text)
        yield sign + self.toml


@dataclass(frozen=True)
class Block:
    """Keys that are explained together."""

    title: str
    keys: tuple[Key, ...]


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in wrap(text, _WIDTH, break_on_hyphens=False)]


class _Reader:
    """Reads blocks of keys off the description's schema and the default design."""

    def __init__(self) -> None:
        self.schema = design_schema()
        self.tables = design_tables(make_design())

    def table(self, part: Schema) -> Schema | None:
        """Return the schema of the one table that a part refers to, if it does."""
        found = [branch["$ref"] for branch in (part, *part.get("anyOf", ())) if "$ref" in branch]
        return self.schema["$defs"][found[0].rpartition("/")[2]] if found else None

    def key(self, prefix: str, name: str, table: Schema, values: Mapping[str, Any]) -> Key:
        """Return a key whose default is the schema's own, or what the default design made of it."""
        part, needed = table["properties"][name], table.get("required", ())
        own, made = part.get("default"), values.get(name)
        preset = prefix.rstrip(".") in DEFAULT_PRESETS
        value = made if preset or own is None else own
        meaning = part.get("description", "") + _others(prefix, name)
        given = range_text(part) + ("; needed" if name in needed else "")
        return Key(prefix + name, meaning, given, value)

    def blocks(self, prefix: str, table: Schema, values: Mapping[str, Any]) -> Iterator[Block]:
        """Yield the block of a table, then those of the tables in it."""
        properties = table["properties"]
        inner = {name: found for name, part in properties.items() if (found := self.table(part))}
        keys = [self.key(prefix, name, table, values) for name in properties if name not in inner]
        title = table.get("description", prefix)
        if "preset" in values:
            title += f" Defaults are those of the preset {values['preset']!r}."
        yield Block(title, tuple(keys))
        for name, found in inner.items():
            yield from self.blocks(f"{prefix}{name}.", found, values.get(name, {}))

    def rules(self) -> Iterator[Block]:
        """Yield the default learning rule, then what each other one has beside."""
        part = self.schema["properties"]["algorithm"]
        tables = {
            name: self.schema["$defs"][reference.rpartition("/")[2]]
            for name, reference in part["discriminator"]["mapping"].items()
        }
        shared = tables[DEFAULT]["properties"]
        names = {"type": "string", "enum": list(tables), "default": DEFAULT}
        named = {**shared, "name": {"description": "Learning rule.", **names}}
        yield from self.blocks("algorithm.", {**tables[DEFAULT], "properties": named}, {})
        for name in sorted(set(tables) - {DEFAULT}):
            own = {
                key: value
                for key, value in tables[name]["properties"].items()
                if key == "name" or shared.get(key) != value
            }
            own["name"] = {**own["name"], "description": ""}
            yield from self.blocks("algorithm.", {**tables[name], "properties": own}, {})

    def layers(self) -> Iterator[Block]:
        """Yield the kinds of layers; a later one without the keys that it shares with the first."""
        seen: dict[str, Any] = {}
        for branch in self.schema["properties"]["layer"]["items"]["oneOf"]:
            table = self.table(branch)
            assert table is not None
            own = {key: part for key, part in table["properties"].items() if seen.get(key) != part}
            yield from self.blocks("", {**table, "properties": own}, {})
            seen |= {key: part for key, part in own.items() if key not in seen}

    def machine(self) -> Iterator[Block]:
        """Yield the blocks of all other tables."""
        for name, part in self.schema["properties"].items():
            table = self.table(part)
            if name == "algorithm":
                yield from self.rules()
            elif table is not None:
                yield from self.blocks(f"{name}.", table, self.tables.get(name, {}))


def _others(prefix: str, name: str) -> str:
    """Say which presets there are, or which families or kinds of a device have a key."""
    if name == "preset":
        names = {f"{kind}.": preset_names(kind) for kind in (*DEFAULT_PRESETS, *ACCOUNTS)}
        return f" One of {', '.join(names[prefix])}." if prefix in names else ""
    tables: dict[str, Mapping[Any, Mapping[str, Any]]] = {
        "device.": OWN_KEYS,
        "device.cell.": CELL_KEYS,
    }
    found = {owner: keys[name] for owner, keys in tables.get(prefix, {}).items() if name in keys}
    if not found:
        return ""
    texts = (
        str(owner) if value is None else f"{owner} ({json.dumps(value)})"
        for owner, value in found.items()
    )
    return f" Of {', '.join(texts)}."


def _layer_lines(reader: _Reader) -> Iterator[str]:
    """Yield the keys of a layer; they stand within its braces, so none can be uncommented here."""
    for block in reader.layers():
        yield from ["", *_comment(block.title), "#"]
        for key in block.keys:
            yield from key.lines("#     ")


def template_toml() -> str:
    """Return a design file that reads as the default, with a comment for every key there is."""
    reader = _Reader()
    blocks = list(reader.machine())
    live = {key.name: key for block in reversed(blocks) for key in block.keys}
    lines = [_HEAD, f"format = {reader.tables['format']}", ""]
    for name in LIVE:
        lines += live[name].lines("")
    lines += ["", *_comment(_LAYERS), "layer = ["]
    for layer in DEFAULT_LAYERS:
        lines.append(f"    {{ {', '.join(f'{k} = {json.dumps(v)}' for k, v in layer.items())} }},")
    lines.append("]")
    for block in blocks:
        lines += ["", *_comment(block.title)]
        for key in block.keys:
            if key.name not in LIVE or live[key.name] is not key:
                lines += key.lines("#")
    lines += _layer_lines(reader)
    return "\n".join(lines) + "\n"
