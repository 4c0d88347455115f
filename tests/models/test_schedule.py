"""The rules of order as a table, their completion, and the sentences of a wrong key."""

import random

import pytest

from models.design import read_design
from models.error import DesignError
from models.schedule import Op, Rule, check_deadlock, complete_schedule, schedule_rule
from models.section import Schedule

F, B, U = Op.FORWARD, Op.BACKWARD, Op.UPDATE
NAMES = ("sequential", "fill-drain", "1f1b", "async", "zero-bubble", "lock-step")

# docs/contract.md, the table of schedules, for M stages and a mini-batch of N:
# name: priority, hold, N, W, P, release.
TABLE = {
    "sequential": ((B, U, F), False, None, lambda m, M, N: 1, lambda N: None, "U"),
    "fill-drain": ((F, B, U), True, 10, lambda m, M, N: N, lambda N: N, "B"),
    "1f1b": ((B, F, U), False, 10, lambda m, M, N: M - m + 1, lambda N: N, "B"),
    "async": ((B, U, F), False, None, lambda m, M, N: M - m + 1, lambda N: None, "B"),
    "zero-bubble": ((B, F, U), False, None, lambda m, M, N: M - m + 1, lambda N: 2, "B"),
    "lock-step": ((F, B, U), False, None, lambda m, M, N: None, lambda N: None, "B"),
}


@pytest.mark.parametrize("stages", [1, 3, 6])
@pytest.mark.parametrize("name", NAMES)
def test_a_named_schedule_is_its_row_of_the_table(name, stages):
    priority, hold, N, window, updates, release = TABLE[name]
    rule = schedule_rule(Schedule(name=name), stages, 99)
    assert rule.priority == priority
    assert (rule.hold, rule.N, rule.release) == (hold, N, release)
    assert tuple(window(m, stages, N) for m in range(1, stages + 1)) == rule.W
    assert (updates(N),) * stages == rule.P
    assert rule.slot == (99 if name == "lock-step" else None)
    assert (rule.stages, rule.synchronous) == (stages, N is not None)
    assert rule.link == (0,) * (stages - 1)
    assert (rule.credit_return, rule.loss, rule.arrival) == (0, 0, 0)
    assert rule.first_stage_backward is False


@pytest.mark.parametrize("name", NAMES)
def test_stashes_are_one_deeper_than_the_larger_of_window_and_mini_batch(name):
    M = 4
    rule = schedule_rule(Schedule(name=name), M, 99)
    depths = {
        "sequential": (1, 1, 1, 1),
        "fill-drain": (11, 11, 11, 11),
        "1f1b": (11, 11, 11, 11),
        "async": (5, 4, 3, 2),
        "zero-bubble": (5, 4, 3, 2),
        "lock-step": (9, 7, 5, 3),  # twice the async window
    }
    assert rule.S == rule.Q == depths[name]


def test_given_windows_make_the_stashes_deep_enough():
    assert schedule_rule(Schedule(W=7), 3).S == (8, 8, 8)
    assert schedule_rule(Schedule(W=(7, 2, 4)), 3).Q == (8, 3, 5)
    assert schedule_rule(Schedule(name="1f1b", N=2, W=5), 2).S == (6, 6)
    assert schedule_rule(Schedule(name="1f1b", N=20, W=5), 2).S == (21, 21)
    assert schedule_rule(Schedule(S=4, Q=(5, 6)), 2).S == (4, 4)
    assert schedule_rule(Schedule(S=4, Q=(5, 6)), 2).Q == (5, 6)


def test_given_keys_overrule_the_name():
    rule = schedule_rule(
        Schedule(
            name="fill-drain",
            priority=("U", "B", "F"),
            N=4,
            W=6,
            P=5,
            release="U",
            hold=False,
            first_stage_backward=True,
            link_cycles=3,
            credit_return_cycles=2,
            loss_cycles=1,
            arrival_cycles=8,
        ),
        3,
    )
    assert (rule.priority, rule.N, rule.W, rule.P) == ((U, B, F), 4, (6, 6, 6), (5, 5, 5))
    assert (rule.release, rule.hold, rule.first_stage_backward) == ("U", False, True)
    assert (rule.link, rule.credit_return, rule.loss, rule.arrival) == ((3, 3), 2, 1, 8)


def test_a_custom_schedule_limits_only_what_it_is_told_to():
    rule = schedule_rule(Schedule(name="custom", priority=("U", "F", "B")), 3, 99)
    assert (rule.priority, rule.hold, rule.N, rule.slot, rule.release) == (
        (U, F, B), False, None, None, "B",
    )  # fmt: skip
    assert (rule.W, rule.P) == ((None,) * 3, (None,) * 3)
    assert rule.S == rule.Q == (7, 5, 3)  # as deep as those of lock-step


def test_a_custom_schedule_may_set_every_key():
    keys = {"N": 4, "W": (4, 5, 6), "P": 7, "S": 8, "Q": (9, 10, 11), "slot": 20}
    keys |= {"hold": True, "release": "U", "first_stage_backward": True}
    rule = schedule_rule(Schedule(name="custom", priority=("F", "U", "B"), **keys), 3, 99)
    assert (rule.N, rule.W, rule.P, rule.S) == (4, (4, 5, 6), (7,) * 3, (8,) * 3)
    assert (rule.Q, rule.slot, rule.hold, rule.release) == ((9, 10, 11), 20, True, "U")
    check_deadlock(rule)


@pytest.mark.parametrize("name", NAMES)
def test_a_named_schedule_is_the_custom_one_of_its_keys(name):
    full = complete_schedule(Schedule(name=name), 3)
    custom = full.model_copy(update={"name": "custom", "slot": 9 if name == "lock-step" else None})
    assert vars(schedule_rule(custom, 3)) == vars(schedule_rule(full, 3, 9)) | {"name": "custom"}


def test_a_slot_given_by_the_design_goes_before_the_computed_one():
    assert schedule_rule(Schedule(name="lock-step", slot=50), 2, 99).slot == 50


@pytest.mark.parametrize("name", NAMES)
def test_completion_is_idempotent_and_writes_every_key_out(name):
    full = complete_schedule(Schedule(name=name), 3)
    assert complete_schedule(full, 3) == full
    assert schedule_rule(full, 3, 9) == schedule_rule(Schedule(name=name), 3, 9)
    absent = {key for key, value in full if value is None}
    _, _, N, window, updates, _ = TABLE[name]
    expected = {"slot"}
    expected |= {"N"} if N is None else set()
    expected |= {"W"} if window(1, 3, N) is None else set()
    expected |= {"P"} if updates(N) is None else set()
    assert absent == expected


def test_a_mini_batch_ends_at_its_flush_or_with_the_samples():
    rule = schedule_rule(Schedule(name="1f1b", N=4), 2)
    assert [rule.batch_end(k, 10) for k in range(10)] == [4] * 4 + [8] * 4 + [10] * 2
    assert schedule_rule(Schedule(), 2).batch_end(3, 10) == 10


def test_ops_have_the_codes_of_the_port():
    assert [(op.name, int(op)) for op in Op] == [
        ("FORWARD", 1),
        ("BACKWARD", 2),
        ("UPDATE", 3),
        ("PROGRAM", 4),
        ("READ", 5),
        ("EVAL", 6),
        ("TRANSFER", 7),
    ]


CUSTOM = ("schedule=custom", "schedule.priority=['B','F','U']")

WRONG = {
    ("schedule.N=3",): "schedule.N: async has no flush, so no mini-batch",
    ("schedule=lock-step", "schedule.N=3"): (
        "schedule.N: lock-step has no flush, so no mini-batch"
    ),
    ("schedule.slot=3",): "schedule.slot: only lock-step and custom have slots, not async",
    ("schedule.W=0",): "schedule.W: a stage with W = 0 would never start",
    ("schedule.P=[1,2]",): "schedule.P: give one value, or 3, one a stage, not 2",
    ("schedule.Q=[1,2,3,4]",): "schedule.Q: give one value, or 3, one a stage, not 4",
    ("schedule.S=-1",): "schedule.S: a stage with S = -1 would never start",
    ("schedule.link_cycles=[1]",): (
        "schedule.link_cycles: give one value, or 2, one a boundary, not 1"
    ),
    ("schedule.priority=['F','B']",): "schedule.priority: name each of F, B and U once",
    ("schedule.priority=['F','B','B']",): "schedule.priority: name each of F, B and U once",
    ("schedule.priority=['F','B','U','F']",): "schedule.priority: name each of F, B and U once",
    ("schedule=custom",): (
        "schedule.priority: a custom schedule has no order of its own; name F, B and U, "
        "first served first"
    ),
    ("schedule=custom", "schedule.priority=['U','B','U']"): (
        "schedule.priority: name each of F, B and U once"
    ),
    (*CUSTOM, "schedule.hold=true"): (
        "schedule.hold: custom has no mini-batch whose last F the first B could await"
    ),
    (*CUSTOM, "schedule.N=4", "schedule.S=[4,3,4]"): (
        "schedule.S: 3 at stage 2 would deadlock a custom schedule with mini-batches of 4; "
        "it needs at least 4"
    ),
    (*CUSTOM, "schedule.N=4", "schedule.hold=true", "schedule.W=3"): (
        "schedule.W: 3 at stage 1 would deadlock a custom schedule with mini-batches of 4; "
        "it needs at least 4"
    ),
    (*CUSTOM, "schedule.P=[1,0,1]"): (
        "schedule.P.1: input should be greater than or equal to 1, not 0"
    ),
    ("schedule=1f1b", "schedule.P=9"): (
        "schedule.P: 9 at stage 2 would deadlock a 1f1b schedule with mini-batches of 10; "
        "it needs at least 10"
    ),
    ("schedule=fill-drain", "schedule.W=9"): (
        "schedule.W: 9 at stage 1 would deadlock a fill-drain schedule with mini-batches of 10; "
        "it needs at least 10"
    ),
    ("schedule=1f1b", "schedule.release=U"): (
        "schedule.W: 3 at stage 1 would deadlock a 1f1b schedule with mini-batches of 10; "
        "it needs at least 10"
    ),
}


@pytest.mark.parametrize("assignments", WRONG, ids=lambda a: " ".join(a))
def test_a_key_that_does_not_fit_has_one_sentence(assignments):
    with pytest.raises(DesignError) as caught:
        read_design(None, assignments)
    assert str(caught.value) == WRONG[assignments]


def finishes(rule: Rule, total: int) -> bool:
    """Whether all samples finish, with every op and link done at once: order alone decides.

    Ops start as long as any is allowed by rule R7; each takes no time, so nothing else can wait.
    """
    M = rule.stages
    f, b, u = [0] * M, [0] * M, [0] * M

    def ready(m: int) -> str | None:
        skip = m == 0 and not rule.first_stage_backward
        released = u if rule.release == "U" else b
        tokens_f = total if m == 0 else f[m - 1]
        tokens_b = f[m] if m == M - 1 else released[m + 1]
        k = f[m]
        ends = tokens_b if skip else b[m]
        allowed = [
            k < tokens_f,
            rule.W[m] is None or k - ends < rule.W[m],
            m > 0 or k - u[0] < rule.S[0],
            m == M - 1 or k - u[m + 1] < rule.S[m + 1],
            m < M - 1 or k - u[m] < rule.Q[m],
            rule.N is None or u[m] >= rule.N * (k // rule.N),
        ]
        if k < total and all(allowed):
            return "F"
        k = b[m]
        allowed = [
            not skip,
            k < tokens_b,
            rule.P[m] is None or k - u[m] < rule.P[m],
            m == 0 or k - u[m - 1] < rule.Q[m - 1],
            not rule.hold or f[m] >= rule.batch_end(k, total),
        ]
        if k < total and all(allowed):
            return "B"
        k = u[m]
        if k < total and k < ends and (rule.N is None or ends >= rule.batch_end(k, total)):
            return "U"
        return None

    moved = True
    while moved:
        moved = False
        for m in range(M):
            op = ready(m)
            if op:
                counter = {"F": f, "B": b, "U": u}[op]
                counter[m] += 1
                moved = True
    return u == [total] * M


def draw_rule(rng: random.Random) -> tuple[Rule, int]:
    stages, total = rng.randint(1, 4), rng.randint(1, 9)
    name = rng.choice([*NAMES, "custom", "custom"])
    keys = {"name": name, "release": rng.choice("BU")}
    keys["first_stage_backward"] = rng.random() < 0.5
    if name == "custom":
        keys["priority"] = tuple(rng.sample("FBU", 3))
    if rng.random() < 0.5 if name == "custom" else TABLE[name][2] is not None:
        keys["N"] = rng.randint(1, 5)
        keys["hold"] = rng.random() < 0.5
    for key in "WPSQ":
        if rng.random() < 0.6:
            keys[key] = tuple(rng.randint(1, 6) for _ in range(stages))
    return schedule_rule(Schedule(**keys), stages, 9), total


def test_the_check_refuses_exactly_the_rules_that_stall():
    """Against a run of the rule in which only the order matters, on random windows and depths."""
    rng, refused = random.Random(7), 0
    for _ in range(1500):
        rule, total = draw_rule(rng)
        try:
            check_deadlock(rule, total)
        except DesignError:
            refused += 1
            assert not finishes(rule, total)
        else:
            assert finishes(rule, total)
    assert 200 < refused < 1300
