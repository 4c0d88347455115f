"""Every learning rule on the clock: the ops are the model's, the numbers those of the ops.

The order comes from the cycle-stepped model, with claims made here from what a rule states; the
weights from the plain executor, which follows the log op by op.
"""

import numpy as np
import pytest

from models.algorithm.registry import rules
from models.design import make_design
from models.memory import Memory
from models.network import make_network
from models.replay import Replay
from models.schedule import Op
from sim.training import Training
from tests.sim.oracle import B, F, Oracle, T, U

SAMPLES = 36
SCHEDULES = {
    "async": {},
    "zero-bubble": {},
    "fill-drain": {"N": 6},
    "1f1b": {"N": 6},
    "sequential": {},
}
#: Rules whose mini-batches need a flush.
BATCHED = ("batched-tiki-taka", "batched-agad")


def combinations():
    """All rules under a synchronous schedule and one without flush; two of them under all."""
    for rule in rules():
        for name in SCHEDULES:
            flush = name in ("fill-drain", "1f1b")
            shown = name in ("async", "fill-drain") or rule in ("tiki-taka", "multi-tile")
            if shown and (flush or rule not in BATCHED):
                yield rule, name


def training_of(rule, name):
    keys = {"every": "transfer_every" in rules()[rule].model_fields}
    algorithm = {"name": rule} | ({"transfer_every": 2} if keys["every"] else {})
    design = make_design(
        {
            "run": {"samples": SAMPLES, "evaluate_every": SAMPLES}
            | ({"profile": "behavioural"} if rule == "digital-sgd" else {}),
            "data": {"limit": 60},
            "algorithm": algorithm,
            "schedule": {"name": name} | SCHEDULES[name],
            "timing": {"preset": "rasch2024", "program_row_cycles": 3},
            "tile": {"adc": {"bank": [1, 1, 2]}},
        }
    )
    training = Training(design)
    training.run()
    return training


def claims_of(training):
    """By stage, what each op holds, in the words of the contract (R8)."""
    design = training.design
    own, found = design.arrangement, []
    for m, bank in enumerate(design.tile.adc.bank):
        arrays = [f"a{m}.{n}" for n in range(own.arrays)]
        read = [
            {a for a, g in zip(arrays, gamma, strict=True) if g} | {f"bank {bank}"}
            for gamma in own.gamma
        ]
        pulsed = [{arrays[n]} for n in own.gradient] or [{f"unit {m}"}]
        moved = [
            {arrays[n] for n in (*one.sources, *one.targets, *(() if t else own.warm))}
            | ({f"bank {bank}"} if one.sources else set())
            | ({f"unit {m}"} if own.collects else set())
            for t, one in enumerate(own.transfers)
        ]
        found.append({"arrays": arrays, "batch": own.batch, F: read, B: read, U: pulsed, T: moved})
    return found


@pytest.mark.parametrize(("rule", "name"), list(combinations()))
def test_a_rule_trains_in_the_order_of_the_independent_model(rule, name):
    training = training_of(rule, name)
    system, d, log = training.system, training.system.durations, training.head
    expected = Oracle(
        system.rule, d.forward, d.backward, d.update, SAMPLES,
        transfers=d.transfers, vectors=d.vectors, claims=claims_of(training), program=d.program,
    ).run()  # fmt: skip
    assert list(zip(*log.columns(), strict=True)) == expected.ops
    assert training.ledger.cycles == expected.cycles
    assert (Op.TRANSFER in log.op) == bool(training.design.arrangement.transfers)
    if rule != "digital-sgd":  # its exact numbers are no bits to claim
        assert_plain_executor_agrees(training)


def assert_plain_executor_agrees(training):
    network = make_network(training.design, training.data, SAMPLES)
    schedule, log = training.system.rule, training.head
    memory = Memory(network, training.data.train, schedule.S, schedule.Q, SAMPLES)
    Replay(memory).run(log.stage, log.op, log.sample, training._order(np.arange(SAMPLES)))
    for field in ("held", "weights", "bias", "digital", "chopper"):
        plain, compiled = getattr(memory.state, field), getattr(training.memory.state, field)
        assert np.array_equal(plain, compiled), field
