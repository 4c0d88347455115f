"""What a tile must satisfy for its adapters; each failure is one sentence that names the key."""

from models.error import DesignError
from models.tile import TileConfig
from models.timing import (
    approximation_cycles,
    phase_cycles,
    read_cycles,
    update_cycles,
)


def _check_reads(config: TileConfig) -> None:
    timing = config.timing
    for key, constant, outputs in (
        ("forward_cycles", timing.forward_cycles, config.columns),
        ("backward_cycles", timing.backward_cycles, config.rows),
    ):
        needed = read_cycles(config, outputs)
        if constant is not None and constant < needed:
            raise DesignError(
                f"timing.{key}: {constant} cycles are too few for a read that loads, drives, "
                f"settles and converts {outputs} outputs in {needed}"
            )


def _check_updates(config: TileConfig) -> None:
    constant, phases = config.timing.update_cycles, config.tile.update.phases
    if constant is None:
        return
    width = update_cycles(config) // phases
    needed = config.timing.load_cycles + phase_cycles(config, None)
    if width < needed:
        parts = "phase that" if phases == 1 else "phases, the first of which"
        raise DesignError(
            f"timing.update_cycles: {constant} cycles are too few for an update in {phases} sign "
            f"{parts} loads and pulses in {needed}"
        )


def check_adapter(config: TileConfig) -> None:
    """Refuse a tile whose cycles are too short for the adapters, or whose converters are others.

    Raises
    ------
    DesignError
        With one sentence that names the key.
    """
    adc = config.tile.adc
    if adc.bank is not None:
        raise DesignError(
            "tile.adc.bank: the adapters of a tile have converters of their own; leave it out"
        )
    if adc.lower != 1.0:
        raise DesignError(
            f"tile.adc.lower: successive approximation has symmetric rails, 1.0, not {adc.lower}"
        )
    needed = approximation_cycles(config)
    if config.timing.adc_cycles < needed:
        raise DesignError(
            f"timing.adc_cycles: a conversion of {adc.bits} bits by successive approximation takes "
            f"{needed} cycles at least, not {config.timing.adc_cycles}"
        )
    _check_reads(config)
    _check_updates(config)
