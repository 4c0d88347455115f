"""What replicas showed: tables, claims and figure."""

from math import log
from statistics import mean

from scripts.reproduce.batched import EVERY, TARGET, plan
from scripts.reproduce.batched_chart import Place, draw, firsts, front, places, points_of
from scripts.reproduce.batched_logs import ENERGIES, LOGS, REPLICAS, SAMPLES, TRAINS, TRANSFERS
from scripts.reproduce.cell import Results
from scripts.reproduce.reproduction import Claim, Report, Reproduction, Scale, Table, sentences
from scripts.reproduce.spread import geometric, paired
from scripts.reproduce.trial import reached
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


def _front_table(results: Results) -> Table:
    points = points_of(results)
    best = sorted(front(points), key=lambda name: points[name][0])
    rows = [(name, f"{points[name][0] / 1e6:.2f}", f"{points[name][1]:.2e}") for name in best]
    head = ("on the front", "1e6 cycles", "J, as of a sample of MNIST")
    return Table("Pareto front of pulse trains x replicas: time and analog energy", head, rows)


def _gains() -> list[float]:
    """Return how many times faster the logs' best points are than one replica and 31 slots."""
    alone = LOGS[1, 1][1][TRAINS.index(31)]
    return [max(alone / time for n in REPLICAS for time in LOGS[v, n][1]) for v in (1, 2)]


def _log_claims(results: Results) -> list[Claim]:
    found, gains = results.one(part="logs"), _gains()
    off = [
        abs(own / (time * 1e6 / (epochs * SAMPLES)) - 1.0)
        for (version, replicas), (many, times) in LOGS.items()
        for own, epochs, time in zip(
            found["times"][f"{version} {replicas}"], many, times, strict=True
        )
    ]
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
            "the best points of either version are 6.9 and 12.4 times faster than n 1, BL 31",
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
            f"at most {max(apart):.2f} pJ apart",
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


BATCHED_TILES = Reproduction(
    "batched-tiles",
    "replicas: epochs and time over n and pulse trains, energy, Pareto front",
    "Jimenez Gallo & del Alamo, Multi_Tile_TikiTaka (code and logs)",
    plan,
    report,
    draw,
    (14.5, 4.6),
)
