"""One tile between two wires: its controller, its emulated array, and a chain of bits each way."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.emulation import EmulatedTile
from rtl.emulator import Emulator
from rtl.layout import command_layout, drive_members, result_layout
from rtl.tile import TileController


class ScannedTile(wiring.Component):
    """A tile for boards that hold no whole machine: ops come in bit by bit, and results go out.

    A word begins with a 1; its bits follow, one a clock, the highest of the layout first. Between
    words the wire is 0. The word of an op is `rtl.layout.command_layout`, that of a result
    `result_layout`. While an op waits for the controller, `rx` is not looked at.

    Parameters
    ----------
    tile
        The tile in whole numbers, with the weights at the start.

    Members
    -------
    rx : ``In(1)``
        Ops.
    tx : ``Out(1)``
        Results.
    """

    rx: In(1)
    tx: Out(1)

    def __init__(self, tile: EmulatedTile) -> None:
        self.tile = tile
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.tile.config
        m.submodules.controller = controller = TileController(config)
        m.submodules.array = array = Emulator(self.tile)
        for name in drive_members(config):
            m.d.comb += getattr(array, name).eq(getattr(controller, name))
        m.d.comb += [
            controller.y.eq(array.y),
            controller.stall.eq(array.stall),
            array.enable.eq(~array.stall),
        ]
        given = Signal(command_layout(config).size + 1)
        m.d.comb += [
            controller.i.payload.as_value().eq(given[:-1]),
            controller.i.valid.eq(given[-1]),
        ]
        with m.If(~given[-1]):
            m.d.sync += given.eq(Cat(self.rx, given))
        with m.Elif(controller.i.ready):
            m.d.sync += given.eq(0)
        width = result_layout(config).size + 1
        shown, left = Signal(width), Signal(range(width + 1))
        m.d.comb += [self.tx.eq(shown[-1]), controller.o.ready.eq(left == 0)]
        m.d.sync += shown.eq(shown << 1)
        with m.If(left != 0):
            m.d.sync += left.eq(left - 1)
        with m.Elif(controller.o.valid):
            m.d.sync += [left.eq(width), shown.eq(Cat(controller.o.payload, 1))]
        return m
