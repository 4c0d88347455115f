"""What the transfers of a stage are built for: counts and gains as integers."""

from dataclasses import dataclass
from math import frexp

from models.algorithm.digest import give_all, give_pulses, take_all
from models.algorithm.tiki_taka_2 import take as collect
from models.design import Design
from models.error import DesignError
from models.transfer.packed import units

#: Bits of a number that collects what was read; it never comes near its ends: a code adds less than
#: 2^(adc bits + places), a transfer takes out what exceeds a pulse.
COLLECTED_BITS = 40


@dataclass(frozen=True)
class TransferConfig:
    """One transfer of a stage on one tile.

    Of a stochastic train (`most` 0), `gains` are the logarithms of the coincidences that a code
    asks for, before and after the decay of the rates; of counted pulses those of the pulses that a
    code adds to what is collected, and no more than `most` are given at once.
    """

    every: int
    columns: int
    gains: tuple[int, int]
    most: int = 0

    @property
    def counted(self) -> bool:
        """Whether whole pulses are counted."""
        return self.most > 0

    @property
    def places(self) -> int:
        """Binary places of what is collected, in pulses."""
        return max(0, -min(self.gains))


def check_transfers(design: Design) -> None:
    """Refuse transfers that no unit in hardware makes.

    Raises
    ------
    DesignError
        With one sentence that names the key.
    """
    found, rule = design.arrangement, design.algorithm.name
    known = {(take_all, give_all), (collect, give_pulses)}
    for one in found.transfers:
        if (one.take, one.give) not in known or not one.sources or found.chop or one.memory:
            raise DesignError(
                f"algorithm.name: the digital steps of {rule}'s transfers are not built in "
                "Verilog; those of tiki-taka, residual, multi-tile and tiki-taka-2 are"
            )
        if one.most > design.tile.update.bl:
            raise DesignError(
                f"algorithm.transfer_bl: the pulse words of {design.tile.update.bl} slots have no "
                f"room for {one.most} pulses; raise tile.update.bl"
            )
    if found.views > 1 or found.collects:
        raise DesignError(f"algorithm.name: Verilog is written for one view of W, not for {rule}")
    if found.warm:
        raise DesignError("algorithm.warm_start: the transfers in Verilog have no warm start")


def _log2(value: float) -> int:
    """Return the logarithm of a power of two."""
    return frexp(value)[1] - 1


def transfer_configs(design: Design) -> tuple[TransferConfig, ...]:
    """Return the transfers of each stage of a design.

    Raises
    ------
    DesignError
        See `check_transfers`.
    """
    check_transfers(design)
    early, late = (units(design, decay) for decay in (1.0, design.algorithm.lr_decay))
    return tuple(
        TransferConfig(
            one.every,
            one.columns,
            (_log2(one.constants(early)[1]), _log2(one.constants(late)[1]))
            if one.writes == "counts"
            else (_log2(one.gain(early)), _log2(one.gain(late))),
            one.most,
        )
        for one in design.arrangement.transfers
    )
