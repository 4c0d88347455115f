"""What classes of devices, noise and converters showed: tables, claims and figure."""

from statistics import mean, stdev

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scripts.reproduce.cell import Results
from scripts.reproduce.devices import NETWORKS, RULES, plan
from scripts.reproduce.reproduction import Claim, Report, Reproduction, Scale, Table, sentences
from scripts.reproduce.spread import margin, paired, spread_text
from sim.chart import SERIES, style

SOURCE = "Lee, MIT thesis 1721.1/163681, abstract"
DIFFERS = """
the thesis' abstract alone was available: its devices, categories, noise, converters and LSTM are
not known. Drag is this project's definition (docs/devices.md, section 6).

data: the embedded digits instead of MNIST; networks 64-32-16-10, an LSTM of 32 cells, adapters of
rank 4 on moved digits.

each rule has its best setting of a grid of 6 to 8 by another seed; rates of the sweeps stay as
designed. Write noise is left out, which several arrays have not.
"""
FEWER = """
the quick run has fewer devices and conditions, with the settings of the full run, and trains the
LSTM for 3 epochs instead of 10.
"""
#: Share of a distance that a pair of pulses takes back: below it Tiki-Taka harms (own finding).
LITTLE, MUCH = 0.002, 0.007


def presets(results: Results) -> dict[str, float | None]:
    """Return the drag of every preset, smallest first, those without a symmetric point last."""
    found = {c.keys["drag"]: f["drag"] for c, f in results.pairs if "drag" in c.keys}
    return dict(sorted(found.items(), key=lambda pair: (pair[1] is None, pair[1] or 0.0)))


def accuracies(results: Results, preset: str, rule: str) -> list[float]:
    """Return the test accuracies of a rule on a preset, one a seed."""
    return results.values("accuracy", preset=preset, rule=rule)


def _drag_table(results: Results) -> Table:
    rows = []
    for preset, drag in presets(results).items():
        over = results.one(drag=preset)["over"]
        cells = []
        for rule in RULES:
            found = results.where(preset=preset, rule=rule)
            said = spread_text([one["accuracy"] for one in found]) if found else "-"
            cells += [said, found[0]["rates"] if found else "-"]
        place = ("none", "none") if drag is None else (f"{100 * drag:.3f}", f"{over:.2f}")
        rows.append((preset, *place, *cells))
    heads = [cell for rule in RULES for cell in (rule, "rates, omega")]
    head = ("preset", "drag a pair, %", "/ 2 dw_min", *heads)
    return Table("Test accuracy of the digits after 10 epochs, %", head, rows)


def _sweep_table(results: Results) -> Table:
    pairs = [c.keys for c, _ in results.pairs if "condition" in c.keys]
    networks = [name for name in NETWORKS if any(one["network"] == name for one in pairs)]
    rows = []
    for condition in dict.fromkeys(one["condition"] for one in pairs):
        cells = []
        for network in networks:
            found = results.values("accuracy", network=network, condition=condition)
            cells.append(spread_text(found) if found else "-")
        rows.append((condition, *cells))
    return Table("Test accuracy by network and condition, %", ("", *networks), rows)


def report(results: Results, scale: Scale) -> Report:
    """Return tables, claims and what differs."""
    claims = [*_drag_claims(results), *_sweep_claims(results)]
    differs = sentences(DIFFERS if scale.level == "full" else DIFFERS + FEWER)
    return Report([_drag_table(results), _sweep_table(results)], claims, differs)


def _drag_claims(results: Results) -> list[Claim]:
    claims = []
    for key, text, sign in (
        ("harm", f"Tiki-Taka harms devices of little drag (below {100 * LITTLE:g} % a pair)", -1),
        ("help", f"and helps those of enough of it (above {100 * MUCH:g} %)", 1),
    ):
        names, analog, tiki = [], [], []
        for preset, drag in presets(results).items():
            own, other = (accuracies(results, preset, rule) for rule in RULES[:2])
            wanted = drag is not None and (drag < LITTLE if sign < 0 else drag > MUCH)
            if wanted and max(mean(own), mean(other)) > 20.0:  # something learns on it
                names.append(preset)
                analog.append(own)
                tiki.append(other)
        gaps = [sign * (mean(b) - mean(a)) for a, b in zip(analog, tiki, strict=True)]
        said = ", ".join(f"{name} {gap:.1f}" for name, gap in zip(names, gaps, strict=True))
        found = paired(tiki, analog) if sign > 0 else paired(analog, tiki)
        holds = min(gaps) > 0 and found.value > (found.half or 0.0)
        ours = f"points of accuracy: {found.text} at 95 %; {said}"
        claims.append(Claim(key, text, SOURCE, "", ours, holds))
    return claims


#: Claims of the sweeps: key, sentence, condition that loses and one that it loses to; whether so.
_LOSSES = (
    ("noise", "cycle-to-cycle noise of three steps costs accuracy", "cycle-to-cycle noise 3", True),
    (
        "spread",
        "device-to-device spread of 0.5 does not (as far as the seeds can tell)",
        "device-to-device spread 0.5",
        False,
    ),
    ("converters", "an ADC of 6 bits costs accuracy", "ADC of 6 bits", True),
)


def _sweep_claims(results: Results) -> list[Claim]:
    networks = [name for name in NETWORKS if results.has(network=name)]
    claims = []
    for key, text, condition, loses in _LOSSES:
        base, other = (
            [results.values("accuracy", network=name, condition=one) for name in networks]
            for one in ("as designed", condition)
        )
        found = paired(base, other)
        gaps = [mean(a) - mean(b) for a, b in zip(base, other, strict=True)]
        said = ", ".join(f"{name} {gap:.1f}" for name, gap in zip(networks, gaps, strict=True))
        half = found.half or 0.0
        holds = found.value > half if loses else found.value - half <= 0
        ours = f"points lost: {found.text} at 95 %; {said}"
        claims.append(Claim(key, text, SOURCE, "", ours, holds))
    if results.has(network="adapters"):
        digital, analog = (
            results.values("accuracy", network="adapters", condition=one)
            for one in ("digital weights", "as designed")
        )
        claims.append(
            Claim(
                "adapters",
                "analog adapters match digital ones only under conditions (here not)",
                SOURCE,
                "",
                f"{spread_text(analog)} beside {spread_text(digital)} %; full training "
                f"{spread_text(results.values('accuracy', network='MLP', condition='as designed'))}"
                " % of the digits as they are",
                margin(digital, analog) > 0,
            )
        )
    return claims


def _draw_drags(axes: Axes, results: Results) -> None:
    names = list(presets(results))
    for place, rule in enumerate(RULES):
        known = [
            (n, found)
            for n, preset in enumerate(names)
            if (found := accuracies(results, preset, rule))
        ]
        axes.errorbar(
            [n + 0.15 * (place - 1) for n, _ in known],
            [mean(found) for _, found in known],
            [stdev(found) for _, found in known],
            fmt=style(place)["marker"],
            color=SERIES[place],
            capsize=3,
            label=rule,
        )
    drags = presets(results).values()
    said = ["no point" if one is None else f"{100 * one:.2g} %" for one in drags]
    labels = [f"{name}\n{text}" for name, text in zip(names, said, strict=True)]
    axes.set_xticks(range(len(names)), labels, fontsize=7, rotation=0 if len(names) < 6 else 60)
    axes.set(ylabel="test accuracy, %", xlabel="device, with its drag a pair of pulses")
    axes.legend(frameon=False, fontsize=8)


def _draw_sweeps(axes: Axes, results: Results) -> None:
    pairs = [c.keys for c, _ in results.pairs if "condition" in c.keys]
    names = list(dict.fromkeys(one["condition"] for one in pairs))
    networks = [name for name in NETWORKS if any(one["network"] == name for one in pairs)]
    for place, network in enumerate(networks):
        known = [
            (n, found)
            for n, condition in enumerate(names)
            if (found := results.values("accuracy", network=network, condition=condition))
        ]
        axes.errorbar(
            [mean(found) for _, found in known],
            [n + 0.15 * (place - 1) for n, _ in known],
            xerr=[stdev(found) for _, found in known],
            fmt=style(place)["marker"],
            color=SERIES[place],
            capsize=3,
            label=network,
        )
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.invert_yaxis()
    axes.set(xlabel="test accuracy, %")
    axes.legend(frameon=False, fontsize=8)


def draw(results: Results, figure: Figure) -> None:
    """Draw accuracies by device and by condition."""
    left, right = figure.subplots(1, 2)
    _draw_drags(left, results)
    _draw_sweeps(right, results)


DEVICES = Reproduction(
    "devices",
    "devices by drag: where Tiki-Taka helps or harms; noise, spread, converters; adapters",
    "Lee, MIT thesis 1721.1/163681 (abstract; definitions of this project)",
    plan,
    report,
    draw,
    (14.0, 5.2),
)
