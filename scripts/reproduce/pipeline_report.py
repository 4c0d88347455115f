"""What the pipelines showed: tables, claims and figure."""

from collections.abc import Sequence
from math import log
from statistics import mean

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from scripts.reproduce.cell import Results
from scripts.reproduce.pipeline import RACED, SCHEDULES, plan, races
from scripts.reproduce.reproduction import Claim, Report, Reproduction, Scale, Table, sentences
from scripts.reproduce.spread import geometric, spread_text
from sim.chart import style
from sim.complexity import Exponent, Trained, errors_within, exponent, interval

SOURCE = "arXiv 2410.15155"
ABSTRACT = f"{SOURCE}, abstract"
DERIVED = "derived from equal stages"
DIFFERS = """
the paper's text was not available, its abstract alone: clock cycles, density (busy cycles of all
arrays over all cycles), 1F1B order with staleness M - m and all factors are this project's
(docs/contract.md); its networks, tables and figures are not reproduced.

errors are losses of samples as they pass, not squared gradient norms, at one rate and over a factor
of a few: slopes test no theorem.

networks: the digits, 64-32-16-10, and eight stages; no ResNet, no CIFAR.
"""


def _grid(results: Results, key: str) -> list[int]:
    return sorted({cell.keys[key] for cell, _ in results.pairs if key in cell.keys})


def count_table(results: Results) -> Table:
    """Return cycles a sample, density and speed-ups by depth and length of the trains."""
    rows = []
    for stages in _grid(results, "stages"):
        for slots in _grid(results, "slots"):
            own = {
                name: results.one(stages=stages, slots=slots, schedule=name) for name in SCHEDULES
            }
            cells = (f"{found['cycles']:.1f}" for found in own.values())
            last, sync = own["async"], own["fill-drain"]
            rows.append(
                (
                    str(stages),
                    str(slots),
                    *cells,
                    f"{last['derived']:.0f}",
                    f"{100 * sync['density']:.1f}",
                    f"{100 * last['density']:.1f}",
                    f"{own['sequential']['cycles'] / last['cycles']:.2f}",
                    f"{sync['cycles'] / last['cycles']:.2f}",
                )
            )
    heads = ("stages", "slots", *SCHEDULES, "derived async", "density sync %", "async %")
    return Table(
        "Cycles a sample of equal stages, mini-batches of 8",
        (*heads, "sequential/async", "sync/async"),
        rows,
    )


def ratios(
    trained: Sequence[Trained], errors: Sequence[float], pair: tuple[str, str], clock: bool
) -> list[float]:
    """Return log ratios of what two schedules took to the errors, a mean for each seed.

    Errors that one of the two did not reach are left out.
    """
    found = []
    for seed in sorted({one.seed for one in trained}):
        first, second = (
            next(one for one in trained if (one.schedule, one.seed) == (name, seed))
            for name in pair
        )
        both = [(first.reached(error), second.reached(error)) for error in errors]
        logs = [log(a[clock] / b[clock]) for a, b in both if a is not None and b is not None]
        if logs:
            found.append(mean(logs))
    return found


def race_table(trained: Sequence[Trained], errors: Sequence[float]) -> Table:
    """Return samples and cycles to each error, and slopes."""
    names = list(dict.fromkeys(one.schedule for one in trained))
    rows = []
    for error in errors:
        cells = [f"{error:.3g}"]
        for clock in (False, True):
            for name in names if not clock else [one for one in names if one != "digital"]:
                found = [one.reached(error) for one in trained if one.schedule == name]
                values = [float(pair[clock]) for pair in found if pair is not None]
                some = "" if len(values) == len(found) else f" ({len(values)} of {len(found)})"
                cells.append(f"{geometric(values):,.0f}{some}" if values else "never")
        rows.append(tuple(cells))
    slopes = [exponent([o for o in trained if o.schedule == n], errors, False) for n in names]
    rows.append(
        ("slope", *(_slope(one) for one in slopes), *("",) * (len(rows[0]) - 1 - len(names)))
    )
    analog = [f"cycles, {name}" for name in names if name != "digital"]
    head = ("training loss", *(f"samples, {name}" for name in names), *analog)
    return Table("Digits, three stages: to reach a loss, geometric mean of the seeds", head, rows)


def _slope(found: Exponent | None) -> str:
    return "-" if found is None else found.text


def window_table(results: Results) -> Table | None:
    """Return accuracy and staleness by window; None where they were not run."""
    names = dict.fromkeys(c.keys["window"] for c, _ in results.pairs if "window" in c.keys)
    rows = []
    for name in names:
        own = results.where(window=name)
        cycles = own[0]["cycles"][-1] / own[0]["samples"][-1]
        stale = f"{own[0]['staleness'][0]:.2f}"
        accuracy = spread_text(results.values("accuracy", window=name))
        rows.append((name, f"{cycles:.1f}", stale, accuracy))
    head = ("schedule", "cycles a sample", "staleness, first stage", "accuracy, %")
    return Table("Digits, eight stages: samples in flight", head, rows) if rows else None


def image_table(results: Results) -> Table | None:
    """Return accuracies of the folder's images against cycles; None where there were none."""
    rows = []
    for cell, found in results.pairs:
        if "images" in cell.keys:
            said = "  ".join(f"{one:.2f}" for one in found["accuracies"])
            cycles = f"{found['cycles'][0]:,}"
            rows.append((cell.keys["images"], str(cell.keys["seed"]), cycles, said))
    head = ("schedule", "seed", "cycles an epoch", "test accuracy after each epoch, %")
    return Table("Images of the folder, 784-256-128-10", head, rows) if rows else None


def report(results: Results, scale: Scale) -> Report:
    """Return tables, claims and what differs."""
    del scale
    trained = races(results)
    errors = errors_within(trained)
    tables = [count_table(results), race_table(trained, errors)]
    tables += [one for one in (window_table(results), image_table(results)) if one is not None]
    claims = [*_clock_claims(results), *_sample_claims(trained, errors)]
    return Report(tables, claims, sentences(DIFFERS))


def _clock_claims(results: Results) -> list[Claim]:
    counts = [(cell.keys, found) for cell, found in results.pairs if "stages" in cell.keys]
    exact = [
        f["cycles"] == f["derived"] for k, f in counts if k["schedule"] not in ("async", "1f1b")
    ]
    ends = [f["cycles"] / f["derived"] - 1 for k, f in counts if k["schedule"] == "async"]
    densities = [f["density"] for k, f in counts if k["schedule"] == "async"]
    gains = [
        results.one(**{**k, "schedule": "sequential"})["cycles"] / f["cycles"] / k["stages"]
        for k, f in counts
        if k["schedule"] == "async"
    ]
    return [
        Claim(
            "cycles",
            "cycles are M (F + B + U) a sample without a pipeline and those of fill and drain "
            "with a synchronous one",
            DERIVED,
            "",
            f"{sum(exact)} of {len(exact)} machines equal",
            all(exact),
        ),
        Claim(
            "density",
            "the asynchronous pipeline computes with density 1 but for fill and drain",
            f"{SOURCE}, third-party summary*",
            "1*",
            f"{min(densities):.3f} to {max(densities):.3f}; at most {100 * max(ends):.2f} % above "
            "F + B + U a sample",
            min(densities) > 0.95 and max(ends) < 0.05,
        ),
        Claim(
            "speed-up",
            "its speed-up over no pipeline is the number of stages",
            DERIVED,
            "M",
            f"{min(gains):.3f} to {max(gains):.3f} of M",
            all(0.95 < gain <= 1.0 for gain in gains),
        ),
    ]


def _sample_claims(trained: Sequence[Trained], errors: Sequence[float]) -> list[Claim]:
    claims = []
    pairs = [(other, "sequential") for other in RACED[1:]]
    if any(one.schedule == "digital" for one in trained):
        pairs.append(("sequential", "digital"))
    said = {"sequential": "no pipeline", "digital": "digital SGD"}
    for other, base in pairs:
        found = interval(ratios(trained, errors, (other, base), clock=False))
        half = found.half or 0.0
        claims.append(
            Claim(
                f"samples-{other}",
                f"{said.get(other, other)} needs samples of the same order as {said[base]}",
                ABSTRACT,
                "O(ε⁻² + ε⁻¹) and O(ε⁻²)",
                f"log ratio {found.text}, 95 % over seeds; of the order: within log 1.5",
                abs(found.value) + half < log(1.5),
            )
        )
    for other in RACED[1:]:
        found = interval(ratios(trained, errors, ("sequential", other), clock=True))
        claims.append(
            Claim(
                f"cycles-{other}",
                f"{other} reaches an error in fewer clock cycles than no pipeline",
                ABSTRACT,
                "",
                f"log ratio {found.text}, 95 % over seeds",
                found.value - (found.half or 0.0) > 0,
            )
        )
    return claims


def _draw_race(axes: Axes, trained: Sequence[Trained], clock: bool) -> None:
    for place, name in enumerate(RACED):
        own = [one.curves[0] for one in trained if one.schedule == name]
        shared = min(len(curve.errors) for curve in own)
        for curve in own:
            x = curve.cycles if clock else curve.samples
            axes.plot(x, curve.errors, color=style(place)["color"], alpha=0.2, linewidth=0.8)
        x = own[0].cycles if clock else own[0].samples
        y = [geometric([curve.errors[n - shared] for curve in own]) for n in range(shared)]
        axes.plot(x[-shared:], y, color=style(place)["color"], label=name)
    axes.set(
        xscale="log", yscale="log", xlabel="clock cycles" if clock else "samples", ylabel="loss"
    )
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.legend(frameon=False)


def draw(results: Results, figure: Figure) -> None:
    """Draw speed-up against depth, and loss against samples and cycles."""
    left, middle, right = figure.subplots(1, 3)
    depths, slots = _grid(results, "stages"), _grid(results, "slots")
    for place, (train, name) in enumerate((s, n) for n in ("async", "fill-drain") for s in slots):
        gains = [
            results.one(stages=stages, slots=train, schedule="sequential")["cycles"]
            / results.one(stages=stages, slots=train, schedule=name)["cycles"]
            for stages in depths
        ]
        left.plot(depths, gains, label=f"{name}, {train} slots", **style(place))
    left.plot(depths, depths, ":", color="#888888", label="number of stages")
    left.set(xlabel="stages", ylabel="speed-up over no pipeline", xscale="log", yscale="log")
    left.set_xticks(depths, [str(one) for one in depths])
    left.set_yticks(depths, [str(one) for one in depths])
    left.minorticks_off()
    left.legend(frameon=False, fontsize=7)
    trained = races(results)
    _draw_race(middle, trained, clock=False)
    _draw_race(right, trained, clock=True)


PIPELINE = Reproduction(
    "pipeline",
    "pipelines: same samples, fewer cycles; density and speed-up against depth",
    "Wu et al., arXiv 2410.15155 (abstract; definitions of this project)",
    plan,
    report,
    draw,
    (13.5, 4.4),
    "optional",
)
