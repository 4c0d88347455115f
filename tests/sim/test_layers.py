"""Cycles and training of machines with convolutions and LSTMs."""

import numpy as np
import pytest

from models.design import Design, make_design
from models.schedule import Op
from sim.system import make_system
from sim.training import Training

LAYERS = [
    {
        "kind": "conv",
        "channels": 1,
        "height": 8,
        "width": 8,
        "filters": 3,
        "kernel": 3,
        "stride": 2,
        "pool": 3,
        "pool_kind": "average",
    },
    {"inputs": 3, "outputs": 12},
    {"kind": "lstm", "features": 3, "hidden": 5, "steps": 4, "truncate": 2},
    {"inputs": 5, "outputs": 10},
]
#: Vectors of F, and of B and U.
READS, ERRORS = [9, 1, 4, 1], [9, 1, 2, 1]


def design(**tables: dict) -> Design:
    raw = {
        "layer": LAYERS,
        "run": {"samples": 24, "evaluate_every": 12},
        "data": {"limit": 30},
        "algorithm": {"lr": 0.2},
    }
    return make_design({**raw, **tables})


def trained(**tables: dict) -> Training:
    training = Training(design(**tables))
    training.run()
    return training


def weights(training: Training) -> np.ndarray:
    return training.memory.state.weights.copy()


def test_a_sample_takes_the_cycles_of_all_its_vectors():
    """rasch2024: 40 cycles a read of one vector, 5 a slot of 8, 1 for 175 digital operations."""
    durations = make_system(design()).durations
    assert durations.forward == tuple(40 * n for n in READS)
    assert durations.backward == tuple(40 * n for n in ERRORS)
    assert durations.update == tuple(41 * n for n in ERRORS)


def test_a_sequential_machine_takes_the_sum_of_all_vectors():
    training = trained(schedule={"name": "sequential"})
    reads = sum(READS) + sum(ERRORS[1:])
    assert training.ledger.cycles == 24 * (40 * reads + 41 * sum(ERRORS))


def test_a_lock_step_slot_holds_the_slowest_stage_s_vectors():
    system = make_system(design(schedule={"name": "lock-step"}))
    assert system.rule.slot == 40 * 9 + 41 * 9


@pytest.mark.parametrize(
    "schedule",
    [
        {"name": "fill-drain", "N": 6},
        {"name": "1f1b", "N": 6},
        {"name": "async"},
        {"name": "zero-bubble"},
        {"name": "lock-step"},
        {"name": "fill-drain", "N": 6, "first_stage_backward": True},
    ],
    ids=lambda keys: "-".join(str(value) for value in keys.values()),
)
def test_every_schedule_runs_every_kind_of_layer(schedule):
    training = trained(schedule=schedule)
    assert [row.samples for row in training.metrics] == [12, 24]
    assert training.memory.state.counters[:, 2].min() > 0


def test_synchronous_schedules_of_one_sample_learn_what_the_sequential_does():
    one = trained(schedule={"name": "sequential"})
    for name in ("fill-drain", "1f1b"):
        assert (weights(one) == weights(trained(schedule={"name": name, "N": 1}))).all()


def test_batched_reads_give_the_bits_of_single_samples():
    keys = {"name": "fill-drain", "N": 5}
    run = {"samples": 24, "evaluate_every": 12, "batched": True}
    single, batched = trained(schedule=keys), trained(schedule=keys, run=run)
    assert (weights(single) == weights(batched)).all()
    assert single.metrics == batched.metrics


def test_updates_of_used_slots_take_what_each_vector_uses():
    """Their sum over a run is the counted slots times 5, but at least 2 cycles a vector."""
    training = trained(schedule={"name": "sequential"}, tile={"update": {"slots": "used"}})
    log = training.head
    length = (log.end - log.start)[log.op == Op.UPDATE]
    stage = log.stage[log.op == Op.UPDATE]
    for m, errors in enumerate(ERRORS):
        slots = int(training.memory.state.counters[m, 0])
        assert 5 * slots <= length[stage == m].sum() <= 5 * slots + 2 * errors * 24
        assert slots < 8 * errors * 24
    built = trained(schedule={"name": "sequential"})
    assert (weights(training) == weights(built)).all()


def test_repeated_reads_of_each_vector_lengthen_its_op():
    """The conv's rail is so low that reads repeat; each repetition is 40 cycles on its tile."""
    layers = [{**LAYERS[0], "adc_full_scale": 0.03125}, *LAYERS[1:]]
    training = trained(
        layer=layers,
        schedule={"name": "sequential"},
        tile={"bound_management": "iterative"},
    )
    log, retries = training.head, training.memory.state.retries
    own = (log.op == Op.FORWARD) & (log.stage == 0)
    assert (log.end - log.start)[own].sum() == 40 * (9 * 24 + retries[0, 0])
    assert retries[0, 0] > 24


def test_refreshes_count_vectors():
    """Every 4 updates: 9 vectors a sample, so 2 or 3 refreshes of 2 reads for each of 9 rows."""
    cell = {"kind": "pair", "refresh_every": 4, "refresh_upper": 0.1, "refresh_lower": 0.0}
    training = trained(schedule={"name": "sequential"}, device={"cell": cell})
    log = training.head
    own = (log.op == Op.UPDATE) & (log.stage == 0)
    _, (rows, slots, cells) = training.memory.state.refreshed[0]
    refreshes, reads = 24 * 9 // 4, 2 * 9 * 40
    assert (log.end - log.start)[own].sum() == 24 * 9 * 41 + refreshes * reads + 5 * slots
    assert min(rows, slots, cells) > 0


@pytest.mark.parametrize(
    ("profile", "algorithm"), [("behavioural", "analog-sgd"), ("hardware", "digital-sgd")]
)
def test_the_other_profile_and_digital_sgd_learn_them_too(profile, algorithm):
    run = {"samples": 24, "evaluate_every": 12, "profile": profile}
    training = trained(run=run, algorithm={"name": algorithm, "lr": 0.05})
    assert np.isfinite([row.loss for row in training.metrics]).all()
    start = Training(training.design)
    pairs = zip(start.memory.layers, training.memory.layers, strict=True)
    assert all((a.grid.weights() != b.grid.weights()).any() for a, b in pairs)
