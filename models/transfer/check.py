"""What a learning rule with transfers asks of the other tables; each failure names the key."""

from models.algorithm.base import Algorithm, Arrangement
from models.algorithm.transferring import Transferring
from models.device.section import Device
from models.error import DesignError
from models.section import Run, Schedule, Tile, is_power_of_two


def check_transfers(
    algorithm: Algorithm,
    arrangement: Arrangement,
    device: Device,
    tile: Tile,
    schedule: Schedule,
    run: Run,
) -> None:
    """Refuse what the arrays and transfers of a learning rule cannot be made of.

    Raises
    ------
    DesignError
        With one sentence that names the key.
    """
    if isinstance(algorithm, Transferring):
        _check_keys(algorithm, tile, schedule, run)
    if arrangement.transfers and run.count_pulses:
        raise DesignError(
            f"run.count_pulses: {algorithm.name} pulses devices in transfers too, which are not "
            "counted by device"
        )
    if arrangement.transfers and tile.update.um_grad_scale != 1.0:
        raise DesignError(
            f"tile.update.um_grad_scale: the transfers of {algorithm.name} know only 1.0"
        )
    if arrangement.chop and any(
        any(own[a] for a in arrangement.gradient) for own in arrangement.gamma
    ):
        raise DesignError(
            f"algorithm.gamma: the fast array of {algorithm.name} holds columns of either sign, "
            "which reads cannot add to the weight"
        )
    if arrangement.views > 1 and run.batched:
        raise DesignError(
            f"run.batched: the samples of a mini-batch pass through the {arrangement.views} "
            f"replicas of {algorithm.name}, not through one"
        )
    if arrangement.arrays > 1:
        _check_devices(algorithm, device)


def _check_devices(algorithm: Algorithm, device: Device) -> None:
    """Refuse devices that several arrays cannot be made of."""
    if device.write_noise:
        raise DesignError(
            f"device.write_noise: there is none in the several arrays of {algorithm.name}"
        )
    if device.cell is not None and device.cell.refresh_every is not None:
        raise DesignError(
            f"device.cell.refresh_every: the several arrays of {algorithm.name} have no refresh"
        )


def _check_keys(algorithm: Transferring, tile: Tile, schedule: Schedule, run: Run) -> None:
    if algorithm.transfer_unit == "batch" and schedule.N is None:
        raise DesignError(
            f"algorithm.transfer_unit: {schedule.name} has no mini-batches to count; fill-drain "
            "and 1f1b have"
        )
    if run.profile == "hardware" and not is_power_of_two(algorithm.read_full_scale):
        raise DesignError(
            "algorithm.read_full_scale: must be a power of two in the hardware profile, not "
            f"{algorithm.read_full_scale!r}"
        )
    finest = 2.0 ** (tile.dac.bits - tile.adc.bits) * algorithm.read_full_scale
    if finest < 2.0**-12:
        raise DesignError(
            f"algorithm.read_full_scale: an ADC code of {finest} full codes times unit weight is "
            "finer than 2^-12"
        )
