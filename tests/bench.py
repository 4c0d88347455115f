"""Stimulus, expectation and comparison of one tile controller, whatever simulates it.

The expectation is computed from the stimulus through `models` alone; the array that answers at the
port is fed with the port's values alone. They meet only in the comparison.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.number import code_limit, shift_scale
from models.pulse import PulseTranslator
from models.schedule import Op
from models.tile import TileConfig
from models.timing import (
    PREPARED_OPS,
    SCALE_CYCLES,
    backward_cycles,
    digit_cycles,
    forward_cycles,
    phase_offsets,
    prepare_cycles,
    update_cycles,
)
from rtl.cosim.array import Array
from rtl.cosim.packing import Vector, pack


@dataclass(frozen=True)
class Command:
    """One op as it is offered on stream `i`, `gap` cycles after the one before was accepted."""

    op: Op
    sample: int
    x: Vector
    d: Vector
    ex: int
    ed: int
    gain: int
    gap: int


@dataclass(frozen=True)
class Go:
    """What the analog port shows from `cycle` on; `fields` as packed integers by name."""

    cycle: int
    fields: dict[str, int]


@dataclass(frozen=True)
class Result:
    """One beat of stream `o`, taken in `cycle`."""

    cycle: int
    op: int
    sample: int
    y: tuple[int, ...]
    clipped: tuple[int, ...]
    exponent: int


@dataclass
class Account:
    """Everything a run of ops did, in architectural cycles."""

    accepted: list[int]
    goes: list[Go]
    results: list[Result]


def op_cycles(config: TileConfig, op: int, slots: int) -> int:
    """Return the cycles of an op that uses `slots`."""
    if op == Op.UPDATE:
        return update_cycles(config, slots)
    if op == Op.PROGRAM:
        return digit_cycles(config)
    return backward_cycles(config) if op == Op.BACKWARD else forward_cycles(config)


def _port(**driven: int) -> dict[str, int]:
    names = ("tag", "op", "sample", "attempt", "x", "d", "xw", "xs", "dw", "ds", "bl")
    return {name: driven.get(name, 0) for name in names}


class Expectation:
    """The account that `models` give of a list of commands.

    Times follow the law of `rtl.tile.TileController`: a command is offered `gap` cycles after the
    one before was accepted, and `ready(cycle)` says whether the consumer of `o` takes a result.
    """

    def __init__(self, config: TileConfig, array: Array, ready: Callable[[int], bool]) -> None:
        self.config = config
        self.array = array
        self.ready = ready
        self.translator = PulseTranslator(config)
        self.account = Account([], [], [])
        self._updates = self._tag = self.free = 0
        self._first_goes: list[int] = []

    def extend(self, commands: Sequence[Command]) -> Account:
        """Return the account with `commands` added at its end."""
        for command in commands:
            if command.op == Op.UPDATE:
                self._update(command)
            elif command.op == Op.PROGRAM:
                self._program(command)
            else:
                self._read(command)
        return self.account

    def _accept(self, command: Command) -> int:
        accepted = self.account.accepted
        offered = (accepted[-1] + 1 if accepted else 0) + command.gap
        cycle = max(offered, accepted[-1] + 2) if accepted else offered
        if len(self._first_goes) >= PREPARED_OPS:
            cycle = max(cycle, self._first_goes[-PREPARED_OPS])
        accepted.append(cycle)
        return cycle

    def _prepared(self, command: Command, slots: int | None = None) -> int:
        """Return the earliest cycle of a command's `go`, whatever runs."""
        cycle = self._accept(command)
        if self._first_goes:
            cycle = max(cycle, self._first_goes[-1] - 1 - SCALE_CYCLES)
        return max(cycle + prepare_cycles(self.config, command.op, slots), self.free)

    def _go(self, cycle: int, **driven: int) -> None:
        self._tag += 1
        self.account.goes.append(Go(cycle, _port(tag=self._tag, **driven)))

    def _read(self, command: Command) -> None:
        config, results = self.config, self.account.results
        by_rows = command.op != Op.BACKWARD
        name, vector, given = (
            ("x", command.x, command.ex) if by_rows else ("d", command.d, command.ed)
        )
        codes, exponent = shift_scale(vector, config.tile.dac.bits)
        cycle = self._prepared(command)
        if len(results) > 1:
            cycle = max(cycle, results[-2].cycle + 2)
        driven = {name: pack(codes, config.tile.dac.bits)}
        self._go(cycle, op=command.op, sample=command.sample, **driven)
        self._first_goes.append(cycle)
        self.free = cycle + op_cycles(config, command.op, 0)
        y = self.array.read(command.op, codes, command.sample)
        y = np.pad(y, (0, config.lines - len(y)))
        taken = max(self.free, results[-1].cycle + 1 if results else 0)
        while not self.ready(taken):
            taken += 1
        rail = code_limit(config.tile.adc.bits)
        results.append(
            Result(
                taken,
                int(command.op),
                command.sample,
                tuple(int(code) for code in y),
                tuple(int(abs(code) == rail) for code in y),
                given + int(exponent),
            )
        )

    def _program(self, command: Command) -> None:
        config, bits = self.config, self.config.tile.dac.bits
        x, d = (shift_scale(vector, bits)[0] for vector in (command.x, command.d))
        cycle = self._prepared(command)
        number = command.gain % 256
        driven = {"x": pack(x, bits), "d": pack(d, bits), "attempt": number}
        self._go(cycle, op=command.op, sample=command.sample, **driven)
        self.array.program(x, d, number)
        self._first_goes.append(cycle)
        self.free = cycle + op_cycles(config, command.op, 0)

    def _update(self, command: Command) -> None:
        config, bl = self.config, self.config.tile.update.bl
        x, shift_x = shift_scale(command.x, config.tile.dac.bits)
        d, shift_d = shift_scale(command.d, config.tile.dac.bits)
        exponent = command.ex + int(shift_x) + command.ed + int(shift_d) + command.gain
        words = self.translator.words(x, d, exponent, self._updates)
        self._updates += 1
        cycle = self._prepared(command, words.slots)
        phases = self.translator.phase_words(words)
        offsets = phase_offsets(config, words.slots)
        for attempt, (offset, phase) in enumerate(zip(offsets, phases, strict=True)):
            self.array.update(phase, command.sample)
            self._go(
                cycle + offset,
                op=command.op,
                sample=command.sample,
                attempt=attempt,
                xw=pack(phase.xw, bl),
                xs=pack(phase.xs, 1),
                dw=pack(phase.dw, bl),
                ds=pack(phase.ds, 1),
                bl=words.slots,
            )
        self._first_goes.append(cycle)
        self.free = cycle + op_cycles(config, Op.UPDATE, words.slots)


def random_commands(
    config: TileConfig,
    count: int,
    gaps: Sequence[int],
    rng: np.random.Generator,
    ops: Sequence[Op] = (Op.FORWARD, Op.BACKWARD, Op.UPDATE, Op.UPDATE),
) -> list[Command]:
    """Return `count` of some ops; zero vectors and extreme exponents are among them."""
    limit = 1 << (config.tile.digital_bits - 1)

    def vector(lines: int) -> Vector:
        if rng.random() < 0.15:
            return np.zeros(lines, np.int64)
        span = int(rng.integers(1, config.tile.digital_bits))
        drawn = rng.integers(-(1 << span), (1 << span) + 1, lines)
        return np.asarray(np.clip(drawn, -limit, limit - 1), np.int64)

    commands = []
    for _ in range(count):
        extreme = rng.random() < 0.2
        low, high = (-128, 128) if extreme else (-12, 4)
        gain = -int(rng.integers(0, 2 * config.tile.digital_bits))
        commands.append(
            Command(
                op=Op(int(rng.choice(list(ops)))),
                sample=int(rng.integers(0, 1 << 32)),
                x=vector(config.rows),
                d=vector(config.columns),
                ex=int(rng.integers(low, high)),
                ed=int(rng.integers(low, high)),
                gain=int(rng.integers(-128, 128)) if extreme else gain,
                gap=int(rng.choice(gaps)),
            )
        )
    return commands
