"""What replicas showed: tables, claims and figure."""

from math import log
from statistics import mean

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scripts.reproduce.batched import EVERY, TARGET, picojoules_a_sample, plan
from scripts.reproduce.batched_logs import ENERGIES, LOGS, REPLICAS, SAMPLES, TRAINS, TRANSFERS
from scripts.reproduce.cell import Found, Results
from scripts.reproduce.reproduction import Claim, Report, Reproduction, Scale, Table, sentences
from scripts.reproduce.spread import geometric, paired
from scripts.reproduce.trial import reached
from sim.chart import style
from sim.complexity import Exponent

SOURCE = "Multi_Tile_TikiTaka, logs"
DIFFERS = """
trainings are of the embedded digits (64-32-16-10, mini-batches of 16 split among replicas that
take samples in turn, rates of our own, default machine), 20 epochs to 94 %, not of MNIST to 97 %;
epochs are counted in quarters.

the logs' units are not stated. Times fit us with 1.06 for reads, 0.0152 a slot and 0.01; energies
are read as pJ. The point of one replica and 31 slots is of 33 epochs in its energy and time, of 34
in its log of epochs.

of the energies only one replica's analog part is worked out: digital work and writes to replicas
are not in it. The Pareto front of our trainings takes that energy of a sample.
"""
Place = tuple[int, int, int]


def first(found: Found, what: str) -> float:
    """Return samples or cycles until the target; those of the whole run without it."""
    place = reached(found["accuracies"], TARGET)
    return float(found[what][-1 if place is None else place - 1])


def places(results: Results) -> list[Place]:
    """Return version, replicas and slots of the trainings, in the order of the plan."""
    keys = (c.keys for c, _ in results.pairs if "replicas" in c.keys)
    return list(dict.fromkeys((k["version"], k["replicas"], k["slots"]) for k in keys))


def firsts(results: Results, place: Place, what: str) -> list[float]:
    """Return samples or cycles until the target, one a seed."""
    version, replicas, slots = place
    own = results.where(version=version, replicas=replicas, slots=slots)
    return [first(found, what) for found in own]


def _log_table() -> Table:
    rows = []
    for (version, replicas), (epochs, times) in LOGS.items():
        if (version, replicas) != (2, 1):
            cells = (f"{e} / {t:.3f}" for e, t in zip(epochs, times, strict=True))
            rows.append((f"{version}", f"{replicas}", *cells))
    heads = (f"BL {slots}" for slots in TRAINS)
    title = "The source's epochs / time (1e6) to 97 % on MNIST"
    return Table(title, ("version", "n", *heads), rows)


def _train_table(results: Results) -> Table:
    trains = sorted({slots for *_, slots in places(results)})
    base = geometric(firsts(results, (1, 1, trains[-1]), "cycles"))
    rows = []
    for version, replicas in dict.fromkeys(place[:2] for place in places(results)):
        cells = []
        for slots in trains:
            place = (version, replicas, slots)
            own = results.where(version=version, replicas=replicas, slots=slots)
            missed = sum(reached(found["accuracies"], TARGET) is None for found in own)
            epochs = geometric(firsts(results, place, "samples")) / EVERY / 4
            cycles = geometric(firsts(results, place, "cycles"))
            sign = f" ({missed} never)" if missed else ""
            cells.append(f"{epochs:.1f} / {cycles / 1e6:.2f} / {base / cycles:.1f}x{sign}")
        rows.append((f"{version}", f"{replicas}", *cells))
    heads = (f"BL {slots}" for slots in trains)
    title = f"Ours: epochs / 1e6 cycles to {TARGET:g} % / speed-up over n 1, BL {trains[-1]}"
    return Table(title, ("version", "n", *heads), rows)


def _energy_table(results: Results) -> Table:
    found = results.one(part="logs")["energies"]
    rows = []
    for slots, (epochs, energy) in ENERGIES.items():
        own = found[str(slots)] + TRANSFERS
        each = energy / (epochs * SAMPLES)
        rows.append((f"{slots}", f"{epochs}", f"{each:,.0f}", f"{own:,.0f}"))
    head = ("BL", "epochs", "logged, pJ a sample", "ours")
    return Table(
        "Analog energy of one replica (F, B, U of every layer, 133 of transfers)", head, rows
    )


def report(results: Results, scale: Scale) -> Report:
    """Return tables, claims and what differs."""
    del scale
    tables = [_log_table(), _train_table(results), _energy_table(results), _front_table(results)]
    claims = [*_log_claims(results), *_train_claims(results)]
    return Report(tables, claims, sentences(DIFFERS))


def front(points: dict[str, tuple[float, float]]) -> list[str]:
    """Return the names of points that no other beats in both of their numbers."""
    return [
        name
        for name, (a, b) in points.items()
        if not any(x <= a and y <= b and (x, y) != (a, b) for x, y in points.values())
    ]


def _points(results: Results) -> dict[str, tuple[float, float]]:
    """Return cycles and joules to the target of every place of our trainings."""
    return {
        f"v{version} n {replicas} BL {slots}": (
            geometric(firsts(results, (version, replicas, slots), "cycles")),
            geometric(firsts(results, (version, replicas, slots), "samples"))
            * picojoules_a_sample(slots)
            * 1e-12,
        )
        for version, replicas, slots in places(results)
    }


def _front_table(results: Results) -> Table:
    points = _points(results)
    best = sorted(front(points), key=lambda name: points[name][0])
    rows = [(name, f"{points[name][0] / 1e6:.2f}", f"{points[name][1]:.2e}") for name in best]
    head = ("on the front", "1e6 cycles", "J, as of a sample of MNIST")
    return Table("Pareto front of pulse trains x replicas: time and analog energy", head, rows)


def _log_claims(results: Results) -> list[Claim]:
    found = results.one(part="logs")
    off = [
        abs(own / (time * 1e6 / (epochs * SAMPLES)) - 1.0)
        for (version, replicas), (many, times) in LOGS.items()
        for own, epochs, time in zip(
            found["times"][f"{version} {replicas}"], many, times, strict=True
        )
    ]
    alone = LOGS[1, 1][1][TRAINS.index(31)]
    gains = [max(alone / time for n in REPLICAS for time in LOGS[v, n][1]) for v in (1, 2)]
    apart = [
        abs(energy / (epochs * SAMPLES) - found["energies"][str(slots)] - TRANSFERS)
        for slots, (epochs, energy) in ENERGIES.items()
        if slots != 31
    ]
    return [
        Claim(
            "times",
            "a sample takes 1.06/n + 0.0152 BL + 0.01 us, in version 2 with BL / n",
            f"{SOURCE}, times_v*.csv",
            f"{len(off)} times",
            f"at most {100 * max(off):.1f} % off",
            max(off) < 0.0405,
        ),
        Claim(
            "speed-ups",
            "the best points are 6.9 (version 1) and 12.4 times (version 2) faster than n 1, BL 31",
            f"{SOURCE}, times_v*.csv",
            "6.9, 12.4",
            f"{gains[0]:.1f}, {gains[1]:.1f}",
            [round(gain, 1) for gain in gains] == [6.9, 12.4],
        ),
        Claim(
            "energy",
            "F, B and U of the preset give the logged analog energy but at 31 slots",
            f"{SOURCE}, total_energy_summary_v1.csv",
            f"{len(apart)} energies",
            f"at most {max(apart):.2f} pJ of a sample apart",
            max(apart) < 1.0,
        ),
    ]


def _over(results: Results, first: list[Place], second: list[Place], what: str) -> Exponent:
    """Return the log ratio of what two lists of places took, over places and seeds."""
    groups = [
        [[log(one) for one in firsts(results, place, what)] for place in some]
        for some in (first, second)
    ]
    return paired(*groups)


def _train_claims(results: Results) -> list[Claim]:
    known = places(results)
    most = max(replicas for _, replicas, _ in known)
    trains = sorted({slots for *_, slots in known})
    alone = [(1, 1, slots) for slots in trains]
    one, two = ([(version, most, slots) for slots in trains] for version in (1, 2))
    short, long = ([p for p in known if p[2] == slots] for slots in (trains[0], trains[-1]))
    cases = (
        ("epochs-1", f"epochs of version 1 do not depend on n (n {most} over 1)", one, alone, 0),
        ("epochs-2", f"those of version 2 rise with it (n {most} over 1)", two, alone, 1),
        ("trains", f"short trains take more epochs (BL {trains[0]} over {trains[-1]})", short,
         long, 1),
    )  # fmt: skip
    claims = []
    for key, text, first_, second, sign in cases:
        found = _over(results, first_, second, "samples")
        half = found.half or 0.0
        holds = found.value > half if sign else abs(found.value) <= half
        ours = f"log ratio {found.text} at 95 %"
        claims.append(Claim(key, text, f"{SOURCE}, epochs_to_reach_97", _epochs(key), ours, holds))
    for key, text, slow, fast in (
        ("faster-1", f"{most} replicas of version 1 reach the target sooner", alone, one),
        ("faster-2", "those of version 2 sooner than those of version 1", one, two),
    ):
        found = _over(results, slow, fast, "cycles")
        ours = f"log ratio of cycles {found.text} at 95 %"
        holds = found.value > (found.half or 0.0)
        claims.append(Claim(key, text, f"{SOURCE}, times_v*.csv", _times(key), ours, holds))
    return claims


def _epochs(key: str) -> str:
    """Return the same log ratio of the logs, n 32 over 1, or of trains 5 over 31."""
    place = {"epochs-1": (1, 32), "epochs-2": (2, 32)}
    if key in place:
        pairs = list(zip(LOGS[place[key]][0], LOGS[1, 1][0], strict=True))
    else:
        pairs = [(epochs[1], epochs[3]) for epochs, _ in LOGS.values()]
    return f"log ratio {mean(log(a / b) for a, b in pairs):.2f}"


def _times(key: str) -> str:
    """Return the same log ratio of the logs' times at 32 replicas."""
    slow, fast = ((1, 1), (1, 32)) if key == "faster-1" else ((1, 32), (2, 32))
    pairs = list(zip(LOGS[slow][1], LOGS[fast][1], strict=True))
    return f"log ratio {mean(log(a / b) for a, b in pairs):.2f}"


def _draw_times(axes: Axes, results: Results) -> None:
    known = places(results)
    for place, (version, replicas) in enumerate(dict.fromkeys(one[:2] for one in known)):
        own = sorted(one for one in known if one[:2] == (version, replicas))
        times = [geometric(firsts(results, one, "cycles")) / 1e6 for one in own]
        kind = style(place)
        x = [slots for *_, slots in own]
        axes.plot(
            x,
            times,
            color=kind["color"],
            marker=kind["marker"],
            label=f"version {version}, n {replicas}" if replicas > 1 else "n 1",
        )
    axes.set(xlabel="slots of a train", ylabel=f"1e6 cycles to {TARGET:g} %", yscale="log")
    axes.set_ylim(top=2.0 * axes.get_ylim()[1])
    axes.legend(frameon=False, fontsize=8, loc="upper center", ncols=2)


def _draw_front(axes: Axes, results: Results) -> None:
    points = _points(results)
    best = sorted((points[name] for name in front(points)), key=lambda one: one[0])
    for name, (cycles, joules) in points.items():
        axes.plot(cycles / 1e6, joules, ".", color="#0072B2")
        axes.annotate(name, (cycles / 1e6, joules), fontsize=6, xytext=(3, 2),
                      textcoords="offset points")  # fmt: skip
    axes.plot([x / 1e6 for x, _ in best], [y for _, y in best], "-", color="#D55E00")
    axes.set(xlabel=f"1e6 cycles to {TARGET:g} %", ylabel="J (analog energy of MNIST's samples)")
    axes.set(xscale="log", yscale="log")


def _draw_logs(axes: Axes) -> None:
    shown = [(version, n) for version, n in LOGS if n in (8, 32) or (version, n) == (1, 1)]
    for place, (version, replicas) in enumerate(shown):
        kind = style(place)
        times = LOGS[version, replicas][1]
        label = f"version {version}, n {replicas}" if replicas > 1 else "n 1"
        axes.plot(TRAINS, times, color=kind["color"], marker=kind["marker"], label=label)
    axes.set(xscale="log", yscale="log", xlabel="slots of a train")
    axes.set(ylabel="the source's time to 97 %, 1e6")
    axes.set_ylim(top=20)
    axes.legend(frameon=False, fontsize=8, loc="upper center", ncols=2)


def draw(results: Results, figure: Figure) -> None:
    """Draw times to the target, the source's and ours, and the Pareto front."""
    left, middle, right = figure.subplots(1, 3)
    _draw_logs(left)
    _draw_times(middle, results)
    _draw_front(right, results)


BATCHED_TILES = Reproduction(
    "batched-tiles",
    "replicas: epochs and time over n and pulse trains, energy, Pareto front",
    "Jimenez Gallo & del Alamo, Multi_Tile_TikiTaka (code and logs)",
    plan,
    report,
    draw,
    (14.5, 4.6),
)
