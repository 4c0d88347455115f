"""What response functions showed: tables, claims and figure."""

from math import log

from scripts.reproduce.cell import Results
from scripts.reproduce.reproduction import (
    Claim,
    Paper,
    Report,
    Reproduction,
    Scale,
    Table,
    sentences,
)
from scripts.reproduce.responses import (
    NOISES,
    RANGES,
    SHIFTED,
    TABLE_5,
    TABLE_6,
    plan,
)
from scripts.reproduce.responses_chart import draw, keyed
from scripts.reproduce.spread import geometric, margin, paired, spread_text

SOURCE = "arXiv 2502.06309"
DIFFERS = """
data: without --data the embedded digits on 64-32-16-10 with tanh, 10 epochs; with it the folder's
images on 784-256-128-10: in full 60,000 samples, one seed a response, the ends of the noise and
three gammas; 8,000 samples with --quick. The paper: MNIST, sigmoid, batches of 10, more epochs.

digits: both rules start with weights that fill 0.3 of the devices' range, with a fixed digital
scale, and have the same rate of 0.02 a sample; the paper's start is not known. Where the start
fills 0.05 of the range instead, Analog SGD bears these responses too. Below 15 % the paper's Analog
SGD predicts one class; ours falls, and does not collapse.

images: both start from 0.05 of the range; Analog SGD at 0.01, Tiki-Taka at 0.05 with transfers at
0.03 and its fast array in the weight, because from 0.3 both are lost alike.

converters have 7 and 9 bits, an output noise of 0.004 and a rail of 4; devices have spreads of 0.3.

gamma is swept at slower transfers than the other tables have: 0.02 for 0.1 with the digits.

figure 2's task has sigma 0.3 and rates of our own: 0.05 and 0.002, 60,000 steps.
"""


def _response_table(results: Results) -> Table:
    rows = []
    for (rule, family, power), papers in TABLE_6.items():
        cells = []
        for tau, paper in zip(RANGES, papers, strict=True):
            place = {"rule": rule, "family": family, "power": power, "tau": tau}
            found = results.values("accuracy", part="response", **place)
            cells += ["<15" if paper is None else str(paper), spread_text(found) if found else "-"]
        if any(cell != "-" for cell in cells[1::2]):
            rows.append((rule, family, f"{power:g}", *cells))
    heads = [cell for tau in RANGES for cell in (f"paper, τ {tau}", "ours")]
    return Table("Test accuracy by response (Table 6), %", ("rule", "q", "power", *heads), rows)


def _noise_table(results: Results) -> Table:
    rows = []
    for rule, papers in TABLE_5.items():
        cells = [
            spread_text(found) if found else "-"
            for found in (
                results.values("accuracy", part="noise", rule=rule, noise=one) for one in NOISES
            )
        ]
        rows += [(f"{rule}, paper", *map(str, papers)), (f"{rule}, ours", *cells)]
    heads = (f"{100 * noise:.0f} %" for noise in NOISES)
    return Table("Test accuracy by cycle-to-cycle noise (Table 5), %", ("", *heads), rows)


def _mixing_table(results: Results) -> Table:
    rows = [
        (f"{gamma:g}", spread_text(results.values("accuracy", part="mixing", gamma=gamma)))
        for gamma in keyed(results, "mixing", "gamma")
    ]
    return Table(
        "Residual learning by gamma (Fig. 6), power response 2", ("gamma", "ours, %"), rows
    )


def _shift_table(results: Results) -> Table:
    shifts = keyed(results, "shift", "shift")
    rows = []
    for rule in SHIFTED:
        cells = []
        for shift in shifts:
            found = results.values("loss", part="shift", rule=rule, shift=shift)
            cells.append(f"{geometric(found):.2e}" if found else "-")
        rows.append((rule, *cells))
    heads = (f"c {shift:g}" for shift in shifts)
    return Table("Loss on least squares, symmetric point at c τ (Fig. 2)", ("rule", *heads), rows)


def report(results: Results, scale: Scale) -> Report:
    """Return tables, claims and what differs."""
    del scale
    tables, claims = [_response_table(results)], _response_claims(results)
    if results.has(part="start"):
        claims.append(_start_claim(results))
    if results.has(part="noise"):
        tables.append(_noise_table(results))
        claims += _noise_claims(results)
    if results.has(part="mixing"):
        tables.append(_mixing_table(results))
        claims += _mixing_claims(results)
    tables.append(_shift_table(results))
    claims += _shift_claims(results)
    return Report(tables, claims, sentences(DIFFERS))


Groups = list[list[float]]


def _groups(results: Results, rule: str, power: float) -> Groups:
    """Return accuracies by seed, a group for each family and range."""
    places = dict.fromkeys(
        (c.keys["family"], c.keys["tau"]) for c, _ in results.pairs if "family" in c.keys
    )
    return [
        results.values("accuracy", rule=rule, power=power, family=family, tau=tau)
        for family, tau in places
    ]


def _gap_claim(key: str, text: str, place: str, paper: str, pair: tuple[Groups, Groups]) -> Claim:
    """Return the claim that the first of two sets of accuracies is above the second."""
    found = paired(*pair)
    ours = f"{found.text} points at 95 %"
    return Claim(key, text, f"{SOURCE}, {place}", paper, ours, found.value > (found.half or 0.0))


def _differences(first: Groups, second: Groups) -> Groups:
    return [[a - b for a, b in zip(x, y, strict=True)] for x, y in zip(first, second, strict=True)]


def _response_claims(results: Results) -> list[Claim]:
    powers = keyed(results, "response", "power")
    low, high = powers[0], powers[-1]
    analog = [_groups(results, "analog-sgd", power) for power in (low, high)]
    tiki = [_groups(results, "tiki-taka", power) for power in (low, high)]
    falls = (_differences(*analog), _differences(*tiki))
    lost = "97.4 to <15 (power, τ 0.8)"
    return [
        _gap_claim(
            "falls",
            f"Analog SGD loses from power {low:g} to {high:g} of the response",
            "Table 6",
            lost,
            (analog[0], analog[1]),
        ),
        _gap_claim(
            "residual",
            f"Tiki-Taka is above it at power {high:g}",
            "Table 6",
            "above 96.9, <15",
            (tiki[1], analog[1]),
        ),
        _gap_claim(
            "steady",
            "the response costs Tiki-Taka less than Analog SGD",
            "Table 6",
            "no loss; over 80 points",
            falls,
        ),
    ]


def _start_claim(results: Results) -> Claim:
    place = {"family": "exponential", "power": 2.0, "tau": 0.6, "rule": "analog-sgd"}
    filled = results.values("accuracy", part="response", **place)
    small = results.values("accuracy", part="start")
    said = f"{spread_text(small)} % from 0.05 of the range, {spread_text(filled)} % from 0.3"
    text = "what a response costs Analog SGD depends on how far its start fills the range (own)"
    return Claim("start", text, "exponential response 2", "", said, margin(small, filled) > 0)


def _noise_claims(results: Results) -> list[Claim]:
    claims = []
    noises = keyed(results, "noise", "noise")
    for rule, papers in TABLE_5.items():
        few, many = (
            [results.values("accuracy", part="noise", rule=rule, noise=one)]
            for one in (noises[0], noises[-1])
        )
        found, fall = paired(few, many), papers[0].value - papers[-1].value
        claims.append(
            Claim(
                f"noise-{rule}",
                f"cycle noise of 120 % costs {rule} no more than about a point",
                f"{SOURCE}, Table 5",
                f"{Paper(fall)} points",
                f"{found.text} points at 95 %; at most one more than there",
                found.value + (found.half or 0.0) <= fall + 1.0,
            )
        )
    return claims


def _mixing_claims(results: Results) -> list[Claim]:
    gammas = keyed(results, "mixing", "gamma")
    first, second, *_, last = (
        [results.values("accuracy", part="mixing", gamma=one)] for one in gammas
    )
    flat = paired(last, second)
    half = flat.half or 0.0
    return [
        _gap_claim("mixing", "gamma above 0 helps", "Fig. 6", "large gain", (last, first)),
        Claim(
            "flat",
            f"from gamma {gammas[1]:g} on it is flat",
            f"{SOURCE}, Fig. 6",
            "flat",
            f"{flat.text} points more at {gammas[-1]:g}, at 95 %",
            abs(flat.value) <= half,
        ),
    ]


def _logs(results: Results, rule: str, shift: float) -> list[float]:
    return [log(one) for one in results.values("loss", part="shift", rule=rule, shift=shift)]


def _shift_claims(results: Results) -> list[Claim]:
    shifts = keyed(results, "shift", "shift")
    claims = []
    for rule in ("tiki-taka", "residual"):
        if results.has(part="shift", rule=rule):
            grown = margin(_logs(results, rule, shifts[-1]), _logs(results, rule, shifts[0]))
            text = f"{rule} needs the symmetric point at 0: its error grows with the shift"
            claims.append(
                Claim(
                    f"shift-{rule}",
                    text,
                    f"{SOURCE}, Fig. 2, Assumption 5",
                    "grows",
                    f"log of the loss by at least {grown:.2f} from c 0 to {shifts[-1]:g}",
                    grown > 0,
                )
            )
    last = shifts[-1]
    below = margin(_logs(results, "tiki-taka", last), _logs(results, "agad", last))
    text = "a rule that finds its reference (AGAD) bears the shift better"
    ours = f"log of the loss lower by at least {below:.2f} at c {last:g}"
    claims.append(Claim("reference", text, "Rasch et al. 2024", "", ours, below > 0))
    return claims


RESPONSE_FUNCTIONS = Reproduction(
    "response-functions",
    "response functions, cycle noise, gamma and shifted symmetric points",
    "Wu et al., arXiv 2502.06309, Tables 5, 6, Figs. 2, 6",
    plan,
    report,
    draw,
    (15.0, 4.2),
    "optional",
)
