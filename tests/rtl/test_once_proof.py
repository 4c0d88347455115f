"""No request of a host is carried out twice, or without SYNC before it, by induction."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from amaranth.hdl import Assert, Fragment, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from models.link import Kind
from rtl.server import Server
from tests.rtl.proof import Verdict, prove

LONG = pytest.mark.skipif(
    "PULSETRAIN_LONG" not in os.environ, reason="takes longer: set PULSETRAIN_LONG=1"
)
Fault = Callable[[Module, Server], None]


class FaultyServer(Server):
    """A server of channels of one byte with a fault, or none."""

    def __init__(self, fault: Fault | None) -> None:
        self.fault = fault
        super().__init__({0: 1, 1: 1, 2: 1}, {0: 1, 1: 1, 2: 1}, 8, 8)

    def elaborate(self, platform: object) -> Module:
        m = super().elaborate(platform)
        if self.fault is not None:
            self.fault(m, self)
        return m


class OnceProof(wiring.Component):
    """A server in any surroundings, beside the protocol told again from the bytes alone.

    Asserts that registers are written and items pass only for a request whose number follows that
    of the last one, once synced, and that a register is written once for it.
    """

    done: In(1)
    byte: In(8)
    valid: In(1)
    sending: In(1)
    room: In(1)
    wrong: In(1)
    there: In(1)
    shown: In(8)
    awready: In(1)
    wready: In(1)
    bvalid: In(1)
    arready: In(1)
    rvalid: In(1)

    def __init__(self, fault: Fault | None = None) -> None:
        self.server = FaultyServer(fault)
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        server = self.server
        m.submodules.server = Fragment.get(server, platform)
        for name in ("done", "sending", "room", "wrong", "there", "shown"):
            m.d.comb += getattr(server, name).eq(getattr(self, name))
        for name in ("awready", "wready", "bvalid", "arready", "rvalid"):
            m.d.comb += getattr(server.axil, name).eq(getattr(self, name))
        m.d.comb += [server.i.valid.eq(self.valid), server.i.payload.eq(self.byte)]
        first, second, decided = Signal(), Signal(), Signal()
        number, kind, last, synced = Signal(8), Signal(8), Signal(8), Signal()
        allowed, written = Signal(), Signal()
        m.d.sync += [first.eq(self.done & ~server.hold), second.eq(first)]
        m.d.sync += decided.eq(second & self.valid)
        with m.If(first):
            m.d.sync += number.eq(self.byte)
        with m.If(second):
            m.d.sync += kind.eq(self.byte)
        follows = synced & (number == (last + 1)[:8]) & (kind != Kind.SYNC)
        with m.If(decided):
            m.d.sync += [allowed.eq(follows), written.eq(0)]
            with m.If(follows | (kind == Kind.SYNC)):
                m.d.sync += [last.eq(number), synced.eq(1)]
        writes = server.axil.awvalid & self.awready
        with m.If(writes):
            m.d.sync += written.eq(1)
        acts = server.axil.awvalid | server.put | server.get
        m.d.comb += [
            Assert(~acts | allowed, "a request is carried out only when its turn has come"),
            Assert(~(writes & written), "a register is written once for it"),
        ]
        if server.fault is None:
            m.d.comb += [
                Assert((last == server.last) & (synced == server.synced), "for induction"),
                Assert(~decided | ((number == server.number) & (kind == server.kind))),
            ]
        return m


def test_no_request_is_carried_out_twice(tmp_path: Path) -> None:
    assert prove(OnceProof(), tmp_path, 14) is Verdict.PROVEN


def awake(m: Module, server: Server) -> None:
    """It takes requests without SYNC."""
    m.d.sync += server.synced.eq(1)


def forgets(m: Module, server: Server) -> None:
    """It forgets the number of its last request."""
    m.d.sync += server.last.eq(server.number - 1)


def again(m: Module, server: Server) -> None:
    """It offers an address to the bus that has been taken."""
    m.d.sync += server.addressed.eq(0)


@pytest.mark.parametrize("fault", [awake, forgets, pytest.param(again, marks=LONG)])
def test_a_fault_is_found(fault: Fault, tmp_path: Path) -> None:
    assert prove(OnceProof(fault), tmp_path, 30) is Verdict.REFUTED
