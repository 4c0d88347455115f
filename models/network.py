"""The network of a design: layers with drawn devices, their rates, and its evaluation."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.checkpoint import programmed, read_checkpoint
from models.converter import (
    Numerics,
    Scaling,
    Vectors,
    largest_elements,
    make_numerics,
    noise_decay,
    running_average,
    scale_input,
)
from models.crossbar import Crossbar
from models.data import Dataset, Images
from models.design import Design
from models.device.array import Floats
from models.error import DesignError
from models.frozen import beside_adapters, drawn_base
from models.grid import TileGrid
from models.layer.check import inputs_sentence
from models.layer.linear import Linear
from models.layer.part import DownPart, frozen_columns, layer_numbers
from models.layer.passed import Ints, Read
from models.layer.section import LstmLayer
from models.layer.unit import Unit, first_bias, make_unit
from models.loss import Labels, mean_loss
from models.periphery import DAC_ROUNDING, dither
from models.rate import Rates, make_rates
from models.schedule import Op
from models.seed import check_seeds
from models.starting import make_crossbar
from models.tile import grid_config

#: Images read at once in an evaluation; bounds memory, not the result.
EVALUATION_BATCH = 2048
#: The same for vectors of a layer that has several an image.
EVALUATION_VECTORS = 1 << 15


#: Weights, bias and learned gain of a layer.
Held = tuple[Floats, Vectors, Vectors]


@dataclass(frozen=True)
class Network:
    """Layers first to last, with what they share."""

    design: Design
    layers: tuple[Linear, ...]
    units: tuple[Unit, ...]
    """What stands around the tiles of each layer."""
    numerics: Numerics
    rates: Rates
    levels: Vectors
    """Digital value of each of the 256 pixel values."""

    @property
    def dac_bits(self) -> int:
        """Width of the input codes."""
        return self.design.tile.dac.bits

    def inputs(self, pixels: npt.NDArray[np.uint8]) -> Vectors:
        """Return images as digital vectors, shape (n, pixels)."""
        return np.asarray(self.levels[pixels])

    def encode(
        self,
        vectors: Vectors,
        stage: int,
        op: Op,
        samples: Labels,
        place: Labels | int = 0,
        averages: Vectors | None = None,
    ) -> tuple[Vectors, Vectors, Vectors]:
        """Return input codes and factors of digital vectors, and the running averages after them.

        Every block of lines that a row (B: column) of tiles drives has a factor and an average of
        its own, and is scaled and rounded by itself.

        Parameters
        ----------
        stage, op
            Whose DACs: the rows of the stage's tiles (F, evaluation) or their columns (B).
        samples, place
            Keys of a stochastic rounding, shape (n,): the vectors' numbers; `place` tells those of
            an evaluation apart.
        averages
            Running average of the largest inputs of each block before these; negative: nothing
            seen yet. An evaluation reads it only.

        Returns
        -------
        codes, factors, averages
            Of shapes (n, lines), (n, blocks) and (blocks,).
        """
        grid = self.layers[stage].grid
        backward = op == Op.BACKWARD
        parts = grid.config.column_parts if backward else grid.config.row_parts
        tiles = grid.tiles[0] if backward else tuple(row[0] for row in grid.tiles)
        codes, factors = np.empty_like(vectors), np.empty((len(vectors), len(parts)))
        after = np.full(len(parts), -1.0) if averages is None else np.array(averages)
        for block, (part, tile) in enumerate(zip(parts, tiles, strict=True)):
            codes[:, part], factors[:, block], after[block] = self._encode_block(
                vectors[:, part], tile, op, samples, place, float(after[block])
            )
        return codes, factors, after

    def _encode_block(
        self,
        vectors: Vectors,
        bar: Crossbar,
        op: Op,
        samples: Labels,
        place: Labels | int,
        average: float,
    ) -> tuple[Vectors, Vectors, float]:
        tile = self.design.tile
        rounding = averages = None
        if self.numerics.scaling == Scaling.AVERAGE:
            largest = largest_elements(vectors)
            if op != Op.EVAL:
                averages = running_average(average, largest, noise_decay(tile))
                average = float(averages[-1])
            elif average >= 0.0:
                averages = np.full(len(vectors), average)
        if tile.dac.rounding == "stochastic":
            keys = bar.keys(DAC_ROUNDING + op, samples, place)
            rounding = dither(keys, vectors.shape[1])
        codes, factor = scale_input(vectors, self.numerics, tile, rounding, averages)
        return codes, factor, average

    def evaluate(
        self,
        images: Images,
        updates: int,
        weights: tuple[Held, ...],
        averages: tuple[Vectors, ...] | None = None,
    ) -> tuple[float, float]:
        """Return loss and accuracy on `images` of the network holding `weights`.

        Parameters
        ----------
        updates
            Updates that the weights have seen; with the image's place it keys the read noise.
        weights
            Weights, bias and learned gain of each layer.
        averages
            Running average of each layer's blocks of inputs, where noise management has one.
        """
        held = averages or (None,) * len(self.layers)
        layers = [layer.holding(*own) for layer, own in zip(self.layers, weights, strict=True)]
        loss, right, kind = 0.0, 0, self.design.network.loss
        smoothing = self.design.network.label_smoothing
        reads = max(unit.reads for unit in self.units)
        batch = min(EVALUATION_BATCH, max(1, EVALUATION_VECTORS // reads))
        for first in range(0, len(images), batch):
            labels = images.labels[first : first + batch]
            value = self.inputs(images.pixels[first : first + batch])
            z = value
            for stage, (unit, layer) in enumerate(zip(self.units, layers, strict=True)):
                read = self._reader(stage, layer, updates, first, held[stage])
                z, value, _, _ = unit.forward(value, read)
            loss += mean_loss(z, value, labels, kind, self.numerics, smoothing) * len(labels)
            right += int((value.argmax(axis=1) == labels).sum())
        return loss / len(images), right / len(images)

    def _reader(
        self, stage: int, layer: Linear, updates: int, first: int, average: Vectors | None
    ) -> Read:
        """Return how an evaluation reads a layer; `first` is the place of its first image.

        A vector's place is that of its image times the vectors an image, plus its own.
        """
        reads = self.units[stage].reads

        def read(vectors: Vectors, places: Ints) -> Vectors:
            images = first + np.arange(len(vectors))
            place = (images[:, None] * reads + places[None, :]).ravel()
            flat, keys = vectors.reshape(len(place), -1), np.full(len(place), updates)
            codes, factor, _ = self.encode(flat, stage, Op.EVAL, keys, place, average)
            z, _ = layer.pre_activation(codes, factor, keys, Op.EVAL, place)
            return z.reshape(len(vectors), len(places), -1)

        return read


def input_levels(peak: int, numerics: Numerics, zero: int = 0) -> Vectors:
    """Return the digital value of each pixel value 0..255; `zero` + `peak` stands for 1.0."""
    levels = (np.arange(256.0) - zero) * numerics.unit / peak
    return np.rint(levels) if numerics.integer else levels


def check_data(design: Design, data: Dataset) -> None:
    """Refuse data that the network cannot take.

    Raises
    ------
    DesignError
        With one sentence that names the key.
    """
    inputs, last = design.layer[0].inputs, len(design.layer) - 1
    for images in (data.train, data.test):
        pixels = images.pixels.shape[1]
        if inputs != pixels:
            raise DesignError(inputs_sentence(design.layer[0], pixels))
    if design.layer[last].outputs < data.classes:
        raise DesignError(
            f"layer.{last}.outputs: {design.layer[last].outputs}, but the data have "
            f"{data.classes} classes"
        )


def make_grid(design: Design, stage: int) -> TileGrid:
    """Return the drawn tiles of a stage.

    Raises
    ------
    DesignError
        When an ADC code would be finer than the grid of a tile's exact sums, or a tile's registers
        are too short.
    """
    part, config = design.parts[stage], grid_config(design, stage)
    device = design.device.model_copy(update={"cell": design.cell})
    number = layer_numbers(design.layer)[stage]
    for tile in config.flat:
        check_seeds(tile, number)
    return TileGrid(
        tuple(
            tuple(
                make_crossbar(
                    tile, device, part.omega, part.adc_full_scale, number, design.arrangement
                )
                for tile in row
            )
            for row in config.tiles
        )
    )


def _started(design: Design, layers: list[Linear]) -> list[Linear]:
    """Return the layers with their devices written with the weights of `network.start`."""
    values = read_checkpoint(Path(design.network.start or ""))
    if len(values) == len(design.layer) < len(layers):
        values = beside_adapters(design.parts, values, layers)
    if len(values) != len(layers):
        raise DesignError(
            f"network.start: the checkpoint has {len(values)} layers, the network {len(layers)}"
        )
    pairs = zip(layers, values, strict=True)
    return [programmed(layer, own, stage) for stage, (layer, own) in enumerate(pairs)]


def make_network(design: Design, data: Dataset, samples: int) -> Network:
    """Return the network of a design, drawn from the seed, for a run over `samples` samples.

    Raises
    ------
    DesignError
        When the data do not fit the network, or the registers not the tiles.
    """
    check_data(design, data)
    numerics = make_numerics(design)
    layers = []
    for stage, part in enumerate(design.parts):
        grid, bias = make_grid(design, stage), first_bias(part, numerics)
        activation = "linear" if isinstance(part, LstmLayer) else part.activation
        own = (part.bias, numerics, np.ones(len(bias)), part.normalise, frozen_columns(part))
        base = None
        if isinstance(part, DownPart) and part.digital:
            base = drawn_base(part, grid.config.flat[0], numerics)
        layers.append(Linear(grid, part.scale, activation, bias, *own, base))
    if design.network.start is not None:
        layers = _started(design, layers)
    pairs = zip(design.parts, layers, strict=True)
    units = tuple(make_unit(part, numerics, layer.base) for part, layer in pairs)
    rates, levels = (
        make_rates(design, numerics, samples),
        input_levels(data.peak, numerics, data.zero),
    )
    return Network(design, tuple(layers), units, numerics, rates, levels)


def is_exact(network: Network) -> bool:
    """Whether the network runs without devices and converters (digital SGD)."""
    return network.numerics.scaling == Scaling.EXACT
