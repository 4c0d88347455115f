"""What a study of complexity found, as rows of text: the first of them are heads."""

from typing import Any

from sim.complexity import Exponent, Measure, Trained

Rows = list[list[str]]
Exponents = dict[str, tuple[Exponent | None, Exponent | None]]

NOTES = (
    "Theory (abstract of arXiv 2410.15155): e^-2 samples, asynchronous e^-2 + e^-1, for a mean",
    "squared gradient norm e, with a rate for each e. Its cycles with unit stages, relative to an",
    "endless pipeline, are derived here, not quoted: M sequential, 1 + (M-1)/B synchronous.",
)
_MEASURED = {
    "loss": "Measured: the mean loss of samples as they were learned",
    "accuracy": "Measured: 1 - accuracy on the test images",
    "gradient": "Measured: that error, at the evaluations",
}


def measured(measure: Measure, rates: bool) -> str:
    """Return what the figures are, and what they are not."""
    rate = "the best of a few rates" if rates else "one rate for all"
    return f"{_MEASURED[measure]}, {rate}, a small range: the slopes are no test of that theory."


def _mean(values: list[int]) -> str:
    return f"{sum(values) / len(values):,.0f}"


def passage_rows(
    trained: list[Trained], errors: tuple[float, ...], measure: Measure, clock: bool
) -> Rows:
    """Return mean samples, or with `clock` cycles, to each error; of how many seeds, if not all."""
    names = list(dict.fromkeys(one.schedule for one in trained))
    rows = [[measure, *names]]
    for error in errors:
        cells = []
        for name in names:
            own = [one.reached(error) for one in trained if one.schedule == name]
            values = [pair[clock] for pair in own if pair is not None]
            some = "" if len(values) == len(own) else f" ({len(values)} of {len(own)})"
            cells.append(_mean(values) + some if values else "never")
        rows.append([f"{1 - error if measure == 'accuracy' else error:.4g}", *cells])
    return rows


def slope_rows(
    trained: list[Trained],
    errors: tuple[float, ...],
    found: Exponents,
    factors: dict[str, float | None],
) -> Rows:
    """Return exponents with their intervals, and cycles over those of the last schedule."""
    names = list(found)
    last = names[-1]
    heads = ["schedule", "slope of samples", "slope of cycles", f"cycles / {last}'s", "unit stages"]
    rows = [heads]
    base = _cycles(trained, errors, last)
    for name in names:
        own = _cycles(trained, errors, name)
        ratios = [own[key] / base[key] for key in own if key in base]
        factor, other = factors[name], factors[last]
        rows.append(
            [
                name,
                *("-" if one is None else one.text for one in found[name]),
                f"{sum(ratios) / len(ratios):.2f}" if ratios else "-",
                "-" if factor is None or other is None else f"{factor / other:.2f}",
            ]
        )
    return rows


def _cycles(trained: list[Trained], errors: tuple[float, ...], name: str) -> dict[Any, int]:
    """Return the cycles of a schedule by seed and error."""
    return {
        (one.seed, error): pair[1]
        for one in trained
        if one.schedule == name
        for error in errors
        if (pair := one.reached(error)) is not None
    }
