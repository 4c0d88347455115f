"""An array at an analog port in Amaranth's simulator."""

from typing import Any

from amaranth.hdl import Value
from amaranth.sim import SimulatorContext

from models.tile import TileConfig
from rtl.cosim.array import Array, answer
from rtl.layout import drive_members


class ServedPort:
    """Answers at a port whenever it shows a new op.

    Parameters
    ----------
    port
        What has the members of `rtl.layout.analog_members`.
    config
        The tile.
    array
        What answers.
    """

    def __init__(self, port: Any, config: TileConfig, array: Array) -> None:
        self.port, self.config, self.array = port, config, array
        #: What the port has shown last, packed, by name.
        self.shown: dict[str, int] = {"tag": 0}

    def serve(self, ctx: SimulatorContext) -> None:
        """Answer if there is a new op; to be called in every clock."""
        if ctx.get(self.port.tag) == self.shown["tag"]:
            return
        names = drive_members(self.config)
        self.shown = {name: ctx.get(Value.cast(getattr(self.port, name))) for name in names}
        ctx.set(Value.cast(self.port.y), answer(self.array, self.config, self.shown))
