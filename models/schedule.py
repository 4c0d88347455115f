"""The rule of order as data: named schedules and custom ones, and the check against deadlock."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

from models.error import DesignError
from models.section import PerStage, Schedule, ScheduleName


class Op(IntEnum):
    """What a tile does, with its code at the analog port; `EVAL` keys an evaluation's noise."""

    FORWARD = 1
    BACKWARD = 2
    UPDATE = 3
    PROGRAM = 4
    READ = 5
    EVAL = 6
    TRANSFER = 7


LETTER = {"F": Op.FORWARD, "B": Op.BACKWARD, "U": Op.UPDATE}

#: Why an array with work left does nothing, in order of precedence (rule R10). `transfer`: one that
#: is due goes first; `order`: the samples before; `tile`: another array of the stage that the op
#: needs; `shared`: an ADC bank or a digital unit that it needs.
CAUSES = ("input", "flush", "slot", "credit", "stash", "transfer", "order", "tile", "shared")


@dataclass(frozen=True)
class Rule:
    """A schedule with every value given, one entry a stage where it is a tuple.

    `W`, `P`, `S`, `Q` are windows and depths (None: no limit), `N` the mini-batch (None: no flush),
    `link` the delay between neighbours (one a boundary), all in samples and clock cycles.
    """

    name: ScheduleName
    priority: tuple[Op, Op, Op]
    hold: bool
    N: int | None
    W: tuple[int | None, ...]
    P: tuple[int | None, ...]
    S: tuple[int, ...]
    Q: tuple[int, ...]
    slot: int | None
    release: Literal["B", "U"]
    first_stage_backward: bool
    link: tuple[int, ...]
    link_interval: tuple[int, ...]
    credit_return: int
    loss: int
    arrival: int

    @property
    def stages(self) -> int:
        """Number of stages M."""
        return len(self.S)

    @property
    def synchronous(self) -> bool:
        """Whether every read of a mini-batch sees the weights of its start."""
        return self.N is not None

    def batch_end(self, sample: int, total: int) -> int:
        """Return n(k): the first sample after the mini-batch of `sample`."""
        if self.N is None:
            return total
        return min(total, self.N * (sample // self.N + 1))


@dataclass(frozen=True)
class _Named:
    """What a schedule's name stands for; `window` is W: "depth" M-m+1, "batch" N, ...

    Mini-batches are flushed always, never, or where N is given. Without a `priority` the design
    gives one.
    """

    priority: tuple[Literal["F", "B", "U"], ...] | None
    hold: bool
    flush: Literal["always", "never", "given"]
    window: Literal["one", "batch", "depth", "none"]
    updates: Literal["none", "batch", "two"]
    release: Literal["B", "U"]


_NAMED: dict[str, _Named] = {
    "sequential": _Named(("B", "U", "F"), False, "never", "one", "none", "U"),
    "fill-drain": _Named(("F", "B", "U"), True, "always", "batch", "batch", "B"),
    "1f1b": _Named(("B", "F", "U"), False, "always", "depth", "batch", "B"),
    "async": _Named(("B", "U", "F"), False, "never", "depth", "none", "B"),
    "zero-bubble": _Named(("B", "F", "U"), False, "never", "depth", "two", "B"),
    "lock-step": _Named(("F", "B", "U"), False, "never", "none", "none", "B"),
    "custom": _Named(None, False, "given", "none", "none", "B"),
}

_DEFAULT_BATCH = 10


def _per_stage(key: str, given: PerStage, stages: int) -> tuple[int, ...]:
    values = (given,) * stages if isinstance(given, int) else tuple(given)
    if len(values) != stages:
        raise DesignError(
            f"schedule.{key}: give one value, or {stages}, one a stage, not {len(values)}"
        )
    if min(values) < 1:
        raise DesignError(f"schedule.{key}: a stage with {key} = {min(values)} would never start")
    return values


def _check_keys(schedule: Schedule, named: _Named) -> None:
    """Refuse keys that a schedule's name has no use for, and a custom one without its order."""
    if schedule.N is not None and named.flush == "never":
        raise DesignError(f"schedule.N: {schedule.name} has no flush, so no mini-batch")
    if schedule.slot is not None and schedule.name not in ("lock-step", "custom"):
        raise DesignError(
            f"schedule.slot: only lock-step and custom have slots, not {schedule.name}"
        )
    priority = schedule.priority or named.priority
    if priority is None:
        raise DesignError(
            f"schedule.priority: a {schedule.name} schedule has no order of its own; name F, B "
            "and U, first served first"
        )
    if sorted(priority) != ["B", "F", "U"]:
        raise DesignError("schedule.priority: name each of F, B and U once")


def _per_boundary(key: str, given: int | tuple[int, ...], stages: int) -> tuple[int, ...]:
    values = (given,) * (stages - 1) if isinstance(given, int) else tuple(given)
    if len(values) != stages - 1:
        raise DesignError(
            f"schedule.{key}: give one value, or {stages - 1}, one a boundary, not {len(values)}"
        )
    return values


def complete_schedule(schedule: Schedule, stages: int) -> Schedule:
    """Return the schedule with every key that its name implies written out.

    Raises
    ------
    DesignError
        When a key does not fit the schedule or the number of stages.
    """
    named = _NAMED[schedule.name]
    _check_keys(schedule, named)
    N = (schedule.N or _DEFAULT_BATCH) if named.flush == "always" else schedule.N
    depth = tuple(stages - m for m in range(stages))
    windows = {"one": (1,) * stages, "batch": (N,) * stages, "depth": depth, "none": None}
    W = schedule.W if schedule.W is not None else windows[named.window]
    updates = {"none": None, "batch": (N,) * stages, "two": (2,) * stages}
    P = schedule.P if schedule.P is not None else updates[named.updates]
    span = W if W is not None else tuple(2 * d for d in depth)
    full: tuple[int, ...] = _per_stage("W", span, stages)  # type: ignore[arg-type]
    stash = (1,) * stages if named.window == "one" else tuple(max(w, N or 0) + 1 for w in full)
    link = _per_boundary("link_cycles", schedule.link_cycles, stages)
    interval = _per_boundary("link_interval", schedule.link_interval, stages)
    changes: dict[str, Any] = {
        "priority": schedule.priority or named.priority,
        "hold": named.hold if schedule.hold is None else schedule.hold,
        "release": schedule.release or named.release,
        "N": N,
        "W": None if W is None else full,
        "P": None if P is None else _per_stage("P", P, stages),  # type: ignore[arg-type]
        "S": _per_stage("S", schedule.S if schedule.S is not None else stash, stages),
        "Q": _per_stage("Q", schedule.Q if schedule.Q is not None else stash, stages),
        "link_cycles": link,
        "link_interval": interval,
    }
    return schedule.model_copy(update=changes)


def schedule_rule(schedule: Schedule, stages: int, slot_cycles: int | None = None) -> Rule:
    """Return the rule of a schedule; `slot_cycles` is lock-step's where the design gives none."""
    full = complete_schedule(schedule, stages)
    assert full.priority is not None
    assert full.release is not None
    assert full.hold is not None
    assert isinstance(full.S, tuple)
    assert isinstance(full.Q, tuple)
    assert isinstance(full.link_cycles, tuple)
    assert isinstance(full.link_interval, tuple)
    nothing: tuple[int | None, ...] = (None,) * stages
    first, second, third = (LETTER[letter] for letter in full.priority)
    return Rule(
        name=full.name,
        priority=(first, second, third),
        hold=full.hold,
        N=full.N,
        W=full.W if isinstance(full.W, tuple) else nothing,
        P=full.P if isinstance(full.P, tuple) else nothing,
        S=full.S,
        Q=full.Q,
        slot=(full.slot or slot_cycles) if full.name == "lock-step" else full.slot,
        release=full.release,
        first_stage_backward=full.first_stage_backward,
        link=full.link_cycles,
        link_interval=full.link_interval,
        credit_return=full.credit_return_cycles,
        loss=full.loss_cycles,
        arrival=full.arrival_cycles,
    )


def _least(rule: Rule, key: str, stage: int, batch: int) -> int:
    """Return the smallest W, P, S or Q of a stage (from 0) that lets mini-batches finish."""
    last = stage == rule.stages - 1
    backward = stage > 0 or rule.first_stage_backward
    if key == "P":
        return batch if backward else 1
    if key == "W":
        held = rule.hold and (backward or not last)
        return batch if held or (rule.release == "U" and not last) else 1
    return batch


def check_deadlock(rule: Rule, total: int | None = None) -> None:
    """Refuse a rule under which `total` samples (None: any number) would not all finish.

    A rule is free of deadlock if and only if all windows and depths are at least 1 and, with a
    flush and n = min(N, total), every P, S, Q is at least n, and W too where a stage's errors come
    only after the last F of the mini-batch: with `hold`, and with release U in all stages but the
    last. A first stage without B has no P.

    Raises
    ------
    DesignError
        With one sentence that names the key.
    """
    need = 1
    if rule.N is not None:
        need = rule.N if total is None else min(rule.N, total)
    elif rule.hold:
        raise DesignError(
            f"schedule.hold: {rule.name} has no mini-batch whose last F the first B could await"
        )
    for key, values in (("P", rule.P), ("S", rule.S), ("Q", rule.Q), ("W", rule.W)):
        for stage, value in enumerate(values):
            least = _least(rule, key, stage, need)
            if value is not None and value < least:
                raise DesignError(
                    f"schedule.{key}: {value} at stage {stage + 1} would deadlock a {rule.name} "
                    f"schedule with mini-batches of {need}; it needs at least {least}"
                )
    if sorted(rule.priority) != [Op.FORWARD, Op.BACKWARD, Op.UPDATE]:
        raise DesignError("schedule.priority: name each of F, B and U once")
