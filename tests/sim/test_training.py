import gc
import tomllib
import weakref

import numpy as np
import pytest

from models.data import sample_order
from models.design import design_toml, make_design, read_design
from models.memory import Memory
from models.network import make_network
from models.replay import Replay
from models.schedule import Op
from sim.analytic import sequential_cycles
from sim.metric import Metrics
from sim.outcome import metrics_csv, training_summary
from sim.period import PeriodicMachine
from sim.training import Training
from tests.sim.oracle import Oracle

SMALL = ("run.samples=90", "run.evaluate_every=40", "data.limit=60")


def trained(*overrides: str) -> Training:
    training = Training(read_design(None, (*SMALL, *overrides)))
    training.run()
    return training


def weights(training: Training) -> list[np.ndarray]:
    return [layer.crossbar.weights.copy() for layer in training.memory.layers]


def same(a: Training, b: Training) -> bool:
    pairs = zip(weights(a), weights(b), strict=True)
    return metrics_csv(a.metrics) == metrics_csv(b.metrics) and all(
        (x == y).all() for x, y in pairs
    )


def test_the_same_design_and_seed_give_the_same_bits_twice() -> None:
    assert same(trained(), trained())


def test_another_seed_gives_other_weights() -> None:
    assert not same(trained(), trained("run.seed=1"))


@pytest.mark.parametrize("rule", ["analog-sgd", "tiki-taka", "mixed-precision"])
def test_batched_reads_of_a_synchronous_schedule_give_the_bits_of_single_samples(rule: str) -> None:
    keys = ("schedule=fill-drain", "schedule.N=7", f"algorithm={rule}")
    assert same(trained(*keys), trained(*keys, "run.batched=true"))


def test_evaluations_come_after_every_interval_and_at_the_end() -> None:
    assert [row.samples for row in trained().metrics] == [40, 80, 90]


def test_evaluating_more_often_does_not_change_the_training() -> None:
    a, b = trained(), trained("run.evaluate_every=9")
    assert all((x == y).all() for x, y in zip(weights(a), weights(b), strict=True))
    assert a.metrics[-1].accuracy == b.metrics[-1].accuracy


def test_an_evaluation_sees_each_stage_after_exactly_its_updates() -> None:
    whole, half = trained(), trained("run.samples=80")
    at_80 = next(row for row in whole.metrics if row.samples == 80)
    # the learning rate decays at 70 % of the run, so the shorter run must not decay at all
    flat = trained("algorithm.lr_decay=1.0")
    short = trained("run.samples=80", "algorithm.lr_decay=1.0")
    assert flat.metrics[1].samples == short.metrics[-1].samples == 80
    assert flat.metrics[1].loss == short.metrics[-1].loss
    assert at_80.loss != half.metrics[-1].loss


def test_all_schedules_without_staleness_learn_the_same_from_single_samples() -> None:
    async_one = trained("schedule=async", "schedule.W=1", "schedule.S=1")
    assert same_weights(trained("schedule=sequential"), async_one)


def same_weights(a: Training, b: Training) -> bool:
    return all((x == y).all() for x, y in zip(weights(a), weights(b), strict=True))


def test_sequential_cycles_equal_the_closed_form() -> None:
    links = ("schedule.link_cycles=[3,5]", "schedule.loss_cycles=2")
    training = trained("schedule=sequential", *links)
    assert training.ledger is not None
    system = training.system
    expected = sequential_cycles(system.rule, system.durations, training.total)
    assert training.ledger.cycles == expected == 90 * (3 * 40 + 2 * 40 + 3 * 41 + 2 * 8 + 2)


ORDERS: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("sequential", "fill-drain", "1f1b", "async", "lock-step"), ()
)
ORDERS["custom"] = (
    "schedule.priority=['F','U','B']",
    "schedule.N=7",
    "schedule.W=[5,3,2]",
    "schedule.slot=30",
)


@pytest.mark.parametrize("name", ORDERS)
def test_a_training_keeps_the_order_and_cycles_of_the_independent_model(name: str) -> None:
    short = ("run.samples=200", "timing=unit", "tile.adc.count=5")
    training = trained(f"schedule={name}", *ORDERS[name], *short)
    system = training.system
    lengths = (system.durations.forward, system.durations.backward, system.durations.update)
    expected = Oracle(system.rule, *lengths, 200).run()
    assert training.ledger is not None
    assert training.ledger.cycles == expected.cycles
    assert training.head is not None
    assert list(zip(*training.head.columns(), strict=True)) == expected.ops
    stale = [sum(values) / len(values) for values in expected.staleness]
    assert [stage.staleness.mean for stage in training.ledger.stages] == stale


def test_updates_that_end_with_their_last_slot_take_fewer_cycles_and_change_no_weight() -> None:
    built, used = trained(), trained("tile.update.slots=used")
    assert same_weights(built, used)
    assert built.ledger is not None
    assert used.ledger is not None
    assert used.ledger.cycles < built.ledger.cycles
    slots = used.memory.state.counters[:, 0]
    busy = [stage.busy for stage in used.ledger.stages]
    reads = [1, 2, 2]  # the first stage has no backward
    cycles = 5 * used.total  # an update without slots still takes the port's two cycles
    assert all(
        5 * s <= b - 40 * r * used.total <= 5 * s + cycles
        for b, r, s in zip(busy, reads, slots, strict=True)
    )


LOW_RAILS = tuple(f"layer.{m}.adc_full_scale=0.015625" for m in range(3))


@pytest.mark.parametrize("backward", [False, True])
def test_every_repeated_read_costs_the_cycles_of_one_more(backward: bool) -> None:
    keys = (f"tile.bound_backward={str(backward).lower()}", "schedule.first_stage_backward=true")
    training = trained(*LOW_RAILS, "tile.bound_management=iterative", *keys)
    assert training.ledger is not None
    busy = [stage.busy for stage in training.ledger.stages]
    retries = training_summary(training)["retries"]
    assert min(retries["forward"]) > 0
    assert (min(retries["backward"]) > 0) == backward
    assert busy == [
        90 * (40 + 40 + 41) + 40 * (forward + back)
        for forward, back in zip(retries["forward"], retries["backward"], strict=True)
    ]
    assert (training.memory.state.retries.sum(axis=1) <= 90 * 2 * 5).all()


def test_the_coupled_clock_and_the_independent_model_agree_on_repeated_reads() -> None:
    """The retries of every op, read off its length, are those that the numbers count."""
    training = trained(*LOW_RAILS, "tile.bound_management=iterative", "run.samples=60")
    assert training.head is not None
    stage, op, _, start, end = training.head.columns()
    cycles = np.array(end) - np.array(start)
    for m in range(3):
        reads = cycles[(np.array(stage) == m) & (np.array(op) == Op.FORWARD)]
        assert (reads % 40 == 0).all()
        assert reads.sum() // 40 - 60 == training.memory.state.retries[m, 0]


SPLIT = ("tile.rows=20", "tile.columns=9", "timing.add_cycles=3")


def test_a_layer_on_several_tiles_takes_its_slowest_tile_and_the_additions() -> None:
    """64 x 32, 32 x 16 and 16 x 10 are 4 x 4, 2 x 2 and 1 x 2 tiles; F and B take 40, U 41."""
    training = trained(*SPLIT, "schedule.first_stage_backward=true")
    assert training.ledger is not None
    assert [stage.busy for stage in training.ledger.stages] == [
        90 * (2 * 40 + 41 + 3 * (forward + backward))
        for forward, backward in ((2, 2), (1, 1), (0, 1))
    ]
    summary = training_summary(training)
    assert summary["tiles"] == [[4, 4], [2, 2], [1, 2]]
    assert "tiles" not in training_summary(trained())


def test_reads_repeated_by_one_tile_make_the_whole_layer_wait() -> None:
    """A stage's F takes as many reads as its tile that repeats most: at most all their retries."""
    keys = (*LOW_RAILS, "tile.bound_management=iterative", "run.samples=60", *SPLIT)
    training = trained(*keys)
    assert training.head is not None
    stage, op, _, start, end = (np.array(column) for column in training.head.columns())
    for m, add in ((0, 6), (1, 3)):
        reads = (end - start)[(stage == m) & (op == Op.FORWARD)] - add
        assert (reads % 40 == 0).all()
        retries = training_summary(training)["retries"]["forward"][m]
        assert 0 < reads.sum() // 40 - 60 <= retries
        most = training.memory.state.retries[training.memory.plan.placing.tiles_of(m), 0].max()
        assert reads.sum() // 40 - 60 >= most


def test_split_layers_learn_too() -> None:
    """Four partial sums bring twice the read noise of one: it takes longer than one tile's."""
    training = Training(read_design(None, ("run.epochs=2", *SPLIT)))
    training.run()
    assert training.metrics[-1].accuracy > 0.8


PAIRS = (
    *("device.cell.kind=pair", "device.cell.refresh_every=7", "algorithm.lr=0.5"),
    *("device.cell.refresh_upper=0.1", "device.cell.refresh_lower=0.01", "schedule=sequential"),
)


@pytest.mark.parametrize("keys", [(), SPLIT], ids=["one tile", "several tiles"])
def test_a_refresh_lengthens_its_update_by_exactly_its_cycles(keys: tuple[str, ...]) -> None:
    """Every length of the clock's log, from the counts of the plain executor sample by sample."""
    training = trained(*PAIRS, *keys, "run.samples=28")
    design, grids = training.design, training.system.grids
    network = make_network(design, training.data, 28)
    depths = training.system.rule.S, training.system.rule.Q
    memory = Memory(network, training.data.train, *depths, 28)
    replay, order = Replay(memory), sample_order(0, 0, 60)
    assert training.head is not None
    seen = 0
    for m, op, k, start, end in zip(*training.head.columns(), strict=True):
        replay.run(np.array([m]), np.array([op]), np.array([k]), order)
        if op != Op.UPDATE:
            continue
        longer = 0
        if k % 7 == 6:
            counts = memory.state.refreshed[memory.plan.placing.tiles_of(m), 0]
            tiles = zip(grids[m].flat, counts.tolist(), strict=True)
            longer = max(80 * tile.rows + 5 * c[1] for tile, c in tiles)  # no load cycles
            seen += sum(counts[:, 2])
        assert end - start == training.system.durations.update[m] + longer
    assert (memory.state.weights == training.memory.state.weights).all()
    assert sum(training_summary(training)["refreshes"]["cells"]) == seen > 100
    assert "refreshes" not in training_summary(trained("device.cell.kind=pair"))


def test_digital_sgd_has_no_cells() -> None:
    plain, cells = trained("algorithm=digital-sgd"), trained("algorithm=digital-sgd", *PAIRS[:2])
    assert not cells.system.coupled
    assert same(plain, cells)


def test_rails_that_no_output_reaches_change_nothing() -> None:
    far = tuple(f"layer.{m}.adc_full_scale=64.0" for m in range(3))
    plain, managed = trained(*far), trained(*far, "tile.bound_management=iterative")
    assert same_weights(plain, managed)
    assert managed.ledger == plain.ledger
    assert training_summary(managed)["retries"] == {"forward": [0] * 3, "backward": [0] * 3}
    assert "retries" not in training_summary(plain)


def test_an_average_of_the_inputs_is_evaluated_as_it_stood_with_the_weights() -> None:
    keys = (
        "profile=behavioural",
        "tile.noise_management=average-abs-max",
        "algorithm.lr_decay=1.0",
    )
    sequential = "schedule=sequential"
    longer, shorter = trained(*keys, sequential), trained(*keys, sequential, "run.samples=40")
    assert longer.metrics[0].loss == shorter.metrics[0].loss
    decay = trained(*keys, sequential, "tile.noise_decay=0.5")
    assert decay.metrics[0].loss != longer.metrics[0].loss


@pytest.mark.parametrize("sharing", ["side", "line"])
@pytest.mark.parametrize("phases", [1, 2, 4])
def test_sign_phases_cost_cycles_and_change_no_weight(sharing: str, phases: int) -> None:
    shared = f"tile.update.lfsr_sharing={sharing}"
    one, more = trained(shared), trained(shared, f"tile.update.phases={phases}")
    assert same_weights(one, more)
    assert one.ledger is not None
    assert more.ledger is not None
    assert [stage.busy for stage in more.ledger.stages] == [
        stage.busy + 40 * (phases - 1) * 90 for stage in one.ledger.stages
    ]


def test_digital_sgd_learns_the_digits_better_than_chance() -> None:
    training = Training(read_design(None, ("run.epochs=1", "algorithm=digital-sgd")))
    training.run()
    assert training.metrics[-1].accuracy > 0.8


def test_the_default_machine_learns_in_one_epoch() -> None:
    training = Training(read_design(None, ("run.epochs=1",)))
    training.run()
    assert training.metrics[-1].accuracy > 0.8


def test_the_behavioural_profile_learns_too() -> None:
    training = Training(read_design(None, ("run.epochs=1", "profile=behavioural")))
    training.run()
    assert training.metrics[-1].accuracy > 0.8


def test_summary_adds_up() -> None:
    training = trained()
    summary = training_summary(training)
    assert summary["cycles_per_sample"] * summary["samples"] == pytest.approx(summary["cycles"])
    assert summary["seconds"] == summary["cycles"] / summary["clock_hz"]
    assert summary["accuracy"] == training.metrics[-1].accuracy
    stalled, idle, busy = summary["stalled"], summary["idle"], summary["busy"]
    assert sum(busy) + sum(stalled.values()) + sum(idle) == 3 * summary["cycles"]


def test_the_memory_of_a_training_is_freed_with_its_last_reference() -> None:
    training = Training(make_design({"run": {"samples": 20}}))
    training.run()
    kept = weakref.ref(training.memory)
    gc.disable()
    try:
        del training
        assert kept() is None
    finally:
        gc.enable()


def test_metrics_hold_no_wall_time() -> None:
    row = Metrics(1.0, 60, 7200, 0.5, 0.9, 0.75)
    assert metrics_csv([row]) == (
        "epoch,samples,cycles,loss,accuracy,train_loss\n"
        "1.000000,60,7200,0.500000,0.900000,0.750000\n"
    )


def test_the_written_design_trains_to_the_same_bits() -> None:
    design = read_design(None, (*SMALL, "schedule=1f1b", "tile.update.bl=3"))
    again = make_design(tomllib.loads(design_toml(design)))
    first, second = Training(design), Training(again)
    first.run()
    second.run()
    assert same(first, second)


def test_every_sample_runs_once_forward_and_once_updated_at_every_stage() -> None:
    training = trained()
    system = training.system
    machine = PeriodicMachine(system.rule, system.durations, training.total)
    seen = {
        (m, op, k) for log in machine.ops() for m, op, k in zip(*log.columns()[:3], strict=True)
    }
    wanted = {
        (m, int(op), k) for m in range(3) for op in (Op.FORWARD, Op.UPDATE) for k in range(90)
    }
    wanted |= {(m, int(Op.BACKWARD), k) for m in (1, 2) for k in range(90)}
    assert {(int(m), int(op), int(k)) for m, op, k in seen} == wanted
