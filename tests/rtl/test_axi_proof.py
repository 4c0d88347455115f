"""What holds on the bus of the registers whatever a manager does, by induction."""

from collections.abc import Callable
from pathlib import Path

import pytest
from amaranth.hdl import Assert, Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from rtl.axi import AxiLiteSignature, AxiLiteTarget
from rtl.server import Server
from tests.rtl.proof import Verdict, prove

#: Statements after all others of a target, which win.
Fault = Callable[[Module, AxiLiteTarget], None]
#: Clocks in which an answer comes, if nothing holds it and it is taken at once.
SOON = 2


def none(m: Module, target: AxiLiteTarget) -> None:
    """No fault."""


class Faulty(AxiLiteTarget):
    """A target with a fault."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = super().elaborate(platform)
        self.fault(m, self)
        return m


def stays(m: Module, valid: Value, ready: Value, payload: Value, name: str) -> None:
    """Assert that what is offered stays as it is until it is taken."""
    waiting, held = Signal(name=f"waiting_{name}"), Signal(len(payload), name=f"held_{name}")
    m.d.sync += [waiting.eq(valid & ~ready), held.eq(payload)]
    m.d.comb += Assert(~waiting | (valid & (payload == held)), f"{name} stays")


class TargetProof(wiring.Component):
    """A target in any surroundings: whoever asks, and whatever is read.

    Asserts that answers stay until they are taken, that there is one for each request and none
    without, and that it comes soon.
    """

    bus: In(AxiLiteSignature())
    read_data: In(32)
    read_error: In(1)
    write_error: In(1)
    hold: In(1)
    hold_read: In(1)

    def __init__(self, fault: Fault = none) -> None:
        self.target = Faulty(fault)
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.target = target = self.target
        connect(m, flipped(self.bus), target.bus)
        for name in ("read_data", "read_error", "write_error", "hold", "hold_read"):
            m.d.comb += getattr(target, name).eq(getattr(self, name))
        bus = self.bus
        stays(m, bus.bvalid, bus.bready, bus.bresp, "b")
        stays(m, bus.rvalid, bus.rready, Cat(bus.rdata, bus.rresp), "r")
        addresses = self._open(m, bus.awvalid & bus.awready, bus.bvalid & bus.bready, "aw")
        words = self._open(m, bus.wvalid & bus.wready, bus.bvalid & bus.bready, "w")
        reads = self._open(m, bus.arvalid & bus.arready, bus.rvalid & bus.rready, "ar")
        m.d.comb += [
            Assert(~bus.bvalid | ((addresses != 0) & (words != 0)), "an answer to a write"),
            Assert(~bus.rvalid | (reads != 0), "an answer to a read"),
            Assert(addresses == bus.bvalid + ~bus.awready, "addresses are answered once"),
            Assert(words == bus.bvalid + ~bus.wready, "words are answered once"),
            Assert(reads == bus.rvalid + ~bus.arready, "reads are answered once"),
        ]
        written = (addresses != 0) & (words != 0)
        self._soon(m, written & ~bus.bvalid & ~self.hold, "b")
        self._soon(m, (reads != 0) & ~bus.rvalid & ~self.hold_read, "r")
        return m

    def _open(self, m: Module, asked: Value, answered: Value, name: str) -> Value:
        """Return the requests that are taken and not answered."""
        count = Signal(2, name=f"open_{name}")
        m.d.sync += count.eq(count + asked - answered)
        return count

    def _soon(self, m: Module, waiting: Value, name: str) -> None:
        """Assert that an answer which nothing holds comes soon."""
        age = Signal(range(SOON + 1), name=f"age_{name}")
        with m.If(waiting & (age != SOON)):
            m.d.sync += age.eq(age + 1)
        with m.If(~waiting):
            m.d.sync += age.eq(0)
        m.d.comb += Assert(age != SOON, f"{name} comes")


def test_a_target_answers_each_request_once_and_soon(tmp_path: Path) -> None:
    assert prove(TargetProof(), tmp_path, 4) is Verdict.PROVEN


def forgets(m: Module, target: AxiLiteTarget) -> None:
    with m.If(target.bus.bvalid):
        m.d.sync += target.bus.bvalid.eq(0)


def changes(m: Module, target: AxiLiteTarget) -> None:
    m.d.sync += target.bus.rdata.eq(target.read_data)


def hurries(m: Module, target: AxiLiteTarget) -> None:
    with m.If(target.bus.awvalid & target.bus.awready):
        m.d.sync += target.bus.bvalid.eq(1)


def invents(m: Module, target: AxiLiteTarget) -> None:
    with m.If(target.bus.rvalid & target.bus.rready & target.read_error):
        m.d.sync += target.bus.rvalid.eq(1)


def sleeps(m: Module, target: AxiLiteTarget) -> None:
    with m.If(target.read_error):
        m.d.comb += target.read.eq(0)


@pytest.mark.parametrize("fault", [forgets, changes, hurries, invents, sleeps])
def test_a_fault_of_the_target_is_found(fault: Fault, tmp_path: Path) -> None:
    assert prove(TargetProof(fault), tmp_path, 8) is Verdict.REFUTED


#: The same of a server.
ServerFault = Callable[[Module, Server], None]


def right(m: Module, server: Server) -> None:
    """No fault."""


class FaultyServer(Server):
    """A server with a fault, of channels of one byte."""

    def __init__(self, fault: ServerFault) -> None:
        self.fault = fault
        super().__init__({0: 1, 1: 1, 2: 1}, {0: 1, 1: 1, 2: 1}, 8, 8)

    def elaborate(self, platform: object) -> Module:
        m = super().elaborate(platform)
        self.fault(m, self)
        return m


class ServerProof(wiring.Component):
    """A server in any surroundings: any bytes of requests, any bus, channels and sender.

    Asserts that what it asks of the bus stays until it is taken, and that an answer is awaited
    before the next is asked.
    """

    def __init__(self, fault: ServerFault = right) -> None:
        self.server = FaultyServer(fault)
        members = {
            name: member
            for name, member in self.server.signature.members.items()
            if not member.is_signature and member.flow == In
        }
        super().__init__(members | {"bus": Out(AxiLiteSignature()), "byte": In(8), "valid": In(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.server = server = self.server
        for name in self.signature.members:
            if name not in ("bus", "byte", "valid"):
                m.d.comb += getattr(server, name).eq(getattr(self, name))
        m.d.comb += [server.i.valid.eq(self.valid), server.i.payload.eq(self.byte)]
        bus = self.bus
        connect(m, server.axil, flipped(self.bus))
        stays(m, bus.arvalid, bus.arready, bus.araddr, "ar")
        stays(m, bus.awvalid, bus.awready, bus.awaddr, "aw")
        stays(m, bus.wvalid, bus.wready, Cat(bus.wdata, bus.wstrb), "w")
        asked = Signal()
        with m.If(bus.rvalid & bus.rready):
            m.d.sync += asked.eq(0)
        with m.If(bus.arvalid & bus.arready):
            m.d.sync += asked.eq(1)
        m.d.comb += Assert(~(asked & bus.arvalid), "one read at a time")
        m.d.comb += Assert(bus.rready == asked, "its answer is awaited")
        return m


def test_a_server_keeps_to_the_bus(tmp_path: Path) -> None:
    assert prove(ServerProof(), tmp_path, 4) is Verdict.PROVEN


def gives_up(m: Module, server: Server) -> None:
    """It is synced from the first clock on, as below: the run that shows the fault is shorter."""
    m.d.sync += server.synced.eq(1)
    with m.If(server.done):
        m.d.comb += server.axil.awvalid.eq(0)


def moves_on(m: Module, server: Server) -> None:
    m.d.sync += server.synced.eq(1)
    with m.If(server.axil.arvalid):
        m.d.sync += server.target.eq(server.target + 4)


def does_not_wait(m: Module, server: Server) -> None:
    m.d.comb += server.axil.arvalid.eq(server.hold & server.there)


@pytest.mark.parametrize("fault", [gives_up, moves_on, does_not_wait])
def test_a_fault_of_the_server_is_found(fault: ServerFault, tmp_path: Path) -> None:
    assert prove(ServerProof(fault), tmp_path, 17) is Verdict.REFUTED
