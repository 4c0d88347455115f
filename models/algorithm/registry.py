"""The learning rules: every file of this folder that defines one is found."""

import pkgutil
from functools import cache, reduce
from importlib import import_module
from operator import or_
from pathlib import Path
from typing import Any

from models.algorithm.base import Algorithm

DEFAULT = "analog-sgd"


@cache
def rules() -> dict[str, type[Algorithm]]:
    """Return the class of every rule's table by its name, in the order of the names."""
    found: dict[str, type[Algorithm]] = {}
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        for value in vars(import_module(f"models.algorithm.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, Algorithm):
                name = value.model_fields["name"].default
                if isinstance(name, str):
                    found[name] = value
    return dict(sorted(found.items()))


def any_rule() -> Any:
    """Return the union of all rules' tables."""
    return reduce(or_, rules().values())
