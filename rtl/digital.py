"""What the digital units of a stage are built for: widths, shifts, rates, depths as integers."""

from dataclasses import dataclass, replace
from math import frexp

from models.converter import make_numerics
from models.design import Design
from models.error import DesignError
from models.layer.section import LinearLayer
from models.loss import target_levels
from models.rate import make_rates
from models.schedule import complete_schedule
from models.starting import code_worth
from models.tile import TileConfig, grid_config, tile_config
from rtl.dac import largest_shift
from rtl.transferring import TransferConfig, transfer_configs
from rtl.verilog import check_design


def coded(config: TileConfig) -> TileConfig:
    """Return a tile for vectors that are codes already, which its scaling leaves as they are."""
    bits = {"digital_bits": config.tile.dac.bits}
    return replace(config, tile=config.tile.model_copy(update=bits))


@dataclass(frozen=True)
class DigitalConfig:
    """One stage on a single tile in the hardware profile.

    Every power of two stands as its logarithm. Pairs hold what is used before and from sample
    `decay_from` on.
    """

    tile: TileConfig
    activation: str = "linear"
    fraction_bits: int = 10
    bias_fraction_bits: int = 12
    biased: bool = True
    sum_places: int = 0
    """An ADC code is worth 2^sum_places of a digital vector's units, times 2^exponent."""
    gains: tuple[int, int] = (0, 0)
    """Coincidences wanted per unit of |x| |d| in digital units; the bounds of the keys that they
    follow from keep them within 2^-127 and 2^72, so within the field of the tile's command."""
    bias_places: tuple[int, int] = (0, 0)
    """Change of the bias, in its own units, per unit of a digital error."""
    decay_from: int = 1 << 32
    x_depth: int = 1
    d_depth: int = 1
    backward: bool = True
    """Whether the stage runs B; where it does not, U is the first to read an error."""
    loss: str | None = None
    """Loss that the last stage starts the errors with; None at every other."""
    label_target: int = 1 << 10
    other_target: int = 0
    transfers: tuple[TransferConfig, ...] = ()
    """Those of the learning rule, in their order."""

    @property
    def inputs(self) -> int:
        """Elements of the vector that comes in."""
        return self.tile.rows

    @property
    def outputs(self) -> int:
        """Elements of the vector that goes out."""
        return self.tile.columns

    @property
    def label_bits(self) -> int:
        """Width of a class."""
        return max(1, (self.outputs - 1).bit_length())

    @property
    def digital_bits(self) -> int:
        """Width of a digital element."""
        return self.tile.tile.digital_bits

    @property
    def exponents(self) -> range:
        """Exponents that a scaled vector can have."""
        return range(largest_shift(self.tile) + 1)

    @property
    def bias_bits(self) -> int:
        """Width of a bias: that of a digital element in finer units."""
        return self.digital_bits + self.bias_fraction_bits


def _log2(value: float) -> int:
    """Return the logarithm of a power of two."""
    return frexp(value)[1] - 1


def _check(design: Design, stage: int) -> None:
    """Refuse what has no digital unit: grids of tiles, other layers than plain linear ones."""
    check_design(design)
    layer, tiles = design.layer[stage], len(grid_config(design, stage).flat)
    if tiles > 1:
        raise DesignError(
            f"tile.rows: digital units are written for one tile a layer, but layer.{stage} has "
            f"{tiles}"
        )
    if layer.normalise:
        raise DesignError(f"layer.{stage}.normalise: no digital unit in hardware normalises")
    if layer.dropout:
        raise DesignError(f"layer.{stage}.dropout: no digital unit in hardware drops outputs")


def digital_config(design: Design, stage: int, samples: int) -> DigitalConfig:
    """Return the digital units of a stage in a run over `samples` samples.

    Raises
    ------
    DesignError
        When the stage has a unit that is not built.
    """
    _check(design, stage)
    layer = design.layer[stage]
    assert isinstance(layer, LinearLayer)
    numerics = make_numerics(design)
    rates = make_rates(design, numerics, samples)
    rule = complete_schedule(design.schedule, design.stages)
    early, late = (_log2(value) for value in rates.amplitude[stage].tolist())
    bias, after = (_log2(value * numerics.bias_unit) for value in rates.bias.tolist())
    last = stage == design.stages - 1
    label, other = target_levels(layer.outputs, numerics, design.network.label_smoothing)
    assert isinstance(rule.S, tuple)
    assert isinstance(rule.Q, tuple)
    return DigitalConfig(
        tile=tile_config(design, stage),
        activation=layer.activation,
        fraction_bits=numerics.fraction_bits,
        bias_fraction_bits=_log2(numerics.bias_unit),
        biased=layer.bias,
        sum_places=_log2(code_worth(design.tile, layer.adc_full_scale) * layer.scale),
        gains=(early, late),
        bias_places=(bias, after),
        decay_from=rates.decay_from,
        x_depth=rule.S[stage],
        d_depth=rule.Q[stage],
        backward=stage > 0 or rule.first_stage_backward,
        loss=design.network.loss if last else None,
        label_target=int(label),
        other_target=int(other),
        transfers=transfer_configs(design),
    )
