"""Parts of ops that differ between designs: only those of the design are compiled.

They are called by address, so the code of an op is made once, whatever its parts.
"""

from functools import cache
from typing import Any, NamedTuple

from numba import types

from models import adapting, convolving, recurring
from models.aging import age_tile
from models.applying import WAYS
from models.held import Held
from models.kernel import own_code
from models.network import Network, is_exact
from models.refreshing import refresh_tile
from models.transfer.compiled import transfer_tile

Packed = Any


class Parts(NamedTuple):
    """What ops call.

    An update of a tile makes pulses in `apply`, then come `age` and `refresh`; `transfer` is T of a
    tile. The others belong to F, B and the hand-over of errors at stages of other kinds than
    linear.
    """

    apply: Any
    age: Any
    refresh: Any
    transfer: Any
    conv_forward: Any
    conv_backward: Any
    conv_take: Any
    lstm_forward: Any
    lstm_backward: Any
    lstm_take: Any
    down_forward: Any
    down_backward: Any
    down_take: Any
    up_forward: Any
    up_backward: Any
    up_take: Any


def _nothing(plan: Packed, state: Packed, m: int, tile: int, k: int, rows: int, lines: int) -> None:
    """Stand for a part that a design does not need."""


@cache
def _applied(way: str, plan: Held, state: Held) -> Any:
    number, vector, real = types.int64, types.float64[::1], types.float64
    places = (number, number, vector, vector, real, real, real)
    return own_code(types.void(plan, state, *places))(WAYS[way])


def _idle(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Stand for a kind of layer that a design does not have."""


@cache
def _passed(function: Any, plan: Held, state: Held) -> Any:
    return own_code(types.void(plan, state, types.int64, types.int64))(function)


def _way(network: Network) -> str:
    """Return how a design applies a wanted change."""
    if is_exact(network):
        return "exact"
    if network.design.arrangement.collects:
        return "collected"
    kind = network.design.tile.update.pulse_type
    return {"ideal": "ideal", "binomial": "drawn"}.get(kind, "pulsed")


@cache
def _after(function: Any, plan: Held, state: Held) -> Any:
    return own_code(types.void(plan, state, *(types.int64,) * 5))(function)


def make_parts(network: Network, plan: Packed, kinds: tuple[Held, Held]) -> Parts:
    """Return the parts that the ops of a network need, compiled.

    `plan` and `kinds` are what `models.memory` packs, and the types of the plan and the state.
    """
    way = _way(network)

    def after(needed: bool, function: Any) -> Any:
        return _after(function if needed and way != "exact" else _nothing, *kinds)

    def of_kind(kind: str, function: Any) -> Any:
        present = any(part.kind == kind for part in network.design.parts)
        return _passed(function if present else _idle, *kinds)

    return Parts(
        apply=_applied(way, *kinds),
        age=after(plan.aging.every > 0, age_tile),
        refresh=after(plan.combining.refreshing.every > 0, refresh_tile),
        transfer=after(plan.transferring.number > 0, transfer_tile),
        conv_forward=of_kind("conv", convolving.conv_forward),
        conv_backward=of_kind("conv", convolving.conv_backward),
        conv_take=of_kind("conv", convolving.conv_take),
        lstm_forward=of_kind("lstm", recurring.lstm_forward),
        lstm_backward=of_kind("lstm", recurring.lstm_backward),
        lstm_take=of_kind("lstm", recurring.lstm_take),
        down_forward=of_kind("down", adapting.down_forward),
        down_backward=of_kind("down", adapting.down_backward),
        down_take=of_kind("down", adapting.down_take),
        up_forward=of_kind("up", adapting.up_forward),
        up_backward=of_kind("up", adapting.up_backward),
        up_take=of_kind("up", adapting.up_take),
    )
