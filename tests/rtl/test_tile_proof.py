"""A tile's words and the ends of its ops, for any ops, stalls and answers, by induction."""

import os
from pathlib import Path
from typing import Any

import pytest
from amaranth.hdl import Assert, Fragment, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from models.schedule import Op
from models.section import Adc, Dac, Tile, Timing
from models.tile import TileConfig
from models.timing import prepare_cycles
from models.update import Update
from rtl.layout import command_layout
from rtl.port import AnalogPort
from rtl.pulse import PulseGenerator, UpdateManager
from rtl.slot import SlotCounter
from rtl.tile import TileController
from tests.rtl.proof import Verdict, prove

LONG = pytest.mark.skipif(
    "PULSETRAIN_LONG" not in os.environ, reason="takes a minute: set PULSETRAIN_LONG=1"
)
SMALL = {"bl": 2, "lfsr_bits": 8, "comparator_bits": 4}


def config(**update: Any) -> TileConfig:
    """A tile of one row and one column, with the narrowest of everything."""
    tile = Tile(
        digital_bits=8,
        dac=Dac(bits=2),
        adc=Adc(bits=2),
        update=Update.model_validate(SMALL | update),
    )
    timing = Timing(forward_cycles=2, backward_cycles=2, pulse_cycles=1, load_cycles=0)
    return TileConfig(1, 1, tile, timing=timing)


def mask(slots: Value, bl: int) -> Value:
    """The first `slots` bits."""
    return ((1 << slots) - 1)[:bl]


WORDS, ENDS = KINDS = "words", "ends"


class TileProof(wiring.Component):
    """A tile in any surroundings: ops, codes, stalls and answers come as they like."""

    def __init__(self, spec: TileConfig, bound: int, kinds: tuple[str, ...] = KINDS) -> None:
        self.tile, self.bound, self.kinds = TileController(spec), bound, kinds
        super().__init__(
            {"valid": In(1), "command": In(command_layout(spec)), "y": In(4), "stall": In(1)}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        tile = self.tile
        m.submodules.tile = Fragment.get(tile, platform)
        given = tile.i.payload
        known = (self.command.op >= Op.FORWARD) & (self.command.op <= Op.READ)
        m.d.comb += [
            given.eq(self.command),
            given.op.eq(Mux(known, self.command.op, Op.FORWARD)),
            tile.i.valid.eq(self.valid),
            tile.o.ready.eq(1),
            Value.cast(tile.y).eq(self.y),
            tile.stall.eq(self.stall),
        ]
        self._words(m)
        self._ends(m)
        return m

    def _hold(self, m: Module, kind: str, fact: Value, text: str) -> None:
        if kind in self.kinds:
            m.d.comb += Assert(fact, text)

    def _words(self, m: Module) -> None:
        """No pulse but in U, and none beyond its slots."""
        tile, bl = self.tile, self.tile.config.tile.update.bl
        update = tile.op == Op.UPDATE
        for words in (tile.xw, tile.dw):
            beyond = Value.cast(words) & ~mask(tile.bl, bl)
            self._hold(m, WORDS, ~update | (beyond == 0), "no pulse beyond the slots")
            self._hold(m, WORDS, update | (Value.cast(words) == 0), "no pulse but in U")
        self._hold(m, WORDS, tile.bl <= bl, "no more slots than are built")

    def _ends(self, m: Module) -> None:
        """While an op is on its way, another goes or one ends before long."""
        tile = self.tile
        places, offer = tile.prepare.places, tile.prepare.o
        age = Signal(range(self.bound + 1))
        with m.If(~self.stall & (age != self.bound)):
            m.d.sync += age.eq(age + 1)
        with m.If(~places.occupied | (~self.stall & offer.valid & offer.ready)):
            m.d.sync += age.eq(0)
        self._hold(m, ENDS, age != self.bound, "an op goes before long")


#: Clocks without a stall between an op's acceptance, or the `go` before, and its own.
BOUND = {bl: 4 + bl for bl in (2, 3)}


@pytest.mark.parametrize(
    ("bl", "update"),
    [
        (2, {}),
        pytest.param(3, {"slots": "used"}, marks=LONG),
        pytest.param(2, {"slots": "used"}, marks=LONG),
        pytest.param(2, {"phases": 2}, marks=LONG),
    ],
)
def test_words_stay_within_their_slots_and_ops_go(
    bl: int, update: dict[str, Any], tmp_path: Path
) -> None:
    """`prepare_cycles` of the longest update, less the one of its acceptance."""
    spec = config(bl=bl, **update)
    assert BOUND[bl] == prepare_cycles(spec, Op.UPDATE) - 1
    assert prove(TileProof(spec, BOUND[bl]), tmp_path, 14) is Verdict.PROVEN


def test_the_bound_is_met(tmp_path: Path) -> None:
    assert prove(TileProof(config(), BOUND[2] - 1, (ENDS,)), tmp_path, 14) is Verdict.REFUTED


def beyond(m: Module, slots: SlotCounter) -> None:
    """Words are made for slots that are not used."""
    m.d.sync += slots.window.eq((1 << len(slots.window)) - 1)


def more(m: Module, manager: UpdateManager) -> None:
    """More slots than are built."""
    m.d.sync += manager.slots.eq(3)


def leftover(m: Module, generator: PulseGenerator) -> None:
    """A pulse whatever the window."""
    m.d.comb += generator.words[0][1].eq(1)


def stuck(m: Module, slots: SlotCounter) -> None:
    """The last slot is never over."""
    m.d.comb += slots.ends.eq(0)


def deaf(m: Module, port: AnalogPort) -> None:
    """A port that takes no op while it shows an update."""
    with m.If(port.op == Op.UPDATE):
        m.d.comb += port.idles.eq(0)


@pytest.mark.parametrize(
    ("part", "fault", "kind"),
    [
        (SlotCounter, beyond, WORDS),
        pytest.param(UpdateManager, more, WORDS, marks=LONG),
        pytest.param(PulseGenerator, leftover, WORDS, marks=LONG),
        (SlotCounter, stuck, ENDS),
        pytest.param(AnalogPort, deaf, ENDS, marks=LONG),
    ],
)
def test_a_fault_is_found(
    part: Any, fault: Any, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elaborate = part.elaborate

    def wrong(self: Any, platform: object) -> Module:
        m: Module = elaborate(self, platform)
        fault(m, self)
        return m

    monkeypatch.setattr(part, "elaborate", wrong)
    assert prove(TileProof(config(), BOUND[2], (kind,)), tmp_path, 18) is Verdict.REFUTED
