"""What the clock finds about a design, without data: the figures that machines are compared by."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from models.design import Design
from models.schedule import CAUSES
from sim.age import Histogram, staleness_histogram
from sim.critical import Path, critical_paths
from sim.depth import Depths, needed_depths
from sim.outcome import schedule_summary
from sim.stretch import MOST_OPS, Stretch, make_stretch
from sim.system import System, make_system

Cell = str | int | float
#: A column's name with its cell.
Line = dict[str, Cell]


@dataclass(frozen=True)
class Finding:
    """A design on the clock for so many samples.

    `summary` is that of `summary.json`; of the samples that were simulated, where the run is not
    extrapolated exactly.
    """

    name: str
    design: Design
    system: System
    stretch: Stretch
    summary: dict[str, Any]

    @property
    def stages(self) -> int:
        """Number of stages."""
        return self.design.stages

    @property
    def steady_per_second(self) -> float:
        """Samples a second in the long run."""
        return self.design.timing.clock_hz / self.stretch.rate

    @cached_property
    def needed(self) -> tuple[Depths, Depths]:
        """Least depths S and Q of each stage that change nothing."""
        return needed_depths(self.stretch.log, self.system.rule)

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """Critical paths of a sample in the middle of the stretch, and of its mini-batch if any."""
        return critical_paths(self.system, self.stretch.log, self.stretch.samples // 2)

    @cached_property
    def ages(self) -> tuple[Histogram, ...]:
        """Samples of each stage by their staleness."""
        log, rule, weight = self.stretch.log, self.system.rule, self.stretch.weight
        return tuple(staleness_histogram(log, rule, m, weight) for m in range(self.stages))

    @property
    def busy_by_op(self) -> tuple[dict[str, int], ...]:
        """Cycles of each stage's arrays by the op's letter; they add up to what is busy."""
        return tuple(self.summary["busy_by_op"])

    def arrays(self, stage: int) -> int:
        """Return the arrays of a stage, over which its cycles are summed up."""
        return int(self.summary["arrays"][stage])

    def shares(self, stage: int) -> dict[str, float]:
        """Return the shares of a stage's cycles: by op, by cause of a stall, and idle; 1 in all."""
        all_cycles = self.summary["cycles"] * self.arrays(stage)
        stalled = self.summary["stalled_by_stage"][stage]
        parts = dict(self.busy_by_op[stage])
        parts |= {f"waits: {cause}": stalled[cause] for cause in CAUSES if cause in stalled}
        parts["nothing left"] = self.summary["idle"][stage]
        return {name: cycles / all_cycles for name, cycles in parts.items()}

    @property
    def share(self) -> dict[str, float]:
        """The same of all stages, array by array."""
        count = sum(self.arrays(stage) for stage in range(self.stages))
        found: dict[str, float] = {}
        for stage in range(self.stages):
            for name, part in self.shares(stage).items():
                found[name] = found.get(name, 0.0) + part * self.arrays(stage) / count
        return found

    @property
    def doubtful(self) -> bool:
        """Whether the energy rests on values that were not verified."""
        found = self.summary.get("energy_joules")
        return isinstance(found, dict) and not found.get("verified", True)

    @property
    def joules(self) -> float | None:
        """Energy of the run, where the design has an account of it."""
        found = self.summary.get("energy_joules")
        total = found.get("total") if isinstance(found, dict) else found
        return None if total is None else float(total)


def find(
    name: str, design: Design, total: int, most: int = MOST_OPS, record: bool = False
) -> Finding:
    """Return what the clock finds about a design for `total` samples, from `most` ops or so.

    With `record` any window of the run can be shown.
    """
    system = make_system(design)
    stretch = make_stretch(system, total, most, record)
    samples = total if stretch.exact else stretch.samples
    summary = schedule_summary(design, system, stretch.ledger, samples)
    return Finding(name, design, system, stretch, summary)


def more_summary(found: Finding) -> dict[str, Any]:
    """Return what a finding adds to `summary.json`.

    The period, depths of stashes built and needed, samples by staleness, each by
    stage, critical paths; where the run could not be extrapolated exactly, its `samples` and
    `cycles` as estimated.
    """
    stretch, rule, (S, Q) = found.stretch, found.system.rule, found.needed
    summary: dict[str, Any] = {
        "steady_cycles_per_sample": stretch.rate,
        "steady_samples_per_second": found.steady_per_second,
        "stash_depth": {"S": list(rule.S), "Q": list(rule.Q)},
        "stash_depth_needed": {"S": list(S), "Q": list(Q)},
        "staleness_histogram": [
            {str(age): count for age, count in own.items()} for own in found.ages
        ],
    }
    summary["critical_path"] = [path.summary() for path in found.paths]
    if stretch.steady is not None:
        summary["period"] = dict(zip(("cycles", "samples"), stretch.steady, strict=True))
    if not stretch.exact:
        summary["estimated"] = {"samples": stretch.total, "cycles": stretch.cycles}
    return summary


def _column(part: str) -> str:
    """Return the column of a share of the cycles."""
    if part == "nothing left":
        return "idle"
    return part.replace("waits: ", "waits_") if ":" in part else f"busy_{part}"


def whole_line(found: Finding) -> Line:
    """Return the figures of a whole machine, by the names of the columns of the CSV."""
    s, stretch = found.summary, found.stretch
    S, Q = found.needed
    line: Line = {
        "name": found.name,
        "stage": "all",
        "schedule": s["schedule"],
        "stages": found.stages,
        "samples": stretch.total,
        "cycles": stretch.cycles,
        "exact": str(stretch.exact and not found.system.coupled).lower(),
        "clock_hz": s["clock_hz"],
        "seconds": stretch.cycles / s["clock_hz"],
        "samples_per_second": found.steady_per_second,
        "cycles_per_sample": stretch.cycles / stretch.total,
        "steady_cycles_per_sample": stretch.rate,
        "density": s["density"],
    }
    line |= {_column(name): part for name, part in found.share.items()}
    line["staleness_min"] = min(age["min"] for age in s["staleness"])
    line["staleness_mean"] = sum(age["mean"] for age in s["staleness"]) / found.stages
    line["staleness_max"] = max(age["max"] for age in s["staleness"])
    line["S"], line["S_needed"] = sum(found.system.rule.S), sum(S)
    line["Q"], line["Q_needed"] = sum(found.system.rule.Q), sum(Q)
    if found.joules is not None:
        line["energy_joules"] = found.joules
    return line


def stage_line(found: Finding, stage: int) -> Line:
    """Return the figures of one stage, by the same names."""
    age, rule, (S, Q) = found.summary["staleness"][stage], found.system.rule, found.needed
    shares = found.shares(stage)
    line: Line = {
        "name": found.name,
        "stage": stage + 1,
        "density": sum(shares[letter] for letter in found.busy_by_op[stage]),
    }
    line |= {_column(name): part for name, part in shares.items()}
    line |= {f"staleness_{key}": age[key] for key in ("min", "mean", "max")}
    line |= {"S": rule.S[stage], "S_needed": S[stage], "Q": rule.Q[stage], "Q_needed": Q[stage]}
    return line


def lines_of(found: list[Finding]) -> list[Line]:
    """Return a line for each machine, followed by one for each of its stages."""
    return [
        line
        for one in found
        for line in (whole_line(one), *(stage_line(one, m) for m in range(one.stages)))
    ]


def csv_text(lines: list[Line]) -> str:
    """Return lines as CSV; a column that a line has not is empty there."""
    names = list(dict.fromkeys(name for line in lines for name in line))

    def cell(value: Cell) -> str:
        text = f"{value:.9g}" if isinstance(value, float) else str(value)
        return f'"{text}"' if "," in text else text

    rows = [",".join(cell(line.get(name, "")) for name in names) for line in lines]
    return "\n".join([",".join(names), *rows]) + "\n"
