"""Memory that a training takes on this computer, and that its stashes take in the machine."""

from dataclasses import asdict, dataclass, fields

from models.data import Dataset
from models.design import Design
from models.layer.lstm import KEPT
from models.layer.section import LstmLayer
from models.network import EVALUATION_BATCH, EVALUATION_VECTORS
from models.starting import make_crossbar
from models.tile import TileConfig
from models.work import base_sizes
from sim.system import System

#: Python with the libraries of `train`, its report among them, as measured; no compilation.
LIBRARIES = 255_000_000
_REAL = 8
#: Arrays of a batch that an evaluation holds at once, about.
_BATCHES = 6
#: Lines of the tile on which the bytes of a device are counted.
_SIDE = 8


@dataclass(frozen=True)
class Footprint:
    """Bytes of a training's arrays, by what they hold.

    `weights`: weights, states and parameters of all devices, which are drawn, then packed.
    `stashes`: what stages keep of samples in flight. `staging`: a batch of an evaluation, and what
    the last stage gave since the one before. `data`: images and labels.
    """

    weights: int
    stashes: int
    staging: int
    data: int

    @property
    def total(self) -> int:
        """All of them."""
        return sum(asdict(self).values())

    @classmethod
    def parts(cls) -> tuple[str, ...]:
        """Return the names of the parts."""
        return tuple(field.name for field in fields(cls))


def weight_bytes(design: Design) -> int:
    """Return the bytes of all weights and devices as they are packed, counted on a small tile."""
    device = design.device.model_copy(update={"cell": design.cell})
    tile = TileConfig(_SIDE, _SIDE, design.tile, design.timing)
    bar = make_crossbar(tile, device, design.parts[0].omega, 1e9, arrangement=design.arrangement)
    one = (bar.weights if bar.views is None else bar.views).nbytes
    one += sum(own.by_rows().nbytes for own in bar.members)
    one += 0 if bar.held is None else bar.states.nbytes
    transfers = design.arrangement.transfers
    kept = max((transfer.memory for transfer in transfers), default=0)
    kept *= max((len(transfer.sources) for transfer in transfers), default=0)
    one += len(transfers) * (1 + kept) * _REAL * _SIDE**2
    exact = _REAL * sum(base_sizes(design))
    return exact + sum(layer.rows * layer.columns for layer in design.parts) * one // _SIDE**2


def stash_bytes(design: Design, system: System) -> int:
    """Return the bytes of what is kept of samples in flight: `x`, `d`, `value`, `slope`, ..."""
    total, below = 0, design.parts[0].inputs
    for layer, S, Q in zip(design.parts, system.rule.S, system.rule.Q, strict=True):
        total += S * (layer.rows * layer.reads + layer.inputs + below)
        total += Q * layer.columns * layer.errors
        if isinstance(layer, LstmLayer):
            total += S * KEPT * layer.outputs * layer.reads + Q * 2 * layer.outputs
        elif layer.kind in ("down", "up"):
            total += Q * (layer.outputs - (layer.columns if layer.kind == "down" else 0))
        below = layer.elements
    return _REAL * total


def stash_bits(design: Design, depths: tuple[tuple[int, ...], tuple[int, ...]]) -> int:
    """Return the bits of stashes of these depths, S and Q, in the machine: codes of the DACs."""
    S, Q = depths
    codes = sum(
        s * layer.rows * layer.reads + q * layer.columns * layer.errors
        for layer, s, q in zip(design.parts, S, Q, strict=True)
    )
    return codes * design.tile.dac.bits


def footprint(design: Design, system: System, data: Dataset, interval: int) -> Footprint:
    """Return the bytes of a training's arrays, `interval` samples between two evaluations."""
    reads = max(layer.reads for layer in design.parts)
    widest = max(max(layer.rows, layer.columns) * layer.reads for layer in design.parts)
    batch = min(len(data.test), EVALUATION_BATCH, max(1, EVALUATION_VECTORS // reads))
    logits = (interval + system.rule.S[0] + 1) * design.parts[-1].columns
    images = (data.train, data.test)
    return Footprint(
        weights=2 * weight_bytes(design),
        stashes=stash_bytes(design, system),
        staging=_REAL * (_BATCHES * batch * widest + logits),
        data=sum(one.pixels.nbytes + one.labels.nbytes for one in images),
    )
