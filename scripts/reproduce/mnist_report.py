"""What MNIST showed: the figure's numbers beside ours, and what a collapse is a matter of."""

from statistics import mean

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scripts.reproduce.cell import Found, Results
from scripts.reproduce.mnist import (
    FEWER,
    IN_WEIGHT,
    NETWORKS,
    PAPER,
    RANGES,
    STARTS,
    TIKI_STARTS,
    plan,
)
from scripts.reproduce.reproduction import Claim, Report, Reproduction, Scale, Table, sentences
from scripts.reproduce.spread import paired, spread_text
from sim.chart import style

SOURCE = "arXiv 2406.12774, Fig. 5"
DIFFERS = f"""
epochs: the paper's 80 (and a rate that falls after 35); here the samples that the table states, at
a constant rate of 0.05 a batch, but for Tiki-Taka in the weight. The full run has 10 epochs of the
FCN and a third of one of the CNN, which is tested on {FEWER} images.

the paper's code leaves the start and the converters of Analog SGD open: soft bounds with reference
at library defaults, column-wise scales, 7 and 9 bits. Here: soft bounds and 8 bits; of the FCN a
rail of 20 and an output noise of 0.1 as its text says, of the CNN 3 and 0.015; up to three starts.

what a collapse of the FCN to one class is a matter of: a digital output scale that is learned
without a floor falls to nothing in one layer, the gradients that could bring it back vanish with
it, and the network says one digit for ever, at every range tried; one that diverges counts as it is
then. With a floor of a tenth it does not (see also docs/studies.md, the constant predictor). The
CNN has not come that far after its samples: what it shows is its beginning, at one seed.

Tiki-Taka transfers one column an update. `plain`: rates of an earlier study, the fast array beside
the weight. `in the weight`: the fast array is part of the weight (gamma 1), rail 3, output noise
0.015, a rate that falls to a tenth after 70 %; the FCN has those of docs/studies.md, the last
section, the CNN lower ones, found on 10,000 samples. The paper's rates are not known.
"""
#: Percent above the share of the most frequent class, up to which a network says one class.
NEAR = 1.0


def _rows(results: Results, network: str) -> list[tuple[str, ...]]:
    rows = []
    for rule, start in dict.fromkeys(
        (c.keys["rule"], c.keys["start"]) for c, _ in results.pairs if c.keys["network"] == network
    ):
        cells = []
        for place, tau in enumerate(RANGES[network]):
            keys: dict[str, object] = {"network": network, "rule": rule, "start": start}
            if rule != "digital-sgd":
                keys["tau"] = tau
            found = results.values("accuracy", **keys)
            cells += [str(PAPER[network, rule][place]), spread_text(found) if found else "-"]
        rows.append((rule, start, *cells))
    return rows


def _table(results: Results, network: str) -> Table:
    samples = next(c.keys["samples"] for c, _ in results.pairs if c.keys["network"] == network)
    heads = (cell for tau in RANGES[network] for cell in (f"paper, τ {tau:g}", "ours"))
    epochs = f"{samples:,} samples ({samples / 60_000:.2g} epochs)"
    title = f"{network}: test accuracy, %, ours after {epochs}"
    return Table(title, ("rule", "start", *heads), _rows(results, network))


def lost(found: list[Found]) -> int:
    """Return how many trainings are no better than to say the most frequent class."""
    return sum(one["accuracy"] < one["share"] + NEAR for one in found)


def report(results: Results, scale: Scale) -> Report:
    """Return tables, claims and what differs."""
    del scale
    networks = [name for name in NETWORKS if results.has(network=name)]
    tables = [_table(results, name) for name in networks]
    claims = [claim for name in networks for claim in _collapse_claims(results, name)]
    return Report(
        tables, [*claims, _step_claim(results), *_gap_claims(results)], sentences(DIFFERS)
    )


def _collapse_claims(results: Results, network: str) -> list[Claim]:
    """What a floor under the learned scales decides, where both kinds were trained."""
    bare = results.where(network=network, rule="analog-sgd", start=STARTS[1])
    kept = results.where(network=network, rule="analog-sgd", start=STARTS[0])
    said, claims = ", ".join(f"{one['accuracy']:.1f}" for one in bare), []
    least = min(one["accuracy"] for one in kept)
    if bare:
        title = "predicts one class for ever where scales are learned without a floor"
        claims.append(
            Claim(
                f"collapse-{network}",
                f"Analog SGD {title}, {network}",
                SOURCE,
                "11.35 % (the share of the digit 1)",
                f"{lost(bare)} of {len(bare)} trainings lost: {said} %",
                lost(bare) == len(bare),
            )
        )
    claims.append(
        Claim(
            f"floor-{network}",
            f"with a floor under the scales it never does (own), {network}",
            SOURCE,
            "",
            f"{lost(kept)} of {len(kept)} trainings lost, at least {least:.1f} %",
            not lost(kept),
        )
    )
    return claims


def _step_claim(results: Results) -> Claim:
    """Whether a range decides, as in the paper."""
    taus = sorted({c.keys["tau"] for c, _ in results.pairs if c.keys["network"] == "FCN"})[1:]
    low = results.where(network="FCN", rule="analog-sgd", tau=taus[0])
    high = results.where(network="FCN", rule="analog-sgd", tau=taus[-1])
    step = len(taus) > 1 and lost(low) == len(low) and not lost(high)
    return Claim(
        "step",
        "Analog SGD collapses at a small range and not at a wider one",
        SOURCE,
        "11.35 at τ 0.70, 97.71 at 0.78",
        f"of all starts lost: {lost(low)} of {len(low)} at τ {taus[0]:g}, {lost(high)} of "
        f"{len(high)} at {taus[-1]:g}",
        step,
    )


def _gap_claims(results: Results) -> list[Claim]:
    claims = []
    for network in NETWORKS:
        taus = [tau for tau in RANGES[network] if results.has(network=network, tau=tau)]
        tiki, analog = (
            [results.values("accuracy", network=network, rule=rule, start=start, tau=tau)
             for tau in taus]
            for rule, start in (("tiki-taka", IN_WEIGHT), ("analog-sgd", STARTS[0]))
        )  # fmt: skip
        if not taus or sum(map(len, tiki)) < 2:
            continue
        found = paired(tiki, analog)
        papers = [
            mean(PAPER[network, rule][n].value for n in range(3))
            for rule in ("tiki-taka", "analog-sgd")
        ]
        claims.append(
            Claim(
                f"tiki-taka-{network}",
                f"Tiki-Taka, {IN_WEIGHT}, is above Analog SGD, {network}",
                SOURCE,
                f"{papers[0]:.1f} over {papers[1]:.1f} in the mean of the ranges",
                f"{found.text} points at 95 % (Analog SGD: {STARTS[0]})",
                found.value > (found.half or 0.0),
            )
        )
    return claims


def _draw(axes: Axes, results: Results, network: str) -> None:
    x = RANGES[network]
    place = 0
    for rule in ("analog-sgd", "tiki-taka"):
        papers = [PAPER[network, rule][n].value for n in range(len(x))]
        axes.plot(x, papers, "--", color=style(place)["color"], label=f"{rule}, paper")
        for start in STARTS if rule == "analog-sgd" else TIKI_STARTS:
            taus = [t for t in x if results.has(network=network, rule=rule, start=start, tau=t)]
            means = [
                mean(results.values("accuracy", network=network, rule=rule, start=start, tau=t))
                for t in taus
            ]
            if means:
                kind = style(place)
                label = f"{rule}, {start}"
                axes.plot(taus, means, color=kind["color"], marker=kind["marker"], label=label)
            place += 1
    axes.set(xlabel="range τ", ylabel="test accuracy, %", ylim=(0, 102))
    axes.set_title(network, fontsize=9)
    axes.legend(frameon=False, fontsize=7, loc=(0.02, 0.13))


def draw(results: Results, figure: Figure) -> None:
    """Draw accuracies over the range, the paper's dashed."""
    networks = [name for name in NETWORKS if results.has(network=name)]
    for axes, network in zip(
        figure.subplots(1, len(networks), squeeze=False)[0], networks, strict=True
    ):
        _draw(axes, results, network)


EXACT_MNIST = Reproduction(
    "exact-mnist",
    "FCN and CNN on MNIST over the devices' range, and what a collapse is a matter of",
    "Wu et al., arXiv 2406.12774, Fig. 5",
    plan,
    report,
    draw,
    (12.0, 4.8),
    "required",
)
