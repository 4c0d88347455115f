"""Update times of Rasch et al. and Li et al.: closed form, and from the simulated clock."""

from typing import Any

from matplotlib.figure import Figure

from models.design import Design, make_design
from models.tile import TileConfig, tile_config
from models.update_time import update_operations, update_time
from scripts.reproduce.cell import Cell, Found, Results, Tell
from scripts.reproduce.reproduction import (
    Claim,
    Paper,
    Report,
    Reproduction,
    Scale,
    Table,
    sentences,
)
from sim.chart import SERIES
from sim.system import make_system

SOURCE = "Rasch et al., Nat. Commun. 15:7133 (2024), Table 1"
LI = "Li et al., arXiv 2510.02516, Tables 5 and 7"
N, BATCH, L_AVG, READ = 512, 100, 5, 40
#: Printed ns, rule, its keys, and slots of a train.
ROWS: dict[str, tuple[Paper, str, dict[str, Any], int]] = {
    "in-memory SGD": (Paper(30.9, digits=1), "analog-sgd", {}, L_AVG),
    "Tiki-Taka 2": (Paper(56.3, digits=1), "tiki-taka-2", {"transfer_every": 2}, L_AVG),
    "chopped Tiki-Taka 2": (
        Paper(56.3, digits=1),
        "chopped-tiki-taka-2",
        {"transfer_every": 2},
        L_AVG,
    ),
    "AGAD": (Paper(62.1, digits=1), "agad", {"transfer_every": 2}, L_AVG),
    "AGAD, n_s 10, l 1": (Paper(17.1, digits=1), "agad", {"transfer_every": 10}, 1),
    "mixed precision": (
        Paper(3024.5, digits=1),
        "mixed-precision",
        {"transfer_every": BATCH, "transfer_columns": N},
        L_AVG,
    ),
}
TILES = 16
DIFFERS = """
mixed precision: the paper counts the digital work of one column an update and the analog time of
N / B columns; `our design` does both for the same columns, 12 ns more.

the clock counts whole cycles of 1 ns and rounds every digital step up, so it is above the closed
form by less than a cycle a step; transfers fall due every n_s updates.

`two phases` is the Methods section's text (positive and negative pulses one after another); the
paper's table is computed with one.

several tiles: the printed form is the limit of infinitely many tiles.
"""
#: Table 7 of Li et al.: lines of the largest layer, then Tiki-Taka 2, analog SGD, several tiles.
LATENCIES = {"LeNet-5": (512, (56.3, 30.9, 95.9)), "ResNet-18": (4608, (126.5, 77.7, 142.7))}
LATENCY_RULES = ("Tiki-Taka 2", "in-memory SGD", "several tiles")


def machine(rule: str, slots: int, **keys: Any) -> Design:
    """Return one layer of one array under a rule, one sample at a time, under the paper's times."""
    return make_design(
        {
            "layer": [{"inputs": N, "outputs": N, "activation": "linear"}],
            "tile": {"rows": N, "columns": N, "update": {"bl": slots}},
            "schedule": {"name": "sequential", "first_stage_backward": True},
            "timing": {"preset": "rasch2024"},
            "algorithm": {"name": rule} | keys,
            "run": {"profile": "behavioural"},
        }
    )


def closed(rule: str, slots: float, lines: int = N, phases: int = 1, **keys: Any) -> float:
    """Return the mean ns of an update: analog time plus operations over their rate."""
    design = machine(rule, round(slots), **keys)
    config = TileConfig(lines, lines, design.tile, design.timing)
    return update_time(config, design.arrangement, slots, phases).cycles


def printed_mixed_precision() -> float:
    """Return mixed precision as the table has it: the digital work of one column an update.

    Its analog time is that of N / B columns an update, all of which our design also computes.
    """
    slow = machine("mixed-precision", L_AVG, transfer_every=1, transfer_columns=1)
    operations = float(update_operations(tile_config(slow, 0), slow.arrangement))
    fast = machine("mixed-precision", L_AVG, transfer_every=BATCH, transfer_columns=N)
    analog = update_time(tile_config(fast, 0), fast.arrangement, L_AVG).analog_cycles
    return analog + operations / 175


def many_tiles(lines: int) -> float:
    """Return the time of infinitely many tiles: each adds half of what the one before added."""
    keys = {"transfer_every": 2, "transfer_ratio": 2}
    last, before = (
        closed("multi-tile", L_AVG, lines, tiles=tiles, **keys) for tiles in (TILES, TILES - 1)
    )
    return 2 * last - before


def clocked(rule: str, slots: int, samples: int, **keys: Any) -> float:
    """Return the ns of an update on the simulated clock, without a sample's two reads."""
    account = make_system(machine(rule, slots, **keys)).periodic(samples).account()
    return account.cycles / samples - 2 * READ


def _rule_cell(name: str) -> Cell:
    _, rule, keys, slots = ROWS[name]

    def work(results: Results, tell: Tell) -> Found:
        del results, tell
        exact = closed(rule, slots, **keys)
        mixed = name == "mixed precision"
        return {
            "closed": printed_mixed_precision() if mixed else exact,
            "design": exact,
            "two_phases": closed(rule, slots, phases=2, **keys),
            "clock": clocked(rule, slots, 1000, **keys),
        }

    return Cell({"rule": name}, 0.3, work)


def _latency_cell(network: str) -> Cell:
    lines = LATENCIES[network][0]

    def work(results: Results, tell: Tell) -> Found:
        del results, tell
        tiki = closed("tiki-taka-2", L_AVG, lines, transfer_every=2)
        return {"times": [tiki, closed("analog-sgd", L_AVG, lines), many_tiles(lines)]}

    return Cell({"network": network}, 0.3, work)


def plan(scale: Scale) -> list[Cell]:
    """Return a cell for each rule and network; arithmetic and a short clock, at every scale."""
    del scale
    return [*map(_rule_cell, ROWS), *map(_latency_cell, LATENCIES)]


def report(results: Results, scale: Scale) -> Report:
    """Return the two tables beside ours."""
    del scale
    found = Report()
    rows, equal, gaps = [], [], []
    for name, (paper, _, keys, _) in ROWS.items():
        own = results.one(rule=name)
        equal.append(round(own["closed"], paper.digits) == paper.value)
        steps = 1 + keys.get("transfer_columns", 1) / keys.get("transfer_every", 1)
        gaps.append((own["clock"] - own["design"]) / steps)
        cells = (own["closed"], own["design"], own["clock"], own["two_phases"])
        rows.append((name, str(paper), *(f"{value:.2f}" for value in cells)))
    head = ("update of 512 x 512, ns", "paper", "its form", "our design", "clock", "two phases")
    found.tables.append(Table(SOURCE, head, rows))
    lines = []
    for network, (size, papers) in LATENCIES.items():
        times = results.one(network=network)["times"]
        for rule, printed, time in zip(LATENCY_RULES, papers, times, strict=True):
            equal.append(round(time, 1) == printed)
            lines.append((network, str(size), rule, f"{printed:.1f}", f"{time:.2f}"))
    found.tables.append(Table(LI, ("network", "lines", "rule", "paper", "ours"), lines))
    found.claims = _claims(results, equal, gaps)
    found.differs = sentences(DIFFERS)
    return found


def _claims(results: Results, equal: list[bool], gaps: list[float]) -> list[Claim]:
    mixed = results.one(rule="mixed precision")["closed"]
    agad = results.one(rule="AGAD, n_s 10, l 1")["closed"]
    return [
        Claim(
            "closed-form",
            "every printed time follows from analog time plus operations over 175 per ns",
            f"{SOURCE}; {LI}",
            f"{len(equal)} times",
            f"{sum(equal)} of {len(equal)} equal to the last printed digit",
            all(equal),
        ),
        Claim(
            "clock",
            "the simulated clock takes these times but for the rounding of each step",
            SOURCE,
            "",
            f"{min(gaps):.2f} to {max(gaps):.2f} ns above our design's closed form for every step",
            all(0.0 <= gap < 1.0 for gap in gaps),
        ),
        Claim(
            "fastest",
            "AGAD with rare transfers and one pulse is 175 times faster than mixed precision",
            SOURCE,
            "175",
            f"{mixed / agad:.1f}",
            mixed / agad > 175,
        ),
    ]


def draw(results: Results, figure: Figure) -> None:
    """Draw bars of every rule: printed, closed form and clock."""
    axes = figure.subplots()
    for place, (label, key) in enumerate(
        (("paper", ""), ("closed form", "closed"), ("clock", "clock"))
    ):
        values = [ROWS[name][0].value if not key else results.one(rule=name)[key] for name in ROWS]
        x = [n + 0.27 * (place - 1) for n in range(len(ROWS))]
        bars = axes.bar(x, values, 0.25, label=label, color=SERIES[place])
        axes.bar_label(bars, [f"{value:.1f}" for value in values], fontsize=7, padding=2)
    axes.set_xticks(range(len(ROWS)), list(ROWS), fontsize=8)
    axes.set(yscale="log", ylabel="ns an update of 512 x 512")
    axes.set_ylim(top=2e4)
    axes.legend(frameon=False, ncols=3)


UPDATE_TIME = Reproduction(
    "update-time",
    "update times by rule, closed form and simulated clock",
    "Rasch et al. 2024, Table 1; arXiv 2510.02516, Tables 5, 7",
    plan,
    report,
    draw,
)
