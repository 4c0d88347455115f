"""The figure of replicas, and what it shares with the report."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scripts.reproduce.batched import TARGET, picojoules_a_sample
from scripts.reproduce.batched_logs import LOGS, TRAINS
from scripts.reproduce.cell import Found, Results
from scripts.reproduce.spread import geometric
from scripts.reproduce.trial import reached
from sim.chart import style

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


def front(points: dict[str, tuple[float, float]]) -> list[str]:
    """Return the names of points that no other beats in both of their numbers."""
    return [
        name
        for name, (a, b) in points.items()
        if not any(x <= a and y <= b and (x, y) != (a, b) for x, y in points.values())
    ]


def points_of(results: Results) -> dict[str, tuple[float, float]]:
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
    points = points_of(results)
    best = sorted((points[name] for name in front(points)), key=lambda one: one[0])
    for cycles, joules in points.values():
        axes.plot(cycles / 1e6, joules, ".", color="#0072B2")
    for name in front(points):
        cycles, joules = points[name]
        axes.annotate(name, (cycles / 1e6, joules), fontsize=7, xytext=(4, 3),
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
