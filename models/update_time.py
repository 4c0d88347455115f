"""Mean time of a sample's update under a learning rule: analog time, then digital operations.

An update waits for its pulses, for its share of the transfers, and for the digital unit of its tile
(Rasch et al., Nat. Commun. 15:7133, 2024, Table 1 and Methods). Here all of it is a mean, for data
that use `slots` of a pulse train on average; the clock counts whole ops.
"""

from fractions import Fraction
from typing import NamedTuple

from models.algorithm.base import Arrangement, Transfer
from models.tile import TileConfig
from models.timing import forward_cycles


class UpdateTime(NamedTuple):
    """Mean cycles of one update: pulses and reads of transfers, and digital work."""

    analog_cycles: float
    digital_cycles: float
    operations: float

    @property
    def cycles(self) -> float:
        """Both, one after the other."""
        return self.analog_cycles + self.digital_cycles


def update_operations(config: TileConfig, arrangement: Arrangement) -> Fraction:
    """Return the mean digital operations of an update, with its share of the transfers."""
    lines, devices = config.rows + config.columns, config.rows * config.columns
    own = lines * arrangement.update_work.operations + devices * arrangement.dense_work.operations
    shares = (
        Fraction(one.columns, one.every) * config.columns * one.work.operations
        for one in arrangement.transfers
    )
    return own + sum(shares, Fraction(0))


def _transfer_cycles(config: TileConfig, transfer: Transfer, pulses: float) -> float:
    """Return the mean cycles of a line: its read, and a write of so many slots."""
    slots = transfer.most if transfer.writes == "counts" else pulses
    read = forward_cycles(config) if transfer.sources else 0
    return read + config.timing.load_cycles + slots * config.timing.pulse_cycles


def update_time(
    config: TileConfig, arrangement: Arrangement, slots: float, phases: int | None = None
) -> UpdateTime:
    """Return the mean time of one update of a tile.

    Parameters
    ----------
    config
        The tile; `timing.digital_rate` says how fast its digital unit is, None that it is hidden.
    arrangement
        The learning rule's.
    slots
        Mean slots of a pulse train, of an update's and of a written one (l_avg). A write of counts
        takes the most pulses it has room for.
    phases
        Sign phases of an update; by default the design's. Rasch et al. describe 2 and compute
        Table 1 with 1. A transfer's write has one.
    """
    count = config.tile.update.phases if phases is None else phases
    timing, analog = config.timing, 0.0
    if not arrangement.collects:
        analog = timing.load_cycles + count * slots * timing.pulse_cycles
    for one in arrangement.transfers:
        analog += _transfer_cycles(config, one, slots) * one.columns / one.every
    operations = float(update_operations(config, arrangement))
    rate = timing.digital_rate
    return UpdateTime(analog, 0.0 if rate is None else operations / rate, operations)


def shared_sample_time(
    reads: float, update: float, rest: float, replicas: int, version: int
) -> float:
    """Return the mean time of a sample of a mini-batch that `replicas` share out.

    Replicas read side by side. In version 1 they update one array, sample after sample; in version
    2 each has its own (Jimenez Gallo & del Alamo, Multi_Tile_TikiTaka). `reads` and `update` are
    those of a sample alone, `rest` what is not shared.
    """
    return reads / replicas + update / (1 if version == 1 else replicas) + rest
