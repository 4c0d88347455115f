"""What a design must satisfy across its tables; each failure is one sentence that names the key."""

from math import ceil, log2

from models.algorithm.base import Algorithm
from models.bound import BOUND_BITS, make_bound
from models.device.emulated import WEIGHT_BITS as EMULATED_BITS
from models.device.family import ALTERNATIVES
from models.device.section import Device
from models.error import DesignError
from models.layer.check import check_adapters, check_ends, check_layers
from models.layer.part import parts_of
from models.layer.section import Layer
from models.number import EXACT_BITS, code_limit
from models.periphery import INPUT_STEPS
from models.schedule import check_deadlock, schedule_rule
from models.section import Data, Network, Run, Schedule, Tile, Timing, is_power_of_two
from models.split import split_sizes

#: Bits of a weight on its grid of 2^(e-22), sign apart.
WEIGHT_BITS = 22
#: Exponents of e that float32 holds with room to spare.
LARGEST_EXPONENT = 80
#: Pulses that a refresh writes one device with, at most.
MOST_PULSES = 100_000


def _check_tile(layers: tuple[Layer, ...], network: Network, tile: Tile, hardware: bool) -> None:
    if tile.update.comparator_bits > tile.update.lfsr_bits:
        raise DesignError(
            f"tile.update.comparator_bits: {tile.update.comparator_bits} are more than the "
            f"{tile.update.lfsr_bits} bits of tile.update.lfsr_bits"
        )
    period = (1 << tile.update.lfsr_bits) - 1
    lines = max(
        max(split_sizes(layer.rows, tile.rows) + split_sizes(layer.columns, tile.columns))
        for layer in layers
    )
    if tile.update.lfsr_sharing == "side" and lines > period:
        raise DesignError(
            f"tile.update.lfsr_bits: a register of {tile.update.lfsr_bits} bits has {period} "
            f"phases, too few for {lines} lines"
        )
    if tile.digital_bits < network.fraction_bits + 2:  # the sign and 1.0
        raise DesignError(
            f"tile.digital_bits: {tile.digital_bits} leave no place for whole numbers beside the "
            f"{network.fraction_bits} of network.fraction_bits"
        )
    _check_management(tile)
    if hardware:
        _check_sums(lines, tile)


def _check_management(tile: Tile) -> None:
    """Refuse keys of a management that is not chosen, and one that could do nothing."""
    noise, bound = tile.noise_management, tile.bound_management
    if tile.noise_value is not None and noise not in ("constant", "abs-max"):
        raise DesignError(
            f"tile.noise_value: 'constant' and 'abs-max' noise management have one, not {noise!r}"
        )
    if tile.noise_decay is not None and noise != "average-abs-max":
        raise DesignError(
            f"tile.noise_decay: 'average-abs-max' noise management has an average, not {noise!r}"
        )
    if bound == "none":
        for key in ("bound_factor", "bound_bits", "bound_weight", "bound_backward"):
            if getattr(tile, key) is not None:
                raise DesignError(f"tile.{key}: there is no bound management to set")
        return
    if tile.bound_weight is not None and bound != "iterative-worst-case":
        raise DesignError(
            f"tile.bound_weight: 'iterative-worst-case' assumes a weight, not {bound!r}"
        )
    if make_bound(tile, -1.0, 1.0, 1.0).most < 1:
        raise DesignError(
            f"tile.bound_bits: a halved input of tile.dac.bits = {tile.dac.bits} would have fewer "
            f"than {BOUND_BITS if tile.bound_bits is None else tile.bound_bits} bits"
        )


def _check_sums(lines: int, tile: Tile) -> None:
    """Refuse scalings that the hardware profile has not, and sums that float64 does not hold.

    A drawn normal is within 5: lines carry up to 1 + 8 noise of the largest code. Sums of their
    squares are then below 2^53 too.
    """
    for key, only in (("um_grad_scale", 1.0), ("fixed_bl", True)):
        if getattr(tile.update, key) != only:
            raise DesignError(
                f"tile.update.{key}: the hardware profile knows only {str(only).lower()}; or set "
                "run.profile to 'behavioural'"
            )
    if tile.noise_management != "shift":
        raise DesignError(
            "tile.noise_management: the hardware profile scales by shift, "
            f"not {tile.noise_management!r}; or set run.profile to 'behavioural'"
        )
    if not is_power_of_two(tile.dac.bound):
        raise DesignError(
            "tile.dac.bound: must be a power of two in the hardware profile, "
            f"not {tile.dac.bound!r}"
        )
    steps = (round(INPUT_STEPS) - 1).bit_length() if tile.dac.noise else 0
    driven = lines * (1 + ceil(8 * tile.dac.noise))
    spread = tile.output_noise + tile.read_noise * (1 + tile.dac.noise) * lines**0.5
    noise = int(8 * spread) + 1
    bits = WEIGHT_BITS + tile.dac.bits + steps + (driven + noise).bit_length()
    if bits > EXACT_BITS:
        key = "tile.dac.noise" if steps else "tile.dac.bits"
        if noise > driven:
            key = "tile.read_noise" if tile.read_noise else "tile.output_noise"
        raise DesignError(
            f"{key}: a sum of {lines} products would need {bits} bits, more than the "
            f"{EXACT_BITS} that are exact"
        )


def _check_device(device: Device) -> None:
    for one, other in ALTERNATIVES:
        if {one, other} <= device.model_fields_set:
            raise DesignError(f"device.{other}: give it or device.{one}, not both")
    if device.dead_fraction + device.stuck_fraction > 1:
        raise DesignError(
            f"device.stuck_fraction: {device.stuck_fraction} and a dead_fraction of "
            f"{device.dead_fraction} are more than all devices"
        )
    up, down = device.nodes_up or (), device.nodes_down or ()
    if len(up) != len(down):
        raise DesignError(
            f"device.nodes_down: {len(down)} nodes, but device.nodes_up has {len(up)}"
        )
    for key in ("gamma_up", "gamma_down"):
        _check_exponent(device, key)
    unit = 2.0 ** (ceil(log2(max(device.w_max, -device.w_min))) + 1 - EMULATED_BITS)
    if device.family == "emulated" and 2 * device.dw_min < unit:
        raise DesignError(
            f"device.dw_min: {device.dw_min} is less than half the unit {unit:.4g} of a weight of "
            f"{EMULATED_BITS} bits; no emulated device would move"
        )
    channel = device.channel
    if channel is not None and not 0 < channel.on_ohm < channel.off_ohm:
        raise DesignError(
            f"device.channel: {channel.on_ohm} ohm in the on state must be above 0 and below the "
            f"{channel.off_ohm} ohm of the off state"
        )


def _check_refresh(device: Device, layers: tuple[Layer, ...], tile: Tile) -> None:
    """Refuse a refresh that the ADC could never call for, and one of too many pulses."""
    cell = device.cell
    if cell is None or cell.refresh_upper is None:
        return
    share = code_limit(tile.adc.bits) / code_limit(tile.dac.bits)
    for index, layer in enumerate(layers):
        rail = layer.adc_full_scale * share * 2.0 ** (tile.dac.bits - tile.adc.bits)
        if rail <= cell.refresh_upper * device.w_max:
            raise DesignError(
                f"device.cell.refresh_upper: {cell.refresh_upper} of device.w_max is beyond the "
                f"ADC's rail, {rail:.4g}, by layer.{index}.adc_full_scale; no pair would be "
                "refreshed"
            )
        if rail / device.dw_min > MOST_PULSES:
            raise DesignError(
                f"device.cell.refresh_every: to write {rail:.4g}, the ADC's rail, in steps of "
                f"device.dw_min would take more than {MOST_PULSES} pulses"
            )


def _check_cell(device: Device, tile: Tile) -> None:
    """Refuse cells of what they cannot be made of."""
    cell = device.cell
    if cell is None:
        return
    if cell.kind == "reference" and device.family == "soft-bounds-reference":
        raise DesignError(
            "device.cell.kind: the family 'soft-bounds-reference' has a reference of its own"
        )
    if cell.count > 1 and device.write_noise:
        raise DesignError(
            f"device.write_noise: there is none in a cell of several devices ({cell.kind!r})"
        )
    if cell.kind == "pair" and device.rest:
        raise DesignError(
            f"device.rest: the devices of a pair decay to 0, not to {device.rest}, which would "
            "cancel"
        )
    if cell.kind == "pair" and tile.update.pulse_type == "ideal":
        raise DesignError(
            "tile.update.pulse_type: an ideal update has no pulses, which alone tell the devices "
            "of a pair apart"
        )


def _check_exponent(device: Device, key: str) -> None:
    gamma = getattr(device, key)
    if device.family == "saturating-exponential":
        if gamma <= 0:
            raise DesignError(f"device.{key}: must be above 0 for this family, not {gamma}")
    elif device.family == "exponential-step":
        largest = 2 * abs(device.number("exponent_slope")) + abs(device.number("exponent_offset"))
        if abs(gamma) * largest > LARGEST_EXPONENT:
            raise DesignError(
                f"device.{key}: {gamma} times an exponent of up to {largest} is beyond "
                f"{LARGEST_EXPONENT}"
            )


def check_shared(tile: Tile, timing: Timing, stages: int) -> None:
    """Refuse numbers of shared units that are not one a stage.

    Raises
    ------
    DesignError
        With one sentence that names the key.
    """
    given = (("tile.adc.bank", tile.adc.bank), ("timing.digital_unit", timing.digital_unit))
    for key, numbers in given:
        if numbers is not None and len(numbers) != stages:
            raise DesignError(f"{key}: give {stages}, one a stage, not {len(numbers)}")
    if timing.digital_unit is not None and timing.digital_rate is None:
        raise DesignError("timing.digital_unit: give timing.digital_rate too, or it takes no time")


def _check_run(run: Run, data: Data, schedule: Schedule, stages: int) -> None:
    rule = schedule_rule(schedule, stages)
    check_deadlock(rule, run.samples)
    if run.batched and not (rule.synchronous and rule.hold):
        raise DesignError(
            f"run.batched: {schedule.name} reads single samples; only fill-drain has whole "
            "mini-batches to read at once"
        )
    _check_data(data)


def _check_data(data: Data) -> None:
    """Refuse keys of other data than those named."""
    if data.name == "idx" and data.path is None:
        raise DesignError("data.path: name the folder of the four MNIST-format files")
    if data.name == "digits" and data.path is not None:
        raise DesignError("data.path: the embedded digits need no folder; set data.name to 'idx'")
    owners = {"shift": "shifted-digits", "points": "spiral", "noise": "spiral", "seed": "spiral"}
    for key, owner in {"path": "idx", **owners}.items():
        if data.name != owner and getattr(data, key) is not None:
            raise DesignError(f"data.{key}: {owner!r} has one, not {data.name!r}")


def _check_algorithm(algorithm: Algorithm, tile: Tile, run: Run) -> None:
    if run.count_pulses and tile.update.pulse_type == "ideal":
        raise DesignError("run.count_pulses: ideal updates have no pulses to count")
    if not algorithm.digital:
        return
    if tile.bound_management != "none":
        raise DesignError(
            "tile.bound_management: digital-sgd has no converters that could reach a rail"
        )
    if run.count_pulses:
        raise DesignError("run.count_pulses: digital-sgd has no pulses to count")


def check(
    run: Run,
    data: Data,
    network: Network,
    layers: tuple[Layer, ...],
    tile: Tile,
    device: Device,
    schedule: Schedule,
    algorithm: Algorithm,
    hardware: bool,
) -> None:
    """Refuse tables that contradict each other.

    Raises
    ------
    DesignError
        With one sentence that names the key.
    """
    check_layers(layers, hardware)
    check_ends(layers, network, schedule)
    _check_tile(layers, network, tile, hardware)
    _check_device(device)
    if not algorithm.digital:
        _check_cell(device, tile)
        _check_refresh(device, layers, tile)
    check_adapters(layers, tile, hardware)
    _check_run(run, data, schedule, len(parts_of(layers)))
    _check_algorithm(algorithm, tile, run)
