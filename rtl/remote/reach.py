"""Which arrays of a stage a host reaches, one by one."""

from models.design import Design
from models.error import DesignError
from models.programming import MOST_ARRAYS


def check_arrays(design: Design) -> None:
    """Refuse a design whose arrays a host cannot write one by one.

    Raises
    ------
    DesignError
        With one sentence that names the key.
    """
    count = design.arrangement.arrays
    if count > MOST_ARRAYS:
        raise DesignError(
            f"algorithm.tiles: a host reaches {MOST_ARRAYS} arrays of a stage, not {count}"
        )
    if count > 1 and design.device.cell is not None:
        raise DesignError(
            "device.cell: where arrays are several a host writes those of one device a weight"
        )
