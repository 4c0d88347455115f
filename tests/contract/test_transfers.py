"""Schedulers of stages with several arrays, transfers and a first writing: cycle for cycle."""

import random
from dataclasses import replace

import pytest

from models.resource import Claims, Resources
from models.schedule import Op
from rtl.pipeline import Pipeline
from rtl.sharing import Sharing
from sim.durations import Durations
from sim.log import OpLog
from sim.machine import Machine
from tests.contract.pipeline import simulate
from tests.contract.test_pipeline import known_total
from tests.sim.machines import NAMES, Case, draw_live_case

#: Machines of each schedule: 56 in all.
MACHINES = 8


def draw_claims(rng: random.Random, transfers: int, first: int) -> Claims:
    """One to three arrays from bit `first` on, any two transfers with one in common."""
    count = rng.choice([1, 2, 2, 3])
    arrays = tuple(1 << first + n for n in range(count))
    common = rng.choice(arrays)

    def some() -> int:
        return sum(rng.sample(arrays, rng.randint(1, count)))

    reads = some()
    masks = tuple(some() | common for _ in range(transfers))
    return Claims(arrays, (reads,), (reads,), (rng.choice(arrays),), masks)


def draw(rng: random.Random, name: str) -> tuple[Case, Resources]:
    """A machine of which some stages have transfers, and what its ops claim."""
    case = draw_live_case(rng, name, most_stages=4, most_samples=8)
    stages = case.rule.stages
    transfers = tuple(
        tuple((rng.randint(1, 4), rng.randint(1, 30)) for _ in range(rng.choice([0, 1, 1, 2, 3])))
        for _ in range(stages)
    )
    program = tuple(rng.randint(1, 20) for _ in range(stages)) if rng.random() < 0.4 else ()
    durations = replace(case.durations, transfers=transfers, vectors=(), program=program)
    claims, first = [], 0
    for own in transfers:
        claims.append(draw_claims(rng, len(own), first))
        first += len(claims[-1].arrays)
    return replace(case, claims=None, durations=durations), Resources(tuple(claims))


def length_of(durations: Durations, stage: int, op: int, number: int) -> int:
    """Cycles of an op."""
    if op == Op.PROGRAM:
        return durations.program[stage]
    if op == Op.TRANSFER:
        own = durations.transfers[stage]
        return own[number % len(own)][1]
    column = {Op.FORWARD: "forward", Op.BACKWARD: "backward", Op.UPDATE: "update"}[Op(op)]
    return int(getattr(durations, column)[stage])


@pytest.mark.parametrize("name", NAMES)
def test_transfers_start_and_end_where_the_clock_says(name: str) -> None:
    rng, seen = random.Random(name), 0
    for _ in range(MACHINES):
        case, resources = draw(rng, name)
        d = case.durations
        machine = Machine(
            case.rule, d, case.total, case.arrivals, resources=resources, ways=case.ways
        )
        columns = OpLog.join(machine.ops()).columns()
        expected = list(zip(*(column.tolist() for column in columns), strict=True))
        sharing = [
            Sharing.of(own, tuple(every for every, _ in d.transfers[m]), (d.program or (0,) * 9)[m])
            for m, own in enumerate(resources.claims)
        ]
        total = case.total if known_total(case, rng.random() < 0.5) else None
        pattern = [rng.random() < 0.2 for _ in range(997)]
        arrivals = case.arrivals or [k * case.rule.arrival for k in range(case.total)]
        run = simulate(
            Pipeline(case.rule, total, case.ways, sharing),
            lambda *op, d=d: length_of(d, *op),
            arrivals,
            lambda clock, pattern=pattern: pattern[clock % 997],
            rng,
        )
        assert run.faults == []
        assert sorted(run.log) == sorted(expected)
        assert run.cycles == machine.cycles
        seen += sum(op == Op.TRANSFER for _, op, *_ in run.log)
    assert seen > 2 * MACHINES
