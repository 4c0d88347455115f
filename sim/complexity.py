"""Clock-cycle complexity: samples and cycles that runs needed for each of several errors.

The error of a run at an evaluation is

    loss        the mean loss of the last `window` samples, each as it passed forward, with the
                weights of that moment
    accuracy    the mean of 1 - accuracy on the test images over the evaluations in that window
    gradient    the mean squared norm of the training loss's gradient over all evaluations so far,
                each with the weights of its moment (`sim.gradient`): the theory's error

A run reaches an error at the first evaluation, from that of its largest error on, whose error is
not above it; of several rates, the one that takes the fewest samples counts, for each error,
schedule and seed by itself. Exponents p
are slopes of log(samples), or log(cycles), on log(1/error), by least squares over the errors that
every seed reached, for each seed by itself; their mean has an interval of Student's t over seeds.

Iteration complexities O(e^-2 + e^-1) of an asynchronous and O(e^-2) of a synchronous pipeline are
from the abstract of Wu et al., arXiv 2410.15155; for a rate chosen for each error. Clock cycles
O(M e^-2) without a pipeline and O((1 + (M-1)/B) e^-2) of a synchronous one, M stages and
mini-batches of B, are derived from them by the slots of unit stages, not quoted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Literal

import numpy as np

from models.schedule import Rule
from sim.finding import Line

Measure = Literal["loss", "accuracy", "gradient"]
Row = Mapping[str, float]

#: Student's t with a probability of 2.5 % above, for 1, 2, ... degrees of freedom.
_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179,
            2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
            2.060, 2.056, 2.052, 2.048, 2.045, 2.042)  # fmt: skip
_NORMAL = 1.960


@dataclass(frozen=True)
class Curve:
    """One run: its error at each evaluation, with samples and cycles by then."""

    samples: tuple[int, ...]
    cycles: tuple[int, ...]
    errors: tuple[float, ...]

    def reached(self, error: float) -> tuple[int, int] | None:
        """Return samples and cycles until the error is not above `error`; None if it never is."""
        for samples, cycles, own in zip(self.samples, self.cycles, self.errors, strict=True):
            if own <= error:
                return samples, cycles
        return None


@dataclass(frozen=True)
class Trained:
    """The runs of one schedule and seed, at one rate or at several: for each error the fastest."""

    schedule: str
    seed: int
    curves: tuple[Curve, ...]

    def reached(self, error: float) -> tuple[int, int] | None:
        """Return samples and cycles until the first of the runs reached an error, by samples."""
        found = [pair for curve in self.curves if (pair := curve.reached(error)) is not None]
        return min(found, default=None)


def _window_means(rows: Sequence[Row], measure: Measure, window: int) -> list[float | None]:
    """Return the error of each evaluation; None where `window` samples have not yet passed."""
    raw = [row["train_loss"] if measure == "loss" else 1.0 - row["accuracy"] for row in rows]
    samples = [int(row["samples"]) for row in rows]
    sizes = np.diff([0, *samples]) if measure == "loss" else np.ones(len(rows))
    found: list[float | None] = []
    for place, now in enumerate(samples):
        first = next(n for n, then in enumerate(samples) if then > now - window)
        part = slice(first, place + 1)
        mean = float(np.average(raw[part], weights=sizes[part]))
        found.append(None if now < window else mean)
    return found


def _run_means(rows: Sequence[Row]) -> list[float | None]:
    """Return the mean squared gradient norm of all evaluations up to each."""
    raw = np.array([row["squared_gradient"] for row in rows])
    return [float(mean) for mean in np.cumsum(raw) / np.arange(1, len(raw) + 1)]


def make_curve(rows: Sequence[Row], measure: Measure, window: int) -> Curve:
    """Return the curve of a run's evaluations, from its largest error on."""
    means = _run_means(rows) if measure == "gradient" else _window_means(rows, measure, window)
    kept = [
        (int(row["samples"]), int(row["cycles"]), error)
        for row, error in zip(rows, means, strict=True)
        if error is not None
    ]
    top = max(range(len(kept)), key=lambda place: kept[place][2])
    return Curve(*zip(*kept[top:], strict=True))


def errors_within(trained: Sequence[Trained], count: int = 6) -> tuple[float, ...]:
    """Return errors at equal ratios, to three digits, that all reached after their first."""
    largest = 0.85 * min(curve.errors[0] for one in trained for curve in one.curves)
    least = 1.005 * max(min(min(curve.errors) for curve in one.curves) for one in trained)
    if not 0.0 < least < largest:
        return ()
    return tuple(float(f"{error:.3g}") for error in np.geomspace(largest, least, count))


@dataclass(frozen=True)
class Exponent:
    """A slope: mean over `seeds`, and half its interval of 95 %, None of a single seed."""

    value: float
    half: float | None
    seeds: int

    @property
    def text(self) -> str:
        """The slope with its interval."""
        return f"{self.value:.2f}" + ("" if self.half is None else f" ± {self.half:.2f}")


def student(degrees: int) -> float:
    """Return Student's t with a probability of 2.5 % above, for degrees of freedom from 1 on."""
    return _STUDENT[degrees - 1] if degrees <= len(_STUDENT) else _NORMAL


def interval(values: Sequence[float]) -> Exponent:
    """Return the mean of independent values with its interval of 95 %, by Student's t."""
    count = len(values)
    if count < 2:
        return Exponent(float(values[0]), None, count)
    half = student(count - 1) * float(np.std(values, ddof=1)) / count**0.5
    return Exponent(float(np.mean(values)), half, count)


def exponent(trained: Sequence[Trained], errors: Sequence[float], clock: bool) -> Exponent | None:
    """Return the slope of log(samples), or with `clock` of log(cycles), on log(1/error).

    None where fewer than three errors were reached by all of these runs.
    """
    used = [error for error in errors if all(one.reached(error) for one in trained)]
    if len(used) < 3:
        return None
    x = [-log(error) for error in used]
    slopes = []
    for one in trained:
        found = [one.reached(error) for error in used]
        y = [log(pair[clock]) for pair in found if pair is not None]
        slopes.append(float(np.polyfit(x, y, 1)[0]))
    return interval(slopes)


def passage_lines(
    trained: Sequence[Trained], errors: Sequence[float], measure: Measure
) -> list[Line]:
    """Return a line for each schedule, seed and error; without samples if it was not reached."""
    lines = []
    for one in trained:
        for error in errors:
            found = one.reached(error)
            line: Line = {
                "schedule": one.schedule,
                "seed": one.seed,
                "measure": measure,
                "error": error,
            }
            if found is not None:
                line |= {"samples": found[0], "cycles": found[1]}
            lines.append(line)
    return lines


def theory_factor(rule: Rule) -> float | None:
    """Return the clock cycles a sample that unit stages need over those of an endless pipeline.

    M without a pipeline, 1 + (M-1)/B with a flush every B samples, 1 for `async`; None for a
    schedule that the theory does not speak of.
    """
    if rule.name == "sequential":
        return float(rule.stages)
    if rule.name in ("fill-drain", "1f1b") and rule.N is not None:
        return 1.0 + (rule.stages - 1) / rule.N
    return 1.0 if rule.name == "async" else None
