"""A reproduction: the plan of a published experiment, and the report of what it found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from scripts.reproduce.cell import Cell, Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure  # which other commands need not load

Level = Literal["least", "quick", "full"]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Scale:
    """How much of an experiment is run.

    Parameters
    ----------
    level
        `quick` shows the trend in under three minutes, `full` is all of it, `least` tests it.
    data
        Folder with images in MNIST's format, for those that can use one.
    """

    level: Level
    data: Path | None = None

    def pick(self, least: _T, quick: _T, full: _T) -> _T:
        """Return the value for the level."""
        return {"least": least, "quick": quick, "full": full}[self.level]


class Paper(NamedTuple):
    """A published number; `verified` where it was read in the source's own text or files."""

    value: float
    spread: float | None = None
    verified: bool = True
    digits: int = 2

    def __str__(self) -> str:
        spread = "" if self.spread is None else f" ± {self.spread:.{self.digits}f}"
        return f"{self.value:.{self.digits}f}{spread}{'' if self.verified else '*'}"


class Claim(NamedTuple):
    """What a source claims, and whether we found it.

    Parameters
    ----------
    key
        Short name, for tests.
    text
        What is claimed.
    source
        Where: section, table, figure.
    paper
        Its numbers; empty where it has none.
    ours
        Ours, with the spread or the bound that decides.
    holds
        Whether ours bear it out.
    """

    key: str
    text: str
    source: str
    paper: str
    ours: str
    holds: bool


class Table(NamedTuple):
    """A title, heads of columns, and rows of cells."""

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass
class Report:
    """What an experiment found: tables, claims, and what differs from the source's."""

    tables: list[Table] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)

    def claim(self, key: str) -> Claim:
        """Return the claim of a name."""
        return next(one for one in self.claims if one.key == key)


def sentences(text: str) -> list[str]:
    """Return the paragraphs of a text, each in one line."""
    return [" ".join(part.split()) for part in text.strip().split("\n\n")]


@dataclass(frozen=True)
class Reproduction:
    """A published experiment.

    Parameters
    ----------
    name
        As the command is told.
    title
        What it shows.
    source
        The paper, with its sections.
    plan
        The cells of a scale, each after those whose results it asks for.
    report
        From what they found.
    draw
        The figure, of that size in inches.
    data
        Whether a folder of images is `required`, `optional`, or of `no` use.
    """

    name: str
    title: str
    source: str
    plan: Callable[[Scale], list[Cell]]
    report: Callable[[Results, Scale], Report]
    draw: "Callable[[Results, Figure], None]"
    size: tuple[float, float] = (11.0, 4.6)
    data: Literal["no", "optional", "required"] = "no"
