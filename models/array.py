"""A tile on the compiled kernels, by itself: what benchmarks and users of one array call."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from models.coincidence import pulse_update, step_row
from models.crossbar import Crossbar
from models.device.kind import WRITE, device_key
from models.key import extend, fold
from models.moving import update_key
from models.number import Integers
from models.periphery import ADC_ROUNDING, INPUT_NOISE
from models.pulse import PulseWords
from models.read import add_input_noise, attempt_keys, convert, drooped, read_vector, spread_of
from models.schedule import Op
from models.settling import Writing, settle
from models.stepping import make_rule

Packed = Any
#: Vectors from which on a matrix product is faster than sums one vector at a time.
PRODUCT = 10


@njit(cache=True)
def _read_each(
    p: Packed,
    weights: Packed,
    transposed: bool,
    codes: Packed,
    key: Packed,
    constants: Packed,
    out: Packed,
) -> None:
    """Read vector after vector; `key` is (tile keys, samples, attempts)."""
    tile_keys, samples, attempts = key
    grid, adc_lsb, noise = constants
    work, sums = np.empty(codes.shape[1]), np.empty(out.shape[1])
    for n in range(len(codes)):
        keys = attempt_keys(tile_keys, samples[n], attempts[n])
        read_vector(p, weights, transposed, codes[n], work, keys, grid, adc_lsb, noise, sums)
        out[n] = sums


@njit(cache=True)
def _add_noise(p: Packed, codes: Packed, key: Packed) -> None:
    """Add the lines' noise to vectors in place."""
    tile_keys, samples, attempts = key
    for n in range(len(codes)):
        keys = attempt_keys(tile_keys, samples[n], attempts[n])
        add_input_noise(codes[n], keys[1], p.input_noise, codes[n])


@njit(cache=True)
def _convert(
    p: Packed, sums: Packed, driven: Packed, key: Packed, constants: Packed, out: Packed
) -> None:
    """Convert the sums of vectors."""
    tile_keys, samples, attempts = key
    grid, adc_lsb, noise = constants
    for n in range(len(sums)):
        keys = attempt_keys(tile_keys, samples[n], attempts[n])
        spread = spread_of(p, driven[n], noise)
        convert(p, sums[n], out[n], (keys[0], keys[2]), grid, adc_lsb, spread)


@njit(cache=True, error_model="numpy")
def _settle(
    weights: Packed, held: Packed, planes: Packed, xw: Packed, dw: Packed, writing: Packed
) -> None:
    """Call `settle` from outside compiled code."""
    settle(weights, held, planes, xw, dw, writing)


class CompiledArray:
    """One tile on compiled kernels; with `exact` the bits are those of its plain twin.

    Parameters
    ----------
    crossbar
        The tile; its weights are read as they are at each call, and updated in place.
    exact
        Sum in float64, where every sum is exact. Otherwise batches are summed in float32, about
        twice as fast, and their bits depend on the library, the batch and its threads.
    """

    def __init__(self, crossbar: Crossbar, exact: bool = True) -> None:
        self.crossbar, self.exact = crossbar, exact
        self._periphery = crossbar.periphery
        self._constants = (crossbar.devices.grid, crossbar.adc_lsb, float(crossbar.noise))
        self._planes = [own.by_rows() for own in crossbar.members]
        self._rules = [make_rule(own, crossbar.aggregated) for own in crossbar.members]
        self._keys: dict[int, npt.NDArray[np.uint64]] = {}
        self._buffers: dict[str, npt.NDArray[Any]] = {}

    def _tile_keys(self, op: int) -> npt.NDArray[np.uint64]:
        if op not in self._keys:
            config, kinds = self.crossbar.config, (op, INPUT_NOISE + op, ADC_ROUNDING + op)
            found = [fold(config.seed, config.index, kind) for kind in kinds]
            self._keys[op] = np.array(found, np.uint64)
        return self._keys[op]

    def _read(
        self,
        x: npt.ArrayLike,
        transposed: bool,
        samples: npt.ArrayLike,
        op: int,
        attempt: npt.ArrayLike,
    ) -> Integers:
        p, bar = self._periphery, self.crossbar
        weights = drooped(bar.weights, bar.devices.exponent, p.wire) if p.wire else bar.weights
        places = np.asarray(samples, np.uint64)
        attempts = np.broadcast_to(np.asarray(attempt, np.uint64), places.shape)
        key = (self._tile_keys(op), places, attempts)
        out = np.empty((len(places), weights.shape[0 if transposed else 1]), np.int64)
        if len(out) < PRODUCT:
            codes = np.ascontiguousarray(x, np.float64)
            _read_each(p, weights, transposed, codes, key, self._constants, out)
            return out
        matrix = weights
        if self.exact:
            matrix = self._buffer("matrix", weights.shape)
            matrix[...] = weights
        codes = np.ascontiguousarray(x, matrix.dtype)
        if p.input_noise:
            driven = self._buffer("driven", codes.shape)
            driven[...] = codes
            _add_noise(p, driven, key)
            codes = driven
        sums = self._buffer("sums", out.shape)
        np.matmul(codes, matrix.T if transposed else matrix, out=sums)
        _convert(p, sums, codes, key, self._constants, out)
        return out

    def _buffer(self, name: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        """Return scratch of a call, the last one's where it has the size: fresh memory is slow."""
        found = self._buffers.get(name)
        if found is None or found.shape != shape:
            found = np.empty(shape, np.float64 if self.exact else np.float32)
            self._buffers[name] = found
        return found

    def forward(
        self,
        x: npt.ArrayLike,
        samples: npt.ArrayLike,
        op: Op = Op.FORWARD,
        attempt: npt.ArrayLike = 0,
    ) -> Integers:
        """Drive the rows with codes `x`, shape (n, rows); return column codes, (n, columns).

        See `models.crossbar.Crossbar.forward`.
        """
        return self._read(x, False, samples, int(op), attempt)

    def backward(
        self,
        d: npt.ArrayLike,
        samples: npt.ArrayLike,
        op: Op = Op.BACKWARD,
        attempt: npt.ArrayLike = 0,
    ) -> Integers:
        """Drive the columns with codes `d`, shape (n, columns); return row codes, (n, rows)."""
        return self._read(d, True, samples, int(op), attempt)

    def update(self, words: PulseWords, sample: int) -> int:
        """Apply one rank-1 pulsed update to the weights; return the number of coincidences.

        See `models.crossbar.Crossbar.update`.
        """
        bar, config = self.crossbar, self.crossbar.config
        lines = (words.xw, words.xs, words.dw, words.ds)
        states, steps = bar.states.reshape(-1, config.rows, config.columns), 0
        for number in bar.chosen(sample):
            own = device_key(config.seed, config.index, Op.UPDATE, number)
            planes, rule = self._planes[number], self._rules[number]
            key = update_key(bar.members[number], own, sample)[()]
            steps = int(pulse_update(states[number], planes, step_row(), rule, *lines, key))
        if bar.cell is not None:
            bar.weights[...] = bar.cell.combine(bar.states)
        elif bar.held is not None:
            key = extend(fold(config.seed, config.index, WRITE), sample)[()]
            writing = Writing(np.float32(bar.write_noise), bar.devices.exponent, key)
            _settle(bar.weights, bar.held, self._planes[0], words.xw, words.dw, writing)
        return steps
