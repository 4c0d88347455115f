"""A machine on a board: registers by name, weights, samples and predictions."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from models.control import BIAS_BITS
from models.csr import DESIGN_WORDS, IDENTITY, design_words, register_map, version_code
from models.design import Design, design_sha256
from models.device.array import Floats
from models.frame import MOST_CONTENT
from models.link import ANSWER_HEAD, Get, Kind, Put, Status, item_bytes
from models.network import make_grid
from models.number import code_limit
from models.programming import ALONE, digit_count, digit_number, weight_digits
from models.schedule import Op
from rtl.channel import GETS, PUTS, payload_bits
from rtl.feed import label_layout
from rtl.host_switch import packet_layout, reply_layout
from rtl.plan import Plan
from rtl.prediction import element_layout
from rtl.remote.client import Client, LinkError
from rtl.remote.pump import MOST_IDLE, Pump, Run
from rtl.remote.reach import check_arrays
from rtl.remote.word import packed, sign_extended, signed_field

#: Bytes of items that a frame holds.
MOST_ITEMS = MOST_CONTENT - ANSWER_HEAD - 1 - 8
SELECT = next(one for one in register_map(1) if one.name == "select")


class Machine:
    """The machine of a design, on whatever board is at the other end.

    Parameters
    ----------
    client
        Requests to the board.
    design, plan
        What is on the board.

    Raises
    ------
    DesignError
        When packets cannot name each array of a stage.
    """

    def __init__(self, client: Client, design: Design, plan: Plan) -> None:
        check_arrays(design)
        self.client, self.design, self.plan = client, design, plan
        self.offset = {one.name: one.offset for one in register_map(len(plan.stages))}
        bits = payload_bits(plan)
        self._put_bytes = {channel: item_bytes(bits[name]) for channel, name in PUTS.items()}
        self._get_bytes = {channel: item_bytes(bits[name]) for channel, name in GETS.items()}

    def identify(self) -> None:
        """Make sure that the board holds this design, in this version.

        Raises
        ------
        LinkError
            With one sentence on what it holds instead.
        """
        self.client.sync()
        if self.read("identity") != IDENTITY:
            raise LinkError("the board does not hold an accelerator of PulseTrain")
        if self.read("version") != version_code():
            raise LinkError("the board was built by another version of PulseTrain")
        held = self._words("design0", DESIGN_WORDS)
        if held != design_words(design_sha256(self.design)):
            digits = "".join(f"{word:08x}" for word in held)
            raise LinkError(f"the board holds another design, of SHA-256 {digits[:16]}...")

    def read(self, name: str) -> int:
        """Return a register."""
        return self._words(name, 1)[0]

    def count(self, name: str) -> int:
        """Return what is kept in two registers, `name` with `_low` and `_high`."""
        low, high = self._words(f"{name}_low", 2)
        return high << 32 | low

    def _words(self, name: str, count: int) -> list[int]:
        status, found = self._ask(name, count)
        if status != Status.DONE or len(found) != 4 * count:
            raise LinkError(f"register {name}: cannot be read")
        return [int.from_bytes(found[4 * n : 4 * n + 4], "little") for n in range(count)]

    def _ask(self, name: str, count: int) -> tuple[Status, bytes]:
        body = self.offset[name].to_bytes(2, "little") + bytes([count])
        return self.client.request(Kind.READ, body)

    def write(self, name: str, value: int) -> None:
        """Write a register.

        Raises
        ------
        LinkError
            When the board refuses.
        """
        body = self.offset[name].to_bytes(2, "little") + value.to_bytes(4, "little")
        status, _ = self.client.request(Kind.WRITE, body)
        if status != Status.DONE:
            raise LinkError(f"register {name}: cannot be written with {value}")

    def put(self, channel: Put, items: Sequence[int]) -> int:
        """Offer items; return how many of the first ones were taken."""
        size = self._put_bytes[channel]
        packed = [item.to_bytes(size, "little") for item in items[: MOST_ITEMS // size]]
        status, found = self.client.request(Kind.PUT, bytes([channel]) + b"".join(packed))
        if status != Status.DONE:
            raise LinkError(f"the board refuses a {channel.name.lower()}")
        return found[0]

    def get(self, channel: Get, most: int) -> list[int]:
        """Return items that have come, up to `most`."""
        size = self._get_bytes[channel]
        most = min(most, MOST_ITEMS // size)
        status, found = self.client.request(Kind.GET, bytes([channel, most]))
        if status != Status.DONE:
            raise LinkError(f"the board gives no {channel.name.lower()}")
        items = found[1:]
        return [int.from_bytes(items[size * n : size * (n + 1)], "little") for n in range(found[0])]

    def reset(self) -> None:
        """Stop, and return to the beginning of a run; what was set stays, but for registers."""
        self.write("control", 1 << 2)

    def halt(self) -> None:
        """Let the machine stand still, whatever request was given up before."""
        self.client.sync()
        self.write("control", 0)

    def packets(self, words: Sequence[Mapping[str, int]]) -> None:
        """Send words of packets, all of them."""
        layout = packet_layout(self.plan)
        items = [packed(layout, word) for word in words]
        idle = 0
        while items:
            taken = self.put(Put.PACKET, items)
            items, idle = items[taken:], 0 if taken else idle + 1
            if idle > MOST_IDLE:
                raise LinkError("the board takes no packets")

    def rest(self) -> None:
        """Halt, drop all results that wait, and wait until no op with biases is at work.

        Each look that comes too early sets the error `address`.

        Raises
        ------
        LinkError
            When an op does not end.
        """
        self.halt()
        for stage, one in enumerate(self.plan.stages):
            self._select(stage, 0)
            for _ in range(MOST_IDLE):
                while any(self.get(channel, 64) for channel in Get):
                    pass
                if not one.config.biased or self._ask("bias_low", 2)[0] == Status.DONE:
                    break
            else:
                raise LinkError(f"stage {stage}: one of its ops does not end")

    def _select(self, stage: int, line: int) -> None:
        self.write("select", stage << SELECT.field("stage").low | line << SELECT.field("line").low)

    def write_biases(self, stage: int, biases: Sequence[int]) -> None:
        """Write the biases of a stage in their own units, and make sure that they are there.

        Parameters
        ----------
        biases
            As many as it has outputs, each within the rails of a digital element; without effect
            at a stage that adds none.

        Raises
        ------
        LinkError
            When the machine is not at rest, or they read otherwise.
        """
        if not self.plan.stages[stage].config.biased:
            return
        for line, value in enumerate(biases):
            self._select(stage, line)
            code = int(value) & (1 << BIAS_BITS) - 1
            self.write("bias_high", code >> 32)
            self.write("bias_low", code & 0xFFFFFFFF)
        found, wanted = self.read_biases(stage), [int(value) for value in biases]
        if found != wanted:
            raise LinkError(f"stage {stage}: its biases read {found}, not {wanted}")

    def read_biases(self, stage: int) -> list[int]:
        """Return the biases of a stage in their own units; 0 at one that adds none.

        Raises
        ------
        LinkError
            When the machine is not at rest.
        """
        config, found = self.plan.stages[stage].config, []
        for line in range(config.outputs if config.biased else 0):
            self._select(stage, line)
            low, high = self._words("bias_low", 2)
            found.append(sign_extended(high << 32 | low, BIAS_BITS))
        return found or [0] * config.outputs

    def write_weights(self, stage: int, weights: Floats | None = None) -> None:
        """Write weights of a stage, (rows, columns), of several arrays (arrays, rows, columns).

        By default those of the design's start. They are on the grid of the devices, and within
        their bounds.
        """
        (bar,) = make_grid(self.design, stage).flat
        bits = bar.config.tile.dac.bits
        chosen = bar.arrays if weights is None else weights.reshape(bar.arrays.shape)
        for array, own in enumerate(chosen):
            digits = weight_digits(own, bar.devices.exponent, bits)
            for row in range(bar.config.rows):
                words = []
                for digit in range(digit_count(bits)):
                    number = digit_number(digit, array)
                    head = {"stage": stage, "op": int(Op.PROGRAM), "row": row, "number": number}
                    codes = [int(code) for code in digits[digit, row]]
                    words += [head | {"code": code, "last": 0} for code in codes]
                    words[-1]["last"] = 1
                self.packets(words)

    def read_codes(self, stage: int, array: int | None = None) -> np.ndarray:
        """Return the ADC codes of all rows, each driven with the largest code by itself.

        Of the weight that F reads, or of one of several arrays alone.
        """
        config = self.plan.stages[stage].config
        layout, number = reply_layout(self.plan), 0 if array is None else ALONE + array
        rows = []
        for row in range(config.inputs):
            head = {"stage": stage, "op": int(Op.READ), "row": row, "number": number}
            self.packets([head | {"code": 0, "last": 1}])
            codes: list[int] = []
            for _ in range(MOST_IDLE):
                items = self.get(Get.REPLY, config.outputs - len(codes))
                codes += [signed_field(layout, "code", item) for item in items]
                if len(codes) == config.outputs:
                    break
            else:
                raise LinkError(f"stage {stage}, row {row}: the board gives no answer")
            rows.append(codes)
        return np.array(rows)

    def read_weights(self, stage: int) -> np.ndarray:
        """Return the weights as finely as the converters show them.

        Shape (rows, columns), or where arrays are several (arrays, rows, columns).
        """
        (bar,) = make_grid(self.design, stage).flat
        unit, count = bar.adc_lsb / code_limit(bar.config.tile.dac.bits), len(bar.arrays)
        if count == 1:
            return np.asarray(self.read_codes(stage) * unit)
        return np.stack([self.read_codes(stage, array) for array in range(count)]) * unit

    def run(
        self,
        inputs: np.ndarray,
        labels: Iterable[int] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Run:
        """Train on samples, or infer, to the end of the run; return what came.

        Parameters
        ----------
        inputs
            Integers, shape (samples, inputs).
        labels
            Class of each; by default 0, for a machine that is frozen: there it changes nothing.
        progress
            Is told how many samples have their outputs.
        """
        mask = (1 << self.plan.first.digital_bits) - 1
        elements = [int(one) & mask for one in np.asarray(inputs).ravel()]
        labels = [0] * len(inputs) if labels is None else labels
        marks = [packed(label_layout(self.plan), {"label": int(n), "last": 0}) for n in labels]
        marks[-1] |= 1 << self.plan.last.label_bits
        pump = Pump(self, element_layout(self.plan.last), elements, marks)
        self.write("control", self.read("control") | 1)
        while not pump.whole:
            pump.turn()
            if progress is not None:
                progress(len(pump.run.outputs))
        for _ in range(MOST_IDLE):
            if self.read("status") & 1:
                return pump.run
        raise LinkError("the machine stands still after its last sample")
