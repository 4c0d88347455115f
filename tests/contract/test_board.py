"""A client trains a board over a wire, clean or not; what it gets is what the models make."""

import itertools
import os
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from models.csr import COUNTERS, KNOWN_CAUSES
from models.design import design_sha256, make_design
from models.device.array import to_grid
from models.frame import encode
from models.lfsr import LfsrBank
from models.link import ANSWER, Get, Kind, Put, Status
from models.number import code_limit, saturate
from models.schedule import Op
from models.seed import COLUMNS, ROWS
from rtl.board import Board, Core
from rtl.cosim.array import starting_array
from rtl.plan import make_plan
from rtl.remote.client import Client, LinkError
from rtl.remote.machine import Machine
from rtl.remote.pump import Pump
from sim.reference import Reference
from tests.contract.wire import Hurt, Noise, PlayedArray, SerialLine, SimulatedWire, clean
from tests.models.packed import images

SAMPLES = 2
TABLES: dict[str, Any] = {
    "run": {"samples": SAMPLES},
    "layer": [{"inputs": 3, "outputs": 2, "activation": "tanh"}, {"inputs": 2, "outputs": 3}],
    "tile": {"output_noise": 0.0, "dac": {"bits": 6}, "update": {"bl": 5}},
    "timing": {"forward_cycles": 3, "backward_cycles": 3, "program_row_cycles": 2},
    "algorithm": {"lr": 0.5},
}
#: For who has minutes.
LONG = pytest.mark.skipif(
    "PULSETRAIN_LONG" not in os.environ, reason="takes longer: set PULSETRAIN_LONG=1"
)
#: One stage, which is sooner simulated.
SMALL = TABLES | {"layer": [{"inputs": 2, "outputs": 3}]}


class Bench:
    """A design on a simulated board whose arrays begin with other weights, and its client."""

    def __init__(self, noise: Noise = clean, tables: dict[str, Any] = TABLES) -> None:
        self.design = make_design(deepcopy(tables))
        sizes = self.design.layer[0].inputs, self.design.layer[-1].outputs
        self.reference = Reference(self.design, data=images(*sizes))
        self.plan = make_plan(self.design, self.reference.planned)
        configs = [one.config.tile for one in self.plan.stages]
        self.arrays = [starting_array(self.design, m) for m in range(self.design.stages)]
        for array in self.arrays:
            array.weights[...] = array.crossbar.weights[...] = 0.0
        played = [PlayedArray(config) for config in configs]
        core = Core(self.plan, design_sha256(self.design), played)
        self.wire = SimulatedWire(core, list(zip(played, configs, self.arrays, strict=True)), noise)
        self.client = Client(self.wire)
        self.machine = Machine(self.client, self.design, self.plan)

    def prepare(self) -> None:
        """Load the weights with which training begins, and read them back."""
        self.machine.identify()
        for stage in range(self.design.stages):
            self.machine.write_weights(stage)
            start = starting_array(self.design, stage).weights
            np.testing.assert_array_equal(self.arrays[stage].weights, start)

    def train(self) -> None:
        """Train, and compare all that can be seen with the models."""
        wanted = self.reference.run()
        found = self.machine.run(self.reference.inputs, self.reference.labels)
        assert found.outputs == wanted.outputs.tolist()
        assert found.classes == wanted.outputs.argmax(axis=1).tolist()
        for array, layer in zip(self.arrays, self.reference.memory.layers, strict=True):
            np.testing.assert_array_equal(array.weights, layer.crossbar.recorded)
        assert self.machine.count("cycle") == wanted.cycles
        assert wanted.cycles <= self.machine.count("clock") < self.wire.clocks
        ledger = self.reference.ledger
        assert ledger is not None
        for m, stage in enumerate(ledger.stages):
            counted = {name: self.machine.count(f"stage{m}_{name}") for name in COUNTERS}
            names = ("forward", "backward", "update", "transfer", "program")
            ops = (Op.FORWARD, Op.BACKWARD, Op.UPDATE, Op.TRANSFER, Op.PROGRAM)
            busy = tuple(counted[name] for name in names)
            own = wanted.ops[wanted.ops[:, 0] == m]
            lengths = own[:, 4] - own[:, 3]
            assert busy == tuple(int(lengths[own[:, 1] == op].sum()) for op in ops)
            idle = tuple(counted[f"idle_{cause}"] for cause in KNOWN_CAUSES)
            if self.design.arrangement.transfers:
                assert not any(idle)
            else:
                assert busy == stage.busy_by_op
                assert idle == stage.stalled[: len(KNOWN_CAUSES)]
            assert counted["coincidences"] > 0


def test_a_clean_wire_trains_as_the_models_do() -> None:
    bench = Bench()
    bench.prepare()
    bench.train()
    assert bench.client.repeated == 0
    assert bench.machine.read("errors") == 0
    for stage, array in enumerate(bench.arrays):
        bar = array.crossbar
        sums = code_limit(6) * bar.weights.astype(float)
        codes = saturate(np.rint(sums / bar.adc_lsb), code_limit(bar.config.tile.adc.bits))
        np.testing.assert_array_equal(bench.machine.read_codes(stage), codes)
    bench.machine.rest()
    learned = [[int(value) for value in layer.bias] for layer in bench.reference.memory.layers]
    assert [bench.machine.read_biases(stage) for stage in (0, 1)] == learned
    assert all(any(own) for own in learned)


def test_biases_are_read_and_written_back_amid_a_training_which_they_do_not_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(tables=SMALL | {"run": {"samples": 3}})
    machine, seen = bench.machine, list[list[int]]()
    put, turn = Machine.put, Pump.turn

    def slowly(self: Machine, channel: Put, items: Sequence[int]) -> int:
        return put(self, channel, items if channel == Put.PACKET else items[:2])

    def look(pump: Pump) -> None:
        turn(pump)
        machine.write("control", 0)
        while machine._ask("bias_low", 2)[0] != Status.DONE:
            machine.get(Get.REPLY, 1)
        seen.append(machine.read_biases(0))
        machine.write_biases(0, seen[-1])
        machine.write("control", 1)

    monkeypatch.setattr(Machine, "put", slowly)
    monkeypatch.setattr(Pump, "turn", look)
    bench.prepare()
    bench.train()
    assert len({tuple(own) for own in seen}) > 2


def test_biases_are_set_at_rest_one_by_one_and_fall_with_reset() -> None:
    bench = Bench()
    machine = bench.machine
    machine.identify()
    assert [machine.read_biases(stage) for stage in (0, 1)] == [[0] * 2, [0] * 3]
    machine.write_biases(1, [-1, 2, -3 << 20])
    assert [machine.read_biases(stage) for stage in (0, 1)] == [[0] * 2, [-1, 2, -3 << 20]]
    with pytest.raises(LinkError, match=r"^stage 0: its biases read \[134213632, 0\], not \["):
        machine.write_biases(0, [1 << 30, 0])
    machine.write("control", 1)
    with pytest.raises(LinkError, match=r"^register bias_low: cannot be read$"):
        machine.read_biases(0)
    with pytest.raises(LinkError, match=r"^register bias_low: cannot be written with 1$"):
        machine.write("bias_low", 1)
    machine.reset()
    assert [machine.read_biases(stage) for stage in (0, 1)] == [[0] * 2, [0] * 3]


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=LONG)])
def test_a_frozen_machine_predicts_as_the_model_does_without_labels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = [int(one) for one in rng.integers(2, 4, 3)]
    layers: list[dict[str, Any]] = [
        {"inputs": n, "outputs": m, "bias": bool(rng.integers(4))}
        for n, m in itertools.pairwise(sizes)
    ]
    layers[0]["activation"] = "tanh"
    schedule = {"name": ("async", "fill-drain")[seed]}
    bench = Bench(tables=TABLES | {"layer": layers, "schedule": schedule})
    machine, made = bench.machine, bench.reference.memory.layers
    machine.identify()
    for stage, (layer, array) in enumerate(zip(made, bench.arrays, strict=True)):
        bar, rail = layer.crossbar, layer.numerics.unit * layer.numerics.bias_unit
        signs = rng.choice([-1, 1], bar.weights.shape)
        bar.weights[...] = np.round(signs * bar.weights, 3) if seed else bar.weights
        bar.weights[...] = to_grid(bar.weights, bar.devices.exponent)
        layer.bias[...] = np.rint(rng.uniform(-rail, rail, len(layer.bias))) * layer.biased
        machine.write_weights(stage, bar.weights)
        machine.write_biases(stage, [int(value) for value in layer.bias])
        np.testing.assert_array_equal(array.weights, bar.weights)
    machine.write("control", 2)
    found = machine.run(bench.reference.inputs)
    outputs = bench.reference.infer()
    assert found.outputs == outputs.tolist()
    assert found.classes == outputs.argmax(axis=1).tolist()
    machine.rest()
    for stage, layer in enumerate(made):
        assert machine.read_biases(stage) == [int(value) for value in layer.bias]


def test_a_board_trains_again_after_a_reset_with_the_registers_of_the_design() -> None:
    bench = Bench(tables=SMALL)
    machine = bench.machine
    for _ in range(2):
        bench.prepare()
        bench.train()
        machine.reset()
        assert machine.count("cycle") == 0
        for side in (ROWS, COLUMNS):
            machine.write("select", side << 8)
            (seed,) = LfsrBank(bench.plan.first.tile, side).seeds
            assert machine.read("seed") == seed
            machine.write("seed", seed ^ 1)
            assert machine.read("seed") == seed ^ 1
        machine.reset()
        bench.reference = Reference(bench.design, data=images(2, 3))


def test_a_wire_that_drops_turns_and_invents_bytes_changes_nothing() -> None:
    noise = Hurt(0, 0.002)
    bench = Bench(noise, SMALL)
    bench.client.tries = 100
    bench.prepare()
    bench.train()
    assert noise.done > 5
    assert bench.client.repeated > 3


def test_an_answer_that_is_lost_does_not_let_a_request_happen_twice() -> None:
    """Weights are added digit by digit: a packet that came twice would be seen."""
    bench = Bench(tables=SMALL)
    write, read = bench.wire.write, bench.wire.read
    sent = [0]

    def count(data: bytes) -> None:
        sent[0] += 1
        write(data)

    def lose_every_other() -> bytes:
        data = read()
        while sent[0] % 2 == 0 and data:
            data = read()
        return data

    bench.wire.write, bench.wire.read = count, lose_every_other
    bench.prepare()
    assert bench.client.repeated > 3


def test_a_cut_wire_is_told_and_mended() -> None:
    bench = Bench(tables=SMALL)
    bench.machine.identify()
    bench.wire.cut, bench.client.tries = True, 3
    with pytest.raises(LinkError, match=r"^the board does not answer, 3 times$"):
        bench.machine.read("status")
    bench.wire.cut = False
    number = bench.client._number
    bench.wire.come += encode(bytes([number, ANSWER | Kind.SYNC, Status.DONE]) + b"old!")
    bench.machine.halt()
    assert bench.machine.read("status") == 0


def test_what_is_wrong_is_refused_and_flagged() -> None:
    bench = Bench(tables=SMALL)
    machine = bench.machine
    assert bench.client._ask(Kind.READ, bytes([0, 0, 1]))[0] == Status.UNSYNCED
    machine.identify()
    with pytest.raises(LinkError, match=r"^register stages: cannot be written with 9$"):
        machine.write("stages", 9)
    with pytest.raises(LinkError, match=r"^the board refuses a label$"):
        machine.put(Put.LABEL, [3])
    assert machine.read("errors") == 0b11
    machine.write("errors", 1)
    assert machine.read("errors") == 0b10
    for kind, body in ((9, b""), (Kind.PUT, b""), (Kind.PUT, b"\x07"), (Kind.READ, b"\x00")):
        assert bench.client.request(kind, body) == (Status.UNKNOWN, b"\x00"[: kind == Kind.PUT])


@LONG
def test_levels_on_the_line_carry_requests_and_hurt_bytes_are_sent_again() -> None:
    design = make_design({"layer": [{"inputs": 2, "outputs": 2}], "tile": {"update": {"bl": 1}}})
    plan = make_plan(design, SAMPLES)
    arrays = [PlayedArray(one.config.tile) for one in plan.stages]
    board = Board(plan, design_sha256(design), arrays, divisor=4)
    noise = Hurt(1, 0.01)
    machine = Machine(Client(SerialLine(board, 4, noise)), design, plan)
    machine.client.sync()
    machine.write("rate", 5)
    assert machine.read("rate") == 5
    assert noise.done
    assert machine.client.repeated
