"""The schedulers in hardware against the machine on its clock: every op, cycle for cycle."""

import random
from dataclasses import dataclass, replace

import pytest

from models.error import DesignError
from models.schedule import Op, check_deadlock
from rtl.pipeline import Pipeline
from sim.log import OpLog
from sim.machine import Machine
from tests.contract.pipeline import simulate
from tests.sim.machines import NAMES, Case, draw_live_case

FORWARD, BACKWARD, UPDATE = int(Op.FORWARD), int(Op.BACKWARD), int(Op.UPDATE)

#: Machines of each schedule and way: 210 in all.
MACHINES = 10


def draw(rng: random.Random, name: str) -> Case:
    """A machine of one array a stage, without transfers and programming."""
    case = draw_live_case(rng, name, most_stages=6, most_samples=8)
    return replace(
        case, claims=None, durations=replace(case.durations, transfers=(), vectors=(), program=())
    )


class Lengths:
    """Cycles of every op, drawn anew for each sample around those of the stage."""

    def __init__(self, case: Case, seed: str, steady: bool) -> None:
        d, rng = case.durations, random.Random(seed)
        self.table = {
            (stage, op, k): column[stage] if steady else rng.randint(1, 2 * column[stage])
            for op, column in ((FORWARD, d.forward), (BACKWARD, d.backward), (UPDATE, d.update))
            for stage in range(d.stages)
            for k in range(case.total)
        }

    def __call__(self, stage: int, op: int, sample: int) -> int:
        return self.table[stage, op, sample]

    def machine(self, case: Case) -> Machine:
        reads = {op: lambda stage, k, op=op: self(stage, op, k) for op in (FORWARD, BACKWARD)}
        return case.machine(
            read_length=reads, update_length=lambda stage, k: self(stage, UPDATE, k)
        )


def known_total(case: Case, wanted: bool) -> bool:
    """Whether the hardware is built for its number of samples; a short run may need that."""
    try:
        check_deadlock(case.rule, None)
    except DesignError:
        return True
    return wanted


@dataclass(frozen=True)
class Way:
    """How a machine is run: its samples known or marked, lengths constant or not, stalls."""

    known: bool
    steady: bool
    stalls: float

    def check(self, case: Case, seed: str) -> None:
        """Assert that both accounts have the same ops in the same cycles."""
        lengths, rng = Lengths(case, seed, self.steady), random.Random(seed)
        machine = lengths.machine(case)
        columns = OpLog.join(machine.ops()).columns()
        expected = list(zip(*(column.tolist() for column in columns), strict=True))
        arrivals = case.arrivals or [k * case.rule.arrival for k in range(case.total)]
        pattern = [rng.random() < self.stalls for _ in range(997)]
        total = case.total if known_total(case, self.known) else None
        dut = Pipeline(case.rule, total, case.ways)
        run = simulate(dut, lengths, arrivals, lambda clock: pattern[clock % 997], rng)
        assert run.faults == []
        assert sorted(run.log, key=lambda op: (op[3], op[0])) == expected
        assert run.cycles == machine.cycles
        assert run.clocks == run.cycles + sum(pattern[clock % 997] for clock in range(run.clocks))


WAYS = (
    Way(known=True, steady=True, stalls=0.0),
    Way(known=False, steady=False, stalls=0.0),
    Way(known=True, steady=False, stalls=0.3),
)


@pytest.mark.parametrize("way", WAYS, ids=["constant", "marked", "stalled"])
@pytest.mark.parametrize("name", NAMES)
def test_hardware_and_machine_start_and_end_every_op_in_the_same_cycles(
    name: str, way: Way
) -> None:
    rng = random.Random(f"{name} {way}")
    for number in range(MACHINES):
        way.check(draw(rng, name), f"{name} {number}")
