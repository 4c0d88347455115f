"""Control and status registers of an accelerator on AXI4-Lite."""

from collections.abc import Mapping, Sequence
from typing import Any

from amaranth.hdl import Cat, EnableInserter, Module, Mux, ResetInserter, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from models.control import BIAS_BITS, STATE_BITS
from models.csr import (
    COUNTERS,
    ERRORS,
    IDENTITY,
    Access,
    Register,
    design_words,
    register_map,
    version_code,
)
from rtl.accelerator import CYCLE_BITS
from rtl.axi import DATA_BITS, AxiLiteSignature, AxiLiteTarget
from rtl.control import ControlSignature
from rtl.counter import StageCounter
from rtl.trace import TraceSignature


def _members(lanes: Sequence[Sequence[str]]) -> dict[str, Any]:
    return {
        "bus": In(AxiLiteSignature()),
        "control": Out(ControlSignature()),
        "reset": Out(1),
        "flags": In(len(ERRORS)),
        "enable": In(1),
        "tick": In(1),
        "done": In(1),
        "cycle": In(CYCLE_BITS),
        "clock": In(CYCLE_BITS),
        **{f"trace{lane}{m}": In(TraceSignature()) for m, own in enumerate(lanes) for lane in own},
    }


class Csr(wiring.Component):
    """The registers of `models.csr.register_map`, and the counters of the stages.

    A write to a register takes effect in the clock in which it is answered; bytes without their
    strobe stay. A read of no register, a write to none, to one that is read alone, or of a state
    that cannot be taken, and a bias that is not there now are answered with SLVERR, change nothing
    else and set the flag `address`. Reset: halted, every register as the table's 0, no error,
    counters 0.

    Parameters
    ----------
    lanes
        Names of each stage's lanes of ops.
    sha256
        That of the design, as 64 hexadecimal digits.

    Members
    -------
    bus : ``In(AxiLiteSignature())``
        The host.
    control : ``Out(ControlSignature())``
        To the accelerator.
    reset : ``Out(1)``
        Resets the accelerator, its arrays and what feeds them, for one clock.
    flags : ``In(len(ERRORS))``
        Errors as they happen, in the order of `models.csr.ERRORS`.
    enable : ``In(1)``
        No array stalls in this clock.
    tick, done, cycle, clock, trace0, ... : ``In``
        From the accelerator.
    """

    def __init__(self, lanes: Sequence[Sequence[str]], sha256: str) -> None:
        self.lanes, self.sha256 = lanes, sha256
        self.map = register_map(len(lanes))
        #: The state of the selected register, and the selected bias, a clock ago.
        self.seen = Signal(STATE_BITS)
        self.bias = Signal(
            data.StructLayout({"there": 1, "fresh": 1, "state": signed(BIAS_BITS)}),
            name="bias_seen",
        )
        super().__init__(_members(lanes))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.target = target = AxiLiteTarget()
        connect(m, flipped(self.bus), target.bus)
        plain = {
            one.name: Signal(one.mask.bit_length(), name=one.name)
            for one in self.map
            if one.access != Access.READ and one.fields
        }
        bias = self.bias
        for key in ("there", "fresh", "state"):
            m.d.sync += bias[key].eq(getattr(self.control.stage.bias, key))
        wide: dict[str, Value] = {
            "cycle": self.cycle,
            "clock": self.clock,
            "bias": Mux(bias.there, bias.state, 0).as_unsigned(),
        }
        for stage in range(len(self.lanes)):
            wide |= self._counters(m, stage)
        state = self.seen
        m.d.sync += state.eq(self.control.stage.tile.register.state)
        reads: dict[str, Value | int] = {
            "identity": IDENTITY,
            "version": version_code(),
            "stages": len(self.lanes),
            "status": self.done,
            "seed": state,
            **{f"design{n}": word for n, word in enumerate(design_words(self.sha256))},
            **plain,
        }
        self._read(m, target, reads, wide)
        self._write(m, target, plain)
        self._drive(m, plain)
        return m

    def _counters(self, m: Module, stage: int) -> dict[str, Value]:
        """Return a stage's counters."""
        counter = StageCounter(self.lanes[stage])
        gated = ResetInserter(self.reset)(EnableInserter(self.enable)(counter))
        m.submodules[f"counter{stage}"] = gated
        for lane in self.lanes[stage]:
            given = getattr(self, f"trace{lane}{stage}")
            connect(m, flipped(given), getattr(counter, f"trace{lane}"))
        m.d.comb += counter.tick.eq(self.tick)
        return {f"stage{stage}_{name}": getattr(counter, name) for name in COUNTERS}

    def _read(
        self,
        m: Module,
        target: AxiLiteTarget,
        reads: Mapping[str, Value | int],
        wide: Mapping[str, Value],
    ) -> None:
        """Answer reads; the high half of what is wide is kept by a read of its low half."""
        kept, bias = Signal(DATA_BITS), self.bias
        with m.Switch(target.read_address[2:]):
            for register in self.map:
                name, _, half = register.name.rpartition("_")
                with m.Case(register.offset >> 2):
                    if half == "low" and name in wide:
                        there = bias.there if name == "bias" else 1
                        m.d.comb += target.read_data.eq(wide[name][:DATA_BITS])
                        with m.If(target.read & there):
                            m.d.sync += kept.eq(wide[name][DATA_BITS:])
                    elif half == "high" and name in wide:
                        m.d.comb += target.read_data.eq(kept)
                    else:
                        m.d.comb += target.read_data.eq(reads[register.name])
                    if register.name == "bias_low":
                        m.d.comb += target.read_error.eq(~bias.there)
                        m.d.comb += target.hold_read.eq(bias.there & ~bias.fresh)
            with m.Default():
                m.d.comb += target.read_error.eq(1)

    def _write(self, m: Module, target: AxiLiteTarget, plain: Mapping[str, Signal]) -> None:
        """Take writes, byte by byte."""
        mask = Cat(strobe.replicate(8) for strobe in target.write_strobe)
        given, errors = target.write_data & mask, plain["errors"]
        own, run = self.control.stage.tile.register, ~self.control.halt
        bias, offset = self.control.stage.bias, {one.name: one.offset for one in self.map}
        seed = Signal(STATE_BITS)
        m.d.comb += seed.eq((self.seen & ~mask) | given)
        wrong = (target.read & target.read_error) | (target.write & target.write_error)
        refused, happened = Signal(), Signal(len(ERRORS))
        m.d.sync += refused.eq(wrong)
        m.d.comb += happened.eq(self.flags | refused)
        m.d.sync += [errors.eq(errors | happened), self.reset.eq(0)]
        with m.If(self.enable):
            m.d.sync += own.load.eq(0)
            with m.If(bias.loaded):
                m.d.sync += bias.load.eq(0)
        m.d.comb += [target.hold.eq(own.load | bias.load), target.write_error.eq(1)]
        with m.Switch(target.write_address[2:]):
            for register in (one for one in self.map if one.name in plain):
                with m.Case(register.offset >> 2):
                    m.d.comb += target.write_error.eq(0)
                    with m.If(target.write):
                        self._store(m, register, plain[register.name], mask, given, happened)
            with m.Case(offset["seed"] >> 2):
                m.d.comb += target.write_error.eq(run | (seed == 0))
                with m.If(target.write & ~target.write_error):
                    m.d.sync += [own.seed.eq(seed), own.load.eq(target.write_strobe.any())]
            with m.Case(offset["bias_low"] >> 2):
                m.d.comb += target.write_error.eq(~self.bias.there | ~target.write_strobe.all())
                with m.If(target.write & ~target.write_error):
                    whole = Cat(target.write_data, plain["bias_high"]).as_signed()
                    m.d.sync += [bias.value.eq(whole), bias.load.eq(1)]

    def _store(
        self, m: Module, register: Register, own: Signal, mask: Value, given: Value, new: Value
    ) -> None:
        """Change one register by what is written to it."""
        if register.name == "errors":
            m.d.sync += own.eq((own & ~given) | new)
            return
        m.d.sync += own.eq(((own & ~mask) | given) & register.mask)
        if register.name == "control":
            run, reset = (register.field(name).low for name in ("run", "reset"))
            m.d.sync += [self.reset.eq(given[reset]), own[reset].eq(0)]
            with m.If(given[reset]):
                m.d.sync += own[run].eq(0)

    def _drive(self, m: Module, plain: Mapping[str, Signal]) -> None:
        """Connect what is set with the accelerator."""
        fields = {
            (one.name, field.name): plain[one.name][field.low : field.low + field.bits]
            for one in self.map
            for field in one.fields
            if one.name in plain
        }
        control, stage = self.control, self.control.stage
        m.d.comb += [
            control.halt.eq(~fields["control", "run"]),
            control.number.eq(fields["select", "stage"]),
            stage.frozen.eq(fields["control", "freeze"]),
            stage.rate.eq(fields["rate", "log2"].as_signed()),
            stage.tile.limit.eq(fields["limit", "slots"]),
            stage.tile.side.eq(fields["select", "side"]),
            stage.tile.register.line.eq(fields["select", "line"]),
            stage.bias.line.eq(fields["select", "line"]),
            stage.bias.look.eq(~fields["control", "run"]),
        ]
