"""The commented starting design: it reads as the default, and tells of every key."""

import re
from pathlib import Path

import pytest

from models.algorithm.registry import DEFAULT, rules
from models.design import design_schema, design_tables, make_design, read_design
from models.keyrange import range_text
from models.template import LIVE, template_toml

TEXT = template_toml()
LINES = TEXT.splitlines()
#: Keys that are commented out, with their default ("" where they are not set).
OFF = [(m[1], m[2]) for line in LINES if (m := re.match(r"#([a-z][\w.]*) =(.*)$", line))]


def read(tmp_path: Path, text: str):
    path = tmp_path / "new.toml"
    path.write_text(text)
    return read_design(path)


def block(name: str) -> list[str]:
    """The commented keys of a learning rule, the one of its name first."""
    start = LINES.index(f'#algorithm.name = "{name}"')
    stop = LINES.index("", start)
    return [line for line in LINES[start:stop] if re.match(r"#\w", line)]


def test_the_file_reads_as_the_default_design(tmp_path):
    assert read(tmp_path, TEXT) == make_design()


def test_the_live_part_comes_first_and_is_short():
    last = max(n for n, line in enumerate(LINES) if line and not line.startswith("#"))
    assert last < 45
    assert all(any(line.startswith(f"{key} = ") for line in LINES[:last]) for key in LIVE)


def test_every_default_of_the_default_design_may_be_uncommented(tmp_path):
    tables = design_tables(make_design())

    def has(key: str) -> bool:
        here = tables
        for part in key.split("."):
            here = here.get(part) if isinstance(here, dict) else None
        return here is not None

    wanted = {key for key, value in OFF if value and has(key)} - {"algorithm.name"}
    assert len(wanted) > 60
    text = "\n".join(
        line[1:] if line[1:].split(" ")[0] in wanted and line[0] == "#" else line for line in LINES
    )
    assert read(tmp_path, text) == make_design()


@pytest.mark.parametrize("name", sorted(set(rules()) - {DEFAULT}))
def test_a_learning_rule_is_chosen_by_uncommenting_its_keys(tmp_path, name):
    live = [line for line in LINES if line[:15] not in ("algorithm.name ", "algorithm.lr = ")]
    own = [line[1:] for line in block(name) if not line.endswith("=")]
    end = live.index("layer = [")
    text = "\n".join([*live[:end], *own, *live[end:]])
    units = ("schedule=fill-drain",) if "batch" in name else ()
    expected = read_design(None, (*units, f"algorithm={name}"))
    if units:
        text = text.replace('schedule.name = "async"', 'schedule.name = "fill-drain"')
    assert read(tmp_path, text) == expected


def leaves(schema, table, prefix):
    """All keys of a table, with their schema; those of tables in it too."""
    for name, part in table["properties"].items():
        refs = [b["$ref"] for b in (part, *part.get("anyOf", ())) if "$ref" in b]
        if refs:
            inner = schema["$defs"][refs[0].rpartition("/")[2]]
            yield from leaves(schema, inner, f"{prefix}{name}.")
        else:
            yield prefix + name, part


def test_every_key_of_every_table_is_there_with_its_meaning():
    schema = design_schema()
    for name, part in schema["properties"].items():
        if name in ("layer", "algorithm"):
            names = {"layer": ("LinearLayer", "ConvLayer", "LstmLayer")}.get(
                name, tuple(rule.__name__ for rule in rules().values())
            )
            tables = [(schema["$defs"][one], "#     " if name == "layer" else "") for one in names]
            prefix = "" if name == "layer" else "algorithm."
        elif "$ref" in part:
            tables, prefix = [(schema["$defs"][part["$ref"].rpartition("/")[2]], "")], f"{name}."
        else:
            continue
        for table, sign in tables:
            for key, leaf in leaves(schema, table, prefix):
                if key != "algorithm.name":
                    assert leaf.get("description"), f"{key} has no meaning"
                lines = (f"{sign}{key} =", f"#{key} =")
                assert any(line.startswith(lines) for line in LINES), key


def test_no_line_is_wider_than_a_screen():
    assert max(map(len, LINES)) <= 100


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 63}, "integer 1 .. 63"),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 1}, "number above 0 and up to 1"),
        ({"type": "integer", "minimum": 2}, "integer from 2"),
        ({"type": "boolean"}, "true or false"),
        ({"type": "string", "enum": ["a", "b"]}, '"a", "b"'),
        ({"const": 1}, "1"),
        (
            {
                "anyOf": [
                    {"type": "integer", "exclusiveMaximum": 9},
                    {"type": "array", "items": {"type": "number"}},
                    {"type": "null"},
                ]
            },
            "integer below 9; or list of: number",
        ),
    ],
)
def test_what_may_be_given_is_said_in_words(part, text):
    assert range_text(part) == text
