"""How fast the clock account runs: python -m benchmarks.machine.

Ops a second beside the events that SimPy itself can serve: an op needs about three (its decision,
its end, a token). Runs laid out from a period, by stages. Memory by the number of samples.
"""

import gc
import random
import time
import tracemalloc
from collections.abc import Generator

from simpy import Environment, Event

from models.schedule import schedule_rule
from models.section import Schedule
from sim.durations import Durations
from sim.machine import Machine
from sim.period import PeriodicMachine

EVENTS_AN_OP = 3
SAMPLES = 10_000
THOUSAND_MILLION = 10**9


def bare_events(count: int = 400_000, processes: int = 8) -> float:
    """Return the timeouts that SimPy serves in a second of the processor, in plain processes."""
    environment = Environment()

    def tick(times: int) -> Generator[Event]:
        for _ in range(times):
            yield environment.timeout(1)

    for _ in range(processes):
        environment.process(tick(count // processes))
    begin = time.process_time()
    environment.run()
    return count / (time.process_time() - begin)


def equal(stages: int) -> Durations:
    """Return equal stages: reads of 40 cycles, updates of 41."""
    return Durations((40,) * stages, (40,) * stages, (41,) * stages)


def unequal(stages: int, seed: int = 0) -> Durations:
    """Return stages of random lengths from 20 to 60 cycles."""
    rng = random.Random(seed)
    forward, backward, update = (
        tuple(rng.randint(20, 60) for _ in range(stages)) for _ in range(3)
    )
    return Durations(forward, backward, update)


def ops_a_second(stages: int) -> float:
    """Return the ops that a machine simulates in a second of the processor."""
    machine = Machine(schedule_rule(Schedule(), stages), equal(stages), SAMPLES)
    begin = time.process_time()
    count = sum(len(log) for log in machine.ops())
    return count / (time.process_time() - begin)


def laid_out(name: str, durations: Durations) -> str:
    """Return what a run of 10^9 samples takes, in a line."""
    rule = schedule_rule(Schedule.model_validate({"name": name}), durations.stages, 200)
    begin = time.process_time()
    machine = PeriodicMachine(rule, durations, THOUSAND_MILLION)
    found = time.process_time() - begin
    if machine.period is None:
        return f"no period within 4096 looks, {found:.1f} s"
    cycles = machine.account().cycles
    rest, period = time.process_time() - begin - found, machine.period
    return (
        f"transient {period.first.samples:5} samples, period {period.samples:4}: found in "
        f"{found:5.2f} s, counted in {rest:5.2f} s, {cycles:,} cycles"
    )


def peak(samples: int) -> float:
    """Return the most memory that simulating so many samples takes beyond the start, in MB."""
    gc.collect()
    tracemalloc.start()
    for _ in Machine(schedule_rule(Schedule(), 3), equal(3), samples).ops(4096):
        pass
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def main() -> None:
    """Print all of it."""
    bare = max(bare_events() for _ in range(3))
    print(
        f"bare SimPy: {bare:,.0f} timeouts a second; of {EVENTS_AN_OP} an op: "
        f"{bare / EVENTS_AN_OP:,.0f} ops a second"
    )
    for stages in (3, 8):
        rate = max(ops_a_second(stages) for _ in range(3))
        share = rate * EVENTS_AN_OP / bare
        print(f"{stages:2} stages: {rate:,.0f} ops a second, {share:.2f} of that")
    for kind, durations in (("equal", equal(64)), ("unequal", unequal(64))):
        for name in ("sequential", "fill-drain", "1f1b", "async", "zero-bubble", "lock-step"):
            print(f"10^9 samples, 64 {kind} stages, {name:11} {laid_out(name, durations)}")
    for samples in (10**4, 10**5, 10**6):
        print(f"{samples:9,} samples: {peak(samples):.2f} MB at most")


if __name__ == "__main__":
    main()
