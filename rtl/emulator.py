"""The emulated array of one tile: what a crossbar of `emulated` devices is, on an FPGA."""

from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from models.device.emulated import RATE_BITS, WEIGHT_BITS
from models.programming import DIGIT_BITS
from models.schedule import Op
from rtl.deadline import Deadline
from rtl.digit import DigitUnit
from rtl.emulation import EmulatedTile
from rtl.lane import Lane, product_bits, to_code
from rtl.layout import analog_members
from rtl.noise import NoiseSource
from rtl.stored import chosen, picked, rate_memory, read_before, seen, weight_memory


class Emulator(wiring.Component):
    """An array of R rows and C columns behind an analog port, equal to its model bit for bit.

    Or the arrays of a stage: F and B read their sum, U writes one of them, and a transfer reads one
    (READ, `attempt` 1 + its number) and writes one (TRANSFER, `attempt` 4 times it + sign phase). A
    host writes and reads each by itself, as `models.programming` says.

    Rows pass one after another, all columns at once. An op takes so many clocks, from the first in
    which it is shown to that at whose end its answer may be taken and the next op shown:

        F, READ    R + 5
        B          R + 5 + ceil(log2 C)
        U          R + 3 + sum over the rows of 2 max_j n_ij, n coincidences at device (i, j)
        PROGRAM    R + 3 + C + 1 for each row that is written

    With noise U takes two more for each row with a coincidence. Where its architectural cycles are
    fewer, `stall` makes up for them (:class:`rtl.deadline.Deadline`): no cycle of the machine
    depends on these clocks.

    Reset ends an op and returns the noise to update 0; the weights stay as they are, in their
    memory.

    Parameters
    ----------
    tile
        The tile in whole numbers, with the weights at the start.

    Members
    -------
    enable : ``In(1)``
        This clock ends an architectural cycle: no array stalls.
    stalls : ``Out(1)``
        As of :class:`rtl.deadline.Deadline`.

    The other members are those of the analog port, seen from the array; `y` is 0 but for the
    outputs of the last read.
    """

    def __init__(self, tile: EmulatedTile) -> None:
        self.tile = tile
        rows, columns = tile.config.rows, tile.config.columns
        #: Weights and rates of each array.
        self.weights = [weight_memory(own) for own in tile.weights]
        self.rates = [rate_memory(*two) for two in zip(tile.up_rates, tile.down_rates, strict=True)]
        self.lanes = [Lane(tile) for _ in range(columns)]
        self.deadline = Deadline(tile.config)
        #: Whether `stalls` says a clock ahead what `stall` will be.
        self.ahead = not self.deadline.at_once
        #: Take the next row; write the one that is left; how many are still to come.
        self.load, self.write, self.rest = Signal(), Signal(), Signal(range(rows + 1))
        #: An op is at work, begins, ends; there are rows to come.
        self.busy, self.begins, self.ends, self.some = (Signal() for _ in range(4))
        #: Devices of the row have coincidences left, are in a step's second clock, are written.
        self.waiting, self.second, self.turning = (Signal() for _ in range(3))
        #: The columns drive.
        self.backward = Signal()
        #: In clocks with `y_load` the answers of the columns, with `y_shift` one row's.
        self.y_load, self.y_shift = Signal(), Signal()
        super().__init__(
            {name: member.flip() for name, member in analog_members(tile.config).items()}
            | {"enable": In(1), "stalls": Out(1)}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.deadline = deadline = self.deadline
        for index, lane in enumerate(self.lanes):
            m.submodules[f"lane{index}"] = lane
        fresh, busy = deadline.fresh, self.busy
        m.d.comb += deadline.busies.eq(self.begins | (busy & ~self.ends))
        m.d.sync += busy.eq(deadline.busies)
        held = self.waiting | self.second | self.turning
        m.d.comb += self.load.eq(busy & self.some & ~held)
        for name in ("tag", "op", "bl", "enable"):
            m.d.comb += getattr(deadline, name).eq(getattr(self, name))
        m.d.comb += [self.stall.eq(deadline.stall), self.stalls.eq(deadline.stalls)]
        self._memories(m, busy)
        self._lines(m, fresh)
        ready, step = self._noise(m, fresh)
        self._answers(m, fresh)
        reading = Signal()
        drained = self._read(m, reading)
        with m.If(fresh):
            m.d.sync += [self.rest.eq(self.tile.config.rows), self.some.eq(1)]
            m.d.sync += self.backward.eq(self.op == Op.BACKWARD)
        with m.If(self.load):
            m.d.sync += [self.rest.eq(self.rest - 1), self.some.eq(self.rest != 1)]
        with m.FSM():
            with m.State("IDLE"), m.If(fresh), m.Switch(self.op):
                with m.Case(Op.UPDATE, Op.TRANSFER), m.If(self.bl != 0):
                    self._begin(m, "UPDATE")
                with m.Case(Op.PROGRAM):
                    self._begin(m, "PROGRAM")
                with m.Case(Op.FORWARD, Op.BACKWARD, Op.READ):
                    self._begin(m, "READ")
            with m.State("READ"):
                m.d.comb += reading.eq(1)
                with m.If(drained):
                    self._end(m)
            with m.State("UPDATE"):
                self._update(m, ready, step)
            with m.State("PROGRAM"):
                self._program(m)
        return m

    def _begin(self, m: Module, state: str) -> None:
        m.d.comb += self.begins.eq(1)
        m.next = state

    def _end(self, m: Module) -> None:
        m.d.comb += self.ends.eq(1)
        m.next = "IDLE"

    def _memories(self, m: Module, busy: Value) -> None:
        """Give the lanes a row in each clock with `load`, and write theirs with `write`.

        While idle, the first row is read again and again.
        """
        columns, rows = self.tile.config.columns, self.tile.config.rows
        place, fetch = Signal(range(rows + 1)), Signal(range(rows + 1))
        shown, row = Signal(range(rows)), Signal(range(rows))
        m.d.comb += place.eq(Mux(busy, fetch, 0))
        with m.If(self.load | ~busy):
            m.d.sync += [fetch.eq(place + 1), shown.eq(place), row.eq(shown)]
        weights, steps = [], []
        moved, alone, line = chosen(m, self.tile, self.op, self.attempt)
        for n, (own, rates) in enumerate(zip(self.weights, self.rates, strict=True)):
            m.submodules[f"weights{n}"], m.submodules[f"rates{n}"] = own, rates
            read = read_before(m, own, place, self.load | ~busy)
            pair, write = rates.read_port(), own.write_port()
            m.d.comb += [pair.addr.eq(place), pair.en.eq(self.load | ~busy)]
            m.d.comb += [
                write.addr.eq(row),
                write.en.eq(self.write & moved[n]),
                write.data.eq(Cat(lane.held for lane in self.lanes)),
            ]
            weights.append(data.View(data.ArrayLayout(signed(WEIGHT_BITS), columns), read))
            steps.append(data.View(data.ArrayLayout(RATE_BITS, 2 * columns), pair.data))
        for j, lane in enumerate(self.lanes):
            m.d.comb += [
                lane.load.eq(self.load),
                lane.weight.eq(picked(moved, [own[j] for own in weights])),
                lane.up_rate.eq(picked(moved, [own[2 * j] for own in steps])),
                lane.down_rate.eq(picked(moved, [own[2 * j + 1] for own in steps])),
            ]
            if self.tile.arrays > 1:
                m.d.comb += [
                    lane.seen.eq(seen(self.tile, alone, [own[j] for own in weights])),
                    lane.line.eq(line),
                ]

    def _lines(self, m: Module, fresh: Value) -> None:
        """Pass what the rows drive, row after row; the columns' is there all the time."""
        config = self.tile.config
        codes = Signal.like(self.x.as_value())
        words, signs = Signal.like(self.xw.as_value()), Signal(config.rows)
        dac, bl = config.tile.dac.bits, config.tile.update.bl
        together = Signal(bl)  # slots in which any column fires
        with m.If(fresh):
            m.d.sync += [codes.eq(self.x), words.eq(self.xw), signs.eq(self.xs)]
            m.d.sync += together.eq(reduce(or_, self.dw))
        with m.Elif(self.load):
            m.d.sync += [codes.eq(codes[dac:]), words.eq(words[bl:]), signs.eq(signs[1:])]
        #: The code of the row that the lanes hold.
        self.code = Signal(signed(dac))
        self.selected = codes[:dac].any()
        with m.If(self.load):
            m.d.sync += self.code.eq(codes[:dac])
            m.d.sync += self.waiting.eq((words[:bl] & together).any())
        for j, lane in enumerate(self.lanes):
            m.d.comb += [
                lane.word.eq(words[:bl] & self.dw[j]),
                lane.falling.eq(signs[0] ^ self.ds[j]),
                lane.code.eq(Mux(self.backward, self.d[j], self.code)),
                lane.clear.eq(fresh),
            ]

    def _answers(self, m: Module, fresh: Value) -> None:
        """Add up a row's products, level by level, and take the answers to `y`."""
        config, tile = self.tile.config, self.tile
        level: list[Value] = [lane.product for lane in self.lanes]
        while len(level) > 1:
            pairs = [level[n : n + 2] for n in range(0, len(level), 2)]
            width = product_bits(tile) + (config.columns - 1).bit_length()
            level = [Signal(signed(width), name=f"sum{len(pairs)}_{n}") for n in range(len(pairs))]
            for sum_, pair in zip(level, pairs, strict=True):
                m.d.sync += sum_.eq(sum(pair[1:], pair[0]))
        with m.If(fresh):
            m.d.sync += self.y.as_value().eq(0)
        with m.If(self.y_load):
            for j, lane in enumerate(self.lanes):
                m.d.sync += self.y[j].eq(lane.answer)
        with m.If(self.y_shift):
            m.d.sync += self.y[config.rows - 1].eq(to_code(tile, level[0]))
            for i in range(config.rows - 1):
                m.d.sync += self.y[i].eq(self.y[i + 1])

    def _read(self, m: Module, reading: Value) -> Value:
        """F and B: the lanes hold a row, then its products, then their sum grows; return the end.

        A bit passes for each row that is taken, and one for the last.
        """
        levels, last = (self.tile.config.columns - 1).bit_length(), self.load & (self.rest == 1)
        added, whole, shifted, all_shifted = (Signal(n) for n in (2, 3, 2 + levels, 3 + levels))
        with m.If(reading):
            m.d.sync += [
                added.eq(Cat(self.load & ~self.backward, added)),
                whole.eq(Cat(last & ~self.backward, whole)),
                shifted.eq(Cat(self.load & self.backward, shifted)),
                all_shifted.eq(Cat(last & self.backward, all_shifted)),
            ]
        m.d.comb += [self.y_load.eq(whole[-1]), self.y_shift.eq(shifted[-1])]
        m.d.comb += [lane.add.eq(added[-1]) for lane in self.lanes]
        return self.y_load | all_shifted[-1]

    def _noise(self, m: Module, fresh: Value) -> tuple[Value, Signal]:
        """Return whether a row's first numbers are there, and what asks for the next."""
        step = Signal()
        if not self.tile.noise_gain:
            return Const(1), step
        ready = Signal()
        source = NoiseSource(self.tile.config.columns, self.tile.noise_seed)
        m.submodules.noise = source
        age = Signal(range(3))
        with m.If(self.load):
            m.d.sync += age.eq(0)
        with m.Elif(~ready):
            m.d.sync += age.eq(age + 1)
        m.d.comb += [
            ready.eq(age == 2),
            source.start.eq(fresh & (self.op == Op.UPDATE)),
            source.again.eq(self.attempt != 0),
            source.load.eq(self.load),
            source.step.eq(step | (age == 1)),
        ]
        m.d.comb += [lane.ones.eq(source.ones[j]) for j, lane in enumerate(self.lanes)]
        return ready, step

    def _update(self, m: Module, ready: Value, step: Signal) -> None:
        """U: steps of a row until no coincidence is left, then the next row."""
        second, moved = self.second, Signal()
        with m.If(second):
            m.d.comb += [lane.move.eq(1) for lane in self.lanes]
            m.d.comb += step.eq(1)
            m.d.sync += second.eq(0)
            m.d.sync += self.waiting.eq(Cat(lane.more for lane in self.lanes).any())
        with m.Elif(self.waiting):
            m.d.sync += [second.eq(ready), moved.eq(1)]
        with m.Else():
            m.d.comb += self.write.eq(moved)
            m.d.sync += moved.eq(0)
            with m.If(~self.some):
                self._end(m)

    def _program(self, m: Module) -> None:
        """PROGRAM: the weights of a selected row pass the digit unit one after another."""
        columns = self.tile.config.columns
        m.submodules.digit = digit = DigitUnit(self.tile)
        column, turning, written = Signal(range(columns + 1)), self.turning, Signal()
        bits = self.tile.config.tile.dac.bits
        several = self.tile.arrays > 1
        m.d.comb += [
            digit.number.eq(self.attempt[:DIGIT_BITS] if several else self.attempt),
            digit.held.eq(self.lanes[0].held),
            digit.code.eq(self.d.as_value().word_select(column, bits)),
        ]
        above = [*(lane.held for lane in self.lanes[1:]), digit.result]
        m.d.comb += [lane.above.eq(one) for lane, one in zip(self.lanes, above, strict=True)]
        with m.If(turning):
            m.d.comb += [lane.turn.eq(1) for lane in self.lanes]
            m.d.sync += [column.eq(column + 1), turning.eq(column != columns), written.eq(1)]
        with m.Else():
            m.d.comb += self.write.eq(written)
            m.d.sync += [column.eq(0), turning.eq(self.load & self.selected), written.eq(0)]
            with m.If(~self.some):
                self._end(m)
