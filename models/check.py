"""What a design must satisfy across its tables; each failure is one sentence that names the key."""

from typing import TYPE_CHECKING

from models.error import DesignError
from models.schedule import check_deadlock, schedule_rule
from models.section import is_power_of_two

if TYPE_CHECKING:
    from models.design import Design

#: Bits of a weight on its grid of 2^(e-22), sign apart.
WEIGHT_BITS = 22
#: Integers that a float64 sum holds exactly.
EXACT_BITS = 53


def _check_layers(design: "Design") -> None:
    for index, layer in enumerate(design.layer):
        if index and layer.inputs != design.layer[index - 1].outputs:
            raise DesignError(
                f"layer.{index}.inputs: {layer.inputs}, but layer {index - 1} has "
                f"{design.layer[index - 1].outputs} outputs"
            )
        for key, size, most in (
            ("inputs", layer.inputs, design.tile.rows),
            ("outputs", layer.outputs, design.tile.columns),
        ):
            if size > most:
                side = "rows" if key == "inputs" else "columns"
                raise DesignError(
                    f"layer.{index}.{key}: {size} do not fit on a tile of {most} {side}; "
                    f"raise tile.{side}"
                )
        if design.hardware:
            for key in ("scale", "adc_full_scale"):
                if not is_power_of_two(getattr(layer, key)):
                    raise DesignError(
                        f"layer.{index}.{key}: must be a power of two in the hardware profile, "
                        f"not {getattr(layer, key)!r}"
                    )


def _check_loss(design: "Design") -> None:
    last = design.layer[-1].activation
    if design.network.loss == "cross-entropy" and last != "linear":
        raise DesignError(
            f"layer.{design.stages - 1}.activation: cross-entropy brings its own softmax; "
            f"the last layer must be 'linear', not {last!r}"
        )


def _check_tile(design: "Design") -> None:
    tile = design.tile
    if tile.update.comparator_bits > tile.update.lfsr_bits:
        raise DesignError(
            f"tile.update.comparator_bits: {tile.update.comparator_bits} are more than the "
            f"{tile.update.lfsr_bits} bits of tile.update.lfsr_bits"
        )
    if tile.digital_bits <= design.network.fraction_bits:
        raise DesignError(
            f"tile.digital_bits: {tile.digital_bits} leave no place for whole numbers beside the "
            f"{design.network.fraction_bits} of network.fraction_bits"
        )
    if not design.hardware:
        return
    if tile.noise_management != "shift":
        raise DesignError(
            "tile.noise_management: the hardware profile scales by shift, "
            f"not {tile.noise_management!r}; or set run.profile to 'behavioural'"
        )
    noise = int(8 * tile.output_noise) + 1
    lines = max(max(layer.inputs, layer.outputs) for layer in design.layer)
    bits = WEIGHT_BITS + tile.dac.bits + (lines + noise).bit_length()
    if bits > EXACT_BITS:
        raise DesignError(
            f"tile.dac.bits: a sum of {lines} products would need {bits} bits, more than the "
            f"{EXACT_BITS} that are exact"
        )


def _check_run(design: "Design") -> None:
    rule = schedule_rule(design.schedule, design.stages)
    check_deadlock(rule, design.run.samples)
    if design.run.batched and not (rule.synchronous and rule.hold):
        raise DesignError(
            f"run.batched: {design.schedule.name} reads single samples; only fill-drain has whole "
            "mini-batches to read at once"
        )
    if design.data.name == "idx" and design.data.path is None:
        raise DesignError("data.path: name the folder of the four MNIST-format files")
    if design.data.name == "digits" and design.data.path is not None:
        raise DesignError("data.path: the embedded digits need no folder; set data.name to 'idx'")


def check(design: "Design") -> None:
    """Refuse a design whose tables contradict each other.

    Raises
    ------
    DesignError
        With one sentence that names the key.
    """
    _check_layers(design)
    _check_loss(design)
    _check_tile(design)
    _check_run(design)
