"""What may be given for a key, in words: read off its JSON Schema."""

import json
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
_NAMES = {"integer": "integer", "number": "number", "string": "text", "boolean": "true or false"}


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}"


def _bounds(part: Schema) -> str:
    """Return the bounds of a number, from the schema's four keywords."""
    least, most = part.get("minimum"), part.get("maximum")
    above, below = part.get("exclusiveMinimum"), part.get("exclusiveMaximum")
    if least is not None and most is not None:
        return f"{_number(least)} .. {_number(most)}"
    words = (("above", above), ("from", least), ("below", below), ("up to", most))
    return " and ".join(f"{word} {_number(bound)}" for word, bound in words if bound is not None)


def _one(part: Schema) -> str:
    if "const" in part:
        return json.dumps(part["const"])
    if "enum" in part:
        return ", ".join(json.dumps(value) for value in part["enum"])
    if part["type"] == "array":
        return f"list of: {range_text(part['items'])}"
    return " ".join(filter(None, (_NAMES[part["type"]], _bounds(part))))


def range_text(part: Schema) -> str:
    """Return what may be given for a key, as in `integer 1 .. 63`; numbers to six digits."""
    branches = [branch for branch in part.get("anyOf", (part,)) if branch.get("type") != "null"]
    return "; or ".join(_one(branch) for branch in branches)
