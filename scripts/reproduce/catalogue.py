"""Every reproduction by its name."""

from models.error import DesignError
from scripts.reproduce.batched_report import BATCHED_TILES
from scripts.reproduce.devices_report import DEVICES
from scripts.reproduce.least_squares_report import EXACT_LEAST_SQUARES
from scripts.reproduce.mnist_report import EXACT_MNIST
from scripts.reproduce.multi_tile_report import RESIDUAL_MULTI_TILE
from scripts.reproduce.pipeline_report import PIPELINE
from scripts.reproduce.reproduction import Reproduction
from scripts.reproduce.responses_report import RESPONSE_FUNCTIONS
from scripts.reproduce.update_time import UPDATE_TIME

#: In the order of the list.
ALL = (
    EXACT_LEAST_SQUARES,
    EXACT_MNIST,
    RESPONSE_FUNCTIONS,
    RESIDUAL_MULTI_TILE,
    PIPELINE,
    BATCHED_TILES,
    UPDATE_TIME,
    DEVICES,
)
CATALOGUE: dict[str, Reproduction] = {one.name: one for one in ALL}


def find(name: str) -> Reproduction:
    """Return the reproduction of a name.

    Raises
    ------
    DesignError
        When there is none.
    """
    if name not in CATALOGUE:
        raise DesignError(f"reproduce: no {name}; there are {', '.join(CATALOGUE)}")
    return CATALOGUE[name]
