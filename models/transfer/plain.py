"""Transfers of one tile: the plain twin of `models.transfer.compiled`, equal bit for bit."""

from dataclasses import dataclass, replace

import numpy as np

from models.algorithm.base import Transfer
from models.converter import Vectors
from models.crossbar import Crossbar
from models.device.array import Booleans, Floats
from models.key import draw, extend, uniform
from models.lfsr import LfsrBank
from models.moving import moved
from models.number import Integers
from models.outer import outer_gain, outer_update
from models.periphery import drooped, read_codes
from models.pulse import WordArray, fires
from models.seed import COLUMNS
from models.spread import column_words, line_phases, pascal
from models.transfer.packed import Transferring, apart
from models.transfer.train import train


@dataclass(frozen=True)
class TileTransfers:
    """The transfers of one tile, with its digital memory and choppers, both changed in place.

    Parameters
    ----------
    bar
        The tile.
    number
        Its place among the tiles of `own`.
    transfers
        Those of the learning rule.
    own
        The same in numbers.
    memory
        Digital numbers, shape (T, rows, K, columns).
    chopper
        Sign of each row, +1 or -1.
    integer
        Whether the hardware profile runs.
    switches
        First sample after each phase of the warm start, changed from outside.
    collects
        Whether updates go to the digital memory, not to an array.
    """

    bar: Crossbar
    number: int
    transfers: tuple[Transfer, ...]
    own: Transferring
    memory: Vectors
    chopper: Vectors
    integer: bool
    switches: Integers
    collects: bool

    def chopped(self, x: Vectors) -> Vectors:
        """Return the inputs of an update with the choppers' signs."""
        return x * self.chopper if self.own.chop > 0.0 else x

    def collect(self, x: Vectors, d: Vectors, change: float) -> None:
        """Subtract an update's wanted coincidences from the memory of the first transfer."""
        self.memory[0, :, 0] -= (x * change)[:, None] * d[None, :]

    def at_work(self, t: int, sample: int) -> Transfer | None:
        """Return a transfer at a sample: in a warm start the first alone, to one target."""
        phase = int((self.switches <= sample).sum())
        if phase == len(self.own.warm):
            return self.transfers[t]
        return None if t else replace(self.transfers[0], targets=(int(self.own.warm[phase]),))

    def run(self, number: int, sample: int, rate: int) -> tuple[int, int, int]:
        """Execute a transfer, by its number; return lines, pulses and coincidences.

        `sample` is that of the last update; `rate` is 0 before and 1 after the decay of the rates.
        """
        update, t = divmod(number, len(self.transfers))
        transfer, lines, sent, steps = self.at_work(t, sample), 0, 0, 0
        if transfer is None:
            return lines, sent, steps
        first = ((update + 1) // transfer.every - 1) * transfer.columns
        for n in range(first, first + transfer.columns):
            found = self._line(t, transfer, n, rate)
            lines, sent, steps = lines + 1, sent + found[0], steps + found[1]
        return lines, sent, steps

    def _line(self, t: int, transfer: Transfer, n: int, rate: int) -> tuple[int, int]:
        row = n % self.bar.config.rows
        flip, memory, count = self._flips(n, row), self.memory[t, row], self.own.own
        constants, sign = self.own.constants[t, rate], float(self.chopper[row])
        for place, source in enumerate(transfer.sources):
            own = memory[1 + count * place : 1 + count * (place + 1)]
            codes = self.read(t, n, source)
            transfer.take(codes, memory[0], own, constants, sign, float(flip))
        wanted = np.zeros(self.bar.config.columns)
        transfer.give(memory[0], constants, wanted)
        if flip:
            self.chopper[row] = -self.chopper[row]
        return self._write(t, transfer, n, wanted, float(self.own.gain[t, rate]))

    def _array(self, array: int) -> Floats:
        """Return the weights of one array."""
        bar = self.bar
        return bar.weights if bar.cell is None else bar.cell.array_weights(bar.states, array)

    def read(self, t: int, n: int, source: int) -> Vectors:
        """Return the ADC codes of line `n` of an array, its row driven alone at full scale."""
        bar, own, p = self.bar, self.own, self.bar.periphery
        row = n % bar.config.rows
        matrix, codes = self._array(source), np.zeros((1, bar.config.rows))
        if p.wire:
            matrix = drooped(matrix, bar.devices.exponent, p.wire)
        codes[0, row] = own.limit
        keys = [np.array([extend(extend(key, n), source)]) for key in own.read_key[t, self.number]]
        grid, noise = bar.devices.grid, bar.noise
        drawn, inputs, rounding = keys
        found = read_codes(p, codes, matrix, (drawn, inputs, rounding), grid, own.lsb, noise)
        return np.asarray(found[0], np.float64)

    def _flips(self, n: int, row: int) -> bool:
        """Whether the chopper of a row flips after transfer line `n`."""
        if self.own.chop == 0.0:
            return False
        word = draw(extend(self.own.chop_key[self.number], n), row)
        return bool(uniform(word) < self.own.chop)

    def _words(self, t: int, n: int, limits: Integers, slots: int) -> WordArray:
        """Return the columns' words of transfer line `n`."""
        config, update = self.bar.config, self.bar.config.tile.update
        bits = update.comparator_bits
        if update.pulse_type == "lfsr":
            bank = LfsrBank(apart(config, t), COLUMNS)
            return fires(bank.numbers(n, slots), limits)
        if update.pulse_type == "deterministic":
            return column_words(limits, line_phases(pascal(n), len(limits), bits), slots, bits)
        keys = extend(extend(self.own.word_key[t, self.number], n), np.arange(len(limits)))
        words = draw(keys[None, :], np.arange(slots)[:, None]) >> np.uint64(64 - bits)
        return fires(words.astype(np.int64), limits)

    def _write(
        self, t: int, transfer: Transfer, n: int, wanted: Vectors, gain: float
    ) -> tuple[int, int]:
        """Write what is wanted of line `n`; return pulses and coincidences."""
        update = self.bar.config.tile.update
        if transfer.writes == "counts":
            counts = np.abs(wanted).astype(np.int64)
            sent = int(counts.sum())
        elif self.own.ideal:
            self._write_ideal(transfer, n, wanted, gain)
            return 0, 0
        else:
            slots, limits = train(update, wanted, gain, self.integer)
            counts = np.bitwise_count(self._words(t, n, limits, slots)).astype(np.int64)
            sent = int(counts.sum()) + slots
        self.step(t, transfer, n, counts, wanted > 0.0)
        return sent, int(counts.sum())

    def _chosen(self, transfer: Transfer, n: int) -> list[int]:
        """Return the devices that line `n` writes, of all targets."""
        return [number for target in transfer.targets for number in self.bar.chosen(n, target)]

    def step(self, t: int, transfer: Transfer, n: int, counts: Integers, up: Booleans) -> None:
        """Step the devices of line `n` in all targets by counts, up or down by column."""
        bar, key = self.bar, extend(self.own.key[t, self.number], n)
        row = n % bar.config.rows
        shape = (bar.config.rows, bar.config.columns)
        states = bar.states.reshape(-1, *shape)
        count, rising = np.zeros(shape, np.int64), np.zeros(shape, np.bool_)
        count[row], rising[row] = counts, up
        for number in self._chosen(transfer, n):
            devices, own = bar.members[number], extend(key, number)
            states[number] = moved(devices, states[number], count, rising, bar.aggregated, own)
        bar.settle(count > 0, n)

    def _write_ideal(self, transfer: Transfer, n: int, wanted: Vectors, gain: float) -> None:
        bar, one = self.bar, np.zeros(self.bar.config.rows)
        one[n % bar.config.rows] = 1.0
        change = outer_gain(gain, 1.0, 1.0, self.own.step)
        states = bar.states.reshape(-1, bar.config.rows, bar.config.columns)
        for number in self._chosen(transfer, n):
            own = bar.members[number]
            outer_update(states[number], own.w_min, own.w_max, own.exponent, one, -wanted, change)
        bar.settle((one != 0)[:, None] & (wanted != 0)[None, :], n)
