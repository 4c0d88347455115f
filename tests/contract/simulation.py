"""A tile controller in the Amaranth simulator, with a responder at its analog port."""

from collections.abc import Callable, Sequence

from amaranth.hdl import Value
from amaranth.sim import Simulator, SimulatorContext

from models.schedule import Op
from models.tile import TileConfig
from rtl.cosim.array import Array, answer
from rtl.cosim.packing import fields as split
from rtl.cosim.packing import unpack
from rtl.layout import drive_members, result_layout
from rtl.tile import TileController
from tests.bench import Account, Command, Go, Result, op_cycles
from tests.contract.array import IntegerArray


class Responder:
    """Array at the port: its answer stands in the one cycle that samples it, else garbage."""

    def __init__(self, config: TileConfig, array: Array | None) -> None:
        self.config = config
        self.array = array or IntegerArray(config)
        self.last = -1
        self.codes = 0

    def see(self, cycle: int, fields: dict[str, int]) -> None:
        """Take the port's values in the cycle of a `go`."""
        codes = answer(self.array, self.config, fields)
        if fields["op"] not in (Op.UPDATE, Op.PROGRAM):
            self.last = cycle + op_cycles(self.config, fields["op"], 0) - 1
            self.codes = codes

    def drive(self, cycle: int) -> int:
        """Return the packed codes of `cycle`."""
        bits = self.config.tile.adc.bits * self.config.lines
        garbage = (0x9E3779B97F4A7C15F39CC0605CEDC835 * (cycle + 1) ** 9) >> 7
        return self.codes if cycle == self.last else garbage & ((1 << bits) - 1)


def _result(config: TileConfig, cycle: int, word: int) -> Result:
    fields = result_layout(config)
    value = {key: word >> field.offset & ((1 << field.width) - 1) for key, field in fields}
    flags = tuple(split(value["clipped"], 1, config.lines))
    codes = unpack(value["y"], config.tile.adc.bits, config.lines)
    exponent = unpack(value["exponent"], fields["exponent"].width, 1)[0]
    return Result(cycle, value["op"], value["sample"], tuple(map(int, codes)), flags, int(exponent))


def payload(command: Command) -> dict[str, object]:
    """Return a command as stream `i` takes it."""
    return {
        "op": command.op,
        "sample": command.sample,
        "x": [int(value) for value in command.x],
        "d": [int(value) for value in command.d],
        "ex": command.ex,
        "ed": command.ed,
        "gain": command.gain,
    }


class Recorder:
    """Account of a run in architectural cycles, and every clock that broke the port's promises.

    `faults` holds wall clocks in which an output moved without a new tag, or anything was offered
    or accepted under stall.
    """

    def __init__(
        self,
        config: TileConfig,
        names: tuple[str, ...],
        commands: Sequence[Command],
        array: Array | None = None,
    ) -> None:
        self.config = config
        self.names = names
        self.gaps = [command.gap for command in commands]
        self.account = Account([], [], [])
        self.faults: list[int] = []
        self.cycle = self.clock = 0
        self.responder = Responder(config, array)
        self._shown: list[int] = [0] * len(names)

    @property
    def taken(self) -> int:
        """Number of commands accepted."""
        return len(self.account.accepted)

    @property
    def offering(self) -> bool:
        """Whether a command is offered in this cycle."""
        if self.taken == len(self.gaps):
            return False
        since = self.account.accepted[-1] + 1 if self.taken else 0
        return self.cycle >= since + self.gaps[self.taken]

    def answer(self, stall: bool) -> int:
        """Return what stands at `y` in this clock; garbage under stall."""
        return self.responder.drive(-2 - self.clock if stall else self.cycle)

    def record(self, stall: bool, ready: bool, seen: Sequence[int]) -> None:
        """Take what was seen in one clock."""
        *shown, accepting, valid, payload = seen
        fields = dict(zip(self.names, shown, strict=True))
        if shown != self._shown:
            if fields["tag"] == self._shown[0]:
                self.faults.append(self.clock)
            self.account.goes.append(Go(self.cycle, fields))
            self.responder.see(self.cycle, fields)
            self._shown = list(shown)
        if stall:
            if accepting or valid:
                self.faults.append(self.clock)
        else:
            if accepting and self.offering:
                self.account.accepted.append(self.cycle)
            if valid and ready:
                self.account.results.append(_result(self.config, self.cycle, payload))
            self.cycle += 1
        self.clock += 1


def simulate(
    config: TileConfig,
    commands: Sequence[Command],
    cycles: int,
    ready: Callable[[int], bool] = lambda cycle: True,
    stalled: Callable[[int], bool] = lambda clock: False,
    array: Array | None = None,
) -> Recorder:
    """Run `commands` for `cycles` architectural cycles; return what the ports did.

    Parameters
    ----------
    ready
        Whether the consumer of `o` takes a result in an architectural cycle.
    stalled
        Whether the array stalls in a wall clock.
    array
        What answers at the port; by default integer weights.
    """
    dut = TileController(config)
    drive = drive_members(config)
    watched = [Value.cast(getattr(dut, name)) for name in drive]
    watched += [dut.i.ready, dut.o.valid, dut.o.payload.as_value()]
    recorder = Recorder(config, tuple(drive), commands, array)

    async def bench(ctx: SimulatorContext) -> None:
        given = None
        while recorder.cycle < cycles:
            stall, offering = stalled(recorder.clock), recorder.offering
            if offering and given != recorder.taken:
                given = recorder.taken
                ctx.set(dut.i.payload, payload(commands[given]))
            ctx.set(dut.i.valid, offering)
            ctx.set(dut.o.ready, ready(recorder.cycle))
            ctx.set(dut.stall, stall)
            ctx.set(Value.cast(dut.y), recorder.answer(stall))
            _, _, *seen = await ctx.tick().sample(*watched)
            recorder.record(stall, ready(recorder.cycle), seen)

    simulator = Simulator(dut)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    return recorder
