"""Random machines: rules of all schedules with random keys, durations and arrivals."""

import random
from dataclasses import dataclass, replace

from models.error import DesignError
from models.resource import Claims, Resources
from models.schedule import Rule, check_deadlock, schedule_rule
from models.section import Schedule
from models.way import Ways
from sim.durations import Durations
from sim.machine import Machine
from tests.sim.oracle import B, F, Oracle, T, U

NAMES = ("sequential", "fill-drain", "1f1b", "async", "zero-bubble", "lock-step", "custom")


@dataclass(frozen=True)
class Case:
    rule: Rule
    durations: Durations
    total: int
    arrivals: tuple[int, ...] | None
    claims: list | None = None  # as the oracle's
    ways: Ways | None = None

    @property
    def resources(self) -> Resources | None:
        return None if self.claims is None else as_resources(self.claims)

    def machine(self, **keywords) -> Machine:
        own = {"resources": self.resources, "ways": self.ways}
        return Machine(self.rule, self.durations, self.total, self.arrivals, **own, **keywords)

    def oracle(self) -> Oracle:
        d = self.durations
        arrivals = None if self.arrivals is None else list(self.arrivals)
        lengths = (d.forward, d.backward, d.update, self.total, arrivals, d.transfers, d.vectors)
        ways = None
        if self.ways is not None:
            w = self.ways
            ways = {"F": w.forward, "B": w.backward, "loss": w.loss}
        return Oracle(
            self.rule, *lengths, claims=self.claims, program=self.durations.program, ways=ways
        )


def as_resources(claims: list) -> Resources:
    """The machine's bit masks of the oracle's names."""
    arrays = [name for own in claims for name in own["arrays"]]
    every = {name for own in claims for op in (F, B, U, T) for one in own[op] or () for name in one}
    shared = sorted(every - set(arrays))
    bit = {name: 1 << place for place, name in enumerate(arrays + shared)}

    def masks(sets) -> tuple[int, ...]:
        return tuple(sum(bit[name] for name in one) for one in sets or ())

    found = []
    for own in claims:
        ops = (masks(own[op]) for op in (F, B, U, T))
        found.append(Claims(masks([{a} for a in own["arrays"]]), *ops, own["batch"]))
    return Resources(tuple(found), tuple(shared))


def draw_claims(rng: random.Random, durations: Durations) -> list:
    """Up to three arrays and views a stage, converters and a digital unit that stages share."""
    banks = [f"bank {n}" for n in range(rng.choice([0, 0, 1, 2]))]
    units = [f"unit {n}" for n in range(rng.choice([0, 0, 1, 2]))]
    found = []
    for m in range(durations.stages):
        arrays = [f"a{m}.{n}" for n in range(rng.choice([1, 1, 2, 3]))]
        views, own = rng.choice([1, 1, 2, 3]), {"arrays": arrays}
        bank = {rng.choice(banks)} if banks else set()
        unit = {rng.choice(units)} if units and rng.random() < 0.7 else set()

        def some(arrays=arrays) -> set:
            return set(rng.sample(arrays, rng.randint(1, len(arrays))))

        reads = [some() | bank for _ in range(views)]
        digital = unit and rng.random() < 0.2
        own |= {F: reads, B: reads if rng.random() < 0.7 else [some() | bank for _ in reads]}
        own[U] = [(set() if digital else {rng.choice(arrays)}) | unit for _ in range(views)]
        count = len(durations.transfers[m]) if durations.transfers else 0
        own[T] = [some() | some() | bank | unit for _ in range(count)]
        own["batch"] = rng.choice([views, views, 4, 5, 6])
        found.append(own)
    return found


def draw_ways(rng: random.Random, rule: Rule) -> Ways:
    stages = rule.stages
    digital = tuple(tuple(rng.choice([0, 0, 1, 3, 8]) for _ in range(stages)) for _ in "FB")
    return Ways.of(rule, digital)


def draw_durations(rng: random.Random, stages: int, longest: int = 12) -> Durations:
    if rng.random() < 0.2:
        one = tuple((rng.randint(1, longest),) * stages for _ in range(3))
        return Durations(*one)
    columns = (tuple(rng.randint(1, longest) for _ in range(stages)) for _ in range(3))
    return Durations(*columns)


def with_transfers(rng: random.Random, durations: Durations) -> Durations:
    """Durations with transfers, of up to four vectors a sample."""
    return replace(
        durations,
        transfers=tuple(
            tuple((rng.randint(1, 6), rng.randint(1, 9)) for _ in range(rng.randint(0, 2)))
            for _ in range(durations.stages)
        ),
        vectors=tuple(rng.choice([1, 1, 2, 4]) for _ in range(durations.stages)),
    )


def draw_schedule(rng: random.Random, name: str, stages: int, total: int) -> Schedule:
    """Random keys; now and then windows and depths so small that they may deadlock."""
    keys: dict = {"name": name, "first_stage_backward": rng.random() < 0.5}
    flush = name in ("fill-drain", "1f1b") or (name == "custom" and rng.random() < 0.5)
    if flush:
        keys["N"] = rng.choice([1, 2, 3, 4, total, total + 2])
    top = max(2 * stages + 1, keys.get("N", 0) + 2)
    for key in "WPSQ":
        if rng.random() < 0.35:
            keys[key] = tuple(rng.randint(1, top) for _ in range(stages))
        elif flush and rng.random() < 0.3:
            keys[key] = keys["N"]
    if name == "custom" or rng.random() < 0.25:
        keys["priority"] = tuple(rng.sample("FBU", 3))
    if rng.random() < 0.2:
        keys["release"] = rng.choice("BU")
    if flush and rng.random() < 0.2:
        keys["hold"] = rng.random() < 0.5
    if name == "lock-step" or (name == "custom" and rng.random() < 0.3):
        keys["slot"] = rng.randint(1, 45)
    if rng.random() < 0.6:
        keys["link_interval"] = tuple(rng.choice([0, 0, 0, 2, 9]) for _ in range(stages - 1))
        keys["link_cycles"] = tuple(rng.choice([0, 0, 1, 2, 7]) for _ in range(stages - 1))
        keys["credit_return_cycles"] = rng.choice([0, 0, 1, 3, 9])
        keys["loss_cycles"] = rng.choice([0, 1, 4])
    if rng.random() < 0.3:
        keys["arrival_cycles"] = rng.choice([1, 5, 20, 60])
    return Schedule(**keys)


def draw_case(rng: random.Random, name: str, most_stages: int = 4, most_samples: int = 14) -> Case:
    """One machine, free of deadlock or not."""
    stages, total = rng.randint(1, most_stages), rng.randint(1, most_samples)
    rule = schedule_rule(draw_schedule(rng, name, stages, total), stages, 30)
    arrivals = None
    if rng.random() < 0.2:
        arrivals = tuple(sorted(rng.randint(0, 10 * total) for _ in range(total)))
    durations = draw_durations(rng, stages)
    if rng.random() < 0.35:
        durations = with_transfers(rng, durations)
    if rng.random() < 0.2:
        durations = replace(durations, program=(rng.randint(1, 30),) * stages)
    claims = draw_claims(rng, durations) if rng.random() < 0.5 else None
    ways = draw_ways(rng, rule) if rng.random() < 0.3 else None
    return Case(rule, durations, total, arrivals, claims, ways)


def draw_live_case(rng: random.Random, name: str, **sizes: int) -> Case:
    """One machine that the deadlock check lets pass."""
    while True:
        case = draw_case(rng, name, **sizes)
        try:
            check_deadlock(case.rule, case.total)
        except DesignError:
            continue
        return case
