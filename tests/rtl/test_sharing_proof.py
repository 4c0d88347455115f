"""No array is asked for two ops at once, whatever a stage's ops claim, by induction."""

from pathlib import Path

import pytest
from amaranth.hdl import Assert, Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In

import rtl.scheduler
import rtl.sharing
from models.schedule import Op, schedule_rule
from models.section import Schedule
from rtl.queue import TransferQueue
from rtl.scheduler import Scheduler
from rtl.sharing import Sharing
from tests.rtl.proof import Verdict, prove

SHARINGS = {
    "apart": Sharing(reads=0b10, update=0b01, transfers=(0b11,), every=(2,)),
    "summed": Sharing(reads=0b11, update=0b01, transfers=(0b11,), every=(1,)),
    "chain": Sharing(reads=0b111, update=0b001, transfers=(0b011, 0b110), every=(1, 3)),
    "written": Sharing(reads=0b10, update=0b01, transfers=(0b11,), every=(1,), program=5),
}


@pytest.fixture(autouse=True)
def short_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers of samples of 7 bits, which no rule reads more of."""
    monkeypatch.setattr(rtl.sharing, "SAMPLE_BITS", 7)
    monkeypatch.setattr(rtl.scheduler, "SAMPLE_BITS", 7)


class SharingProof(wiring.Component):
    """The scheduler of a stage in the middle, whose neighbours do what they like."""

    valid: In(1)
    last: In(1)
    error: In(1)
    above: In(1)
    below: In(1)
    ends: In(3)

    def __init__(self, sharing: Sharing) -> None:
        self.sharing = sharing
        rule = schedule_rule(Schedule.model_validate({"name": "async"}), 3, 6)
        self.scheduler = Scheduler(rule, 1, None, sharing)
        super().__init__()

    def claims(self) -> dict[str, Value]:
        """What each lane's op claims, as it was when it started; kept apart from the circuit."""
        one, sharing = self.scheduler, self.sharing
        masks = Signal(sharing.own.bit_length())
        for which, mask in enumerate(sharing.transfers):
            masks = Mux(one.transfers.which == which, mask, masks)
        first = Mux(one.op == Op.PROGRAM, sharing.own, sharing.reads)
        return {"": first, "updates": Value.cast(sharing.update), "transfers": masks}

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.scheduler = one = self.scheduler
        m.d.comb += [one.i.valid.eq(self.valid), one.i.payload.eq(self.last)]
        m.d.comb += [one.error.eq(self.error), one.above.eq(self.above), one.below.eq(self.below)]
        held: dict[str, Signal] = {}
        for place, (lane, claim) in enumerate(self.claims().items()):
            port = getattr(one, lane) if lane else one
            m.d.comb += port.end.eq(self.ends[place])
            held[lane] = Signal(self.sharing.own.bit_length(), name=f"held{place}")
            with m.If(port.end):
                m.d.sync += held[lane].eq(0)
            with m.Elif(port.start):
                m.d.sync += held[lane].eq(claim)
            m.d.comb += Assert(~(port.start & (held[lane] != 0)), "one op in a lane")
            m.d.comb += Assert((held[lane] != 0) == (one.runs[lane] != 0), "which it knows")
        assert one.queue is not None
        known = (held["transfers"] == 0) | (held["transfers"] == one.queue.held)
        m.d.comb += Assert(known, "a transfer's arrays are kept")
        whole = Mux(one.running == Op.PROGRAM, self.sharing.own, self.sharing.reads)
        sets = {"": [whole], "updates": [self.sharing.update]}
        for lane, masks in (sets | {"transfers": list(self.sharing.transfers)}).items():
            own = Cat(held[lane] == mask for mask in masks).any()
            m.d.comb += Assert((held[lane] == 0) | own, "a lane holds what its op claims")
        reads, updates, transfers = held.values()
        twice = (reads & updates) | (reads & transfers) | (updates & transfers)
        m.d.comb += Assert(twice == 0, "no array is claimed twice")
        return m


@pytest.mark.parametrize("name", SHARINGS)
def test_no_array_is_claimed_by_two_ops(name: str, tmp_path: Path) -> None:
    assert prove(SharingProof(SHARINGS[name]), tmp_path, 3) is Verdict.PROVEN


def test_a_transfer_that_forgets_its_arrays_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(self: Scheduler) -> Value:
        return Mux(self.running != 0, self.sharing.reads, 0) | Mux(
            self.runs["updates"] != 0, self.sharing.update, 0
        )

    monkeypatch.setattr(Scheduler, "held", held)
    assert prove(SharingProof(SHARINGS["apart"]), tmp_path, 20) is Verdict.REFUTED


def test_a_transfer_that_is_served_before_its_update_has_ended_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its source is the array that the update pulses: due too early, it claims that twice."""
    grants = Scheduler.grants

    def careless(self: Scheduler, held: Value) -> dict[str, Value]:
        found = grants(self, held)
        assert isinstance(self.queue, TransferQueue)
        return found | {"T": ~self.queue.empty}

    monkeypatch.setattr(Scheduler, "grants", careless)
    assert prove(SharingProof(SHARINGS["apart"]), tmp_path, 20) is Verdict.REFUTED
