"""One linear stage: the data flow of F, B and U around its tile controller."""

from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import connect, flipped

from models.schedule import Op
from models.seed import COLUMNS, ROWS
from rtl.activation import ActivationUnit
from rtl.arrival import GradientUnit, VectorStore
from rtl.bias import BiasMemory
from rtl.digital import DigitalConfig, coded
from rtl.ending import UpdateEnd
from rtl.gain import GainUnit
from rtl.host import HostAccess
from rtl.layout import drive_members
from rtl.lending import lend
from rtl.loss import loss_unit
from rtl.op import flow_members, op_layout
from rtl.sum import SumUnit
from rtl.tile import TileController
from rtl.transfer import TransferUnit
from rtl.vector import VectorLoader, VectorSender


class StageDatapath(wiring.Component):
    """A stage that does one op after another, as `models.replay.Replay` does them.

    Its arrays stand behind one port: F and B read their sum, U pulses that of the gradient.
    F reads the sample's codes from the stash of inputs, adds the bias to the array's answer and
    gives the activations; it keeps their derivatives for the gradient that comes back. B reads the
    error's codes and gives the gradient of the inputs. U sends both codes with the rate of the
    sample to the tile, and changes the bias. Inputs and errors are scaled and stashed when they
    arrive, while any op may run: the last stage makes its errors itself from F's outputs. T, whose
    `sample` is the number of the transfer in the rule, follows the last U (`rtl.transfer`).
    Samples of each op come in order, and slots of the stashes are not overrun: rules R6 and R7 of
    docs/contract.md, which are not checked here. An op waits until what it reads is in the stash;
    the last stage takes none while its loss works. `done` is high in one cycle of each op: of F and
    B that in which the last output is taken, of U the last cycle in which the array pulses. Outputs
    meet back-pressure; an op of F or B takes it on. T is done with its last write.

    Stalls: all cycles are architectural. Whoever builds a machine whose array can stall gates the
    clock of all stages with it (`EnableInserter`). Reset returns to sample 0, bias 0, no op.

    Parameters
    ----------
    config
        Widths, depths, places and rates.

    Members
    -------
    i : ``In(stream.Signature(op_layout(config)))``
        Ops, F, B, U or T; `ready` depends on the payload.
    done : ``Out(1)``
        The op ends.
    busy : ``Out(1)``
        A vector is on its way to a stash.
    i_value : ``In(stream.Signature(signed(digital_bits)))``
        Inputs, sample after sample.
    i_gradient : ``In(stream.Signature(signed(digital_bits)))``
        Gradients of the outputs; the last stage has none.
    o_value : ``Out(stream.Signature(signed(digital_bits)))``
        F's outputs; of the last stage the pre-activations.
    o_gradient : ``Out(stream.Signature(signed(digital_bits)))``
        B's gradients of the inputs.
    i_host, o_host
        As of :class:`rtl.host.HostAccess`; a packet waits until no op runs.
    control : ``In(StageControlSignature())``
        What can be set at run time; `frozen` and `rate` count for an update as it begins.
    x_pulses, d_pulses : ``Out``
        As of :class:`rtl.tile.TileController`.

    The other members are those of the analog port, `rtl.layout.analog_members`, without `stall`.
    """

    def __init__(self, config: DigitalConfig) -> None:
        self.config = config
        self.tile = TileController(coded(config.tile), bool(config.transfers))
        self.bias = BiasMemory(config)
        super().__init__(flow_members(config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.tile = self.tile
        m.submodules.biases = self.bias
        m.submodules.inputs = self.inputs = VectorStore(config, ROWS)
        m.submodules.errors = self.errors = VectorStore(config, COLUMNS)
        m.submodules.rows = self.rows = VectorLoader(config, ROWS)
        m.submodules.columns = self.columns = VectorLoader(config, COLUMNS)
        m.submodules.sender = self.sender = VectorSender(config)
        m.submodules.sum = self.sum = SumUnit(config)
        m.submodules.activation = self.activation = ActivationUnit(config)
        m.submodules.host = self.host = HostAccess(config)
        connect(m, flipped(self.control.tile), self.tile.control)
        connect(m, flipped(self.control.bias), self.bias.host)
        m.d.comb += [
            self.x_pulses.eq(self.tile.x_pulses),
            self.d_pulses.eq(self.tile.d_pulses),
            self.bias.rate.eq(self.control.rate),
            self.bias.frozen.eq(self.control.frozen),
        ]
        m.submodules.ending = ending = UpdateEnd(config.tile)
        op = Signal(op_layout(config))
        connect(m, flipped(self.i_value), self.inputs.i)
        for name in drive_members(config.tile):
            m.d.comb += getattr(self, name).eq(getattr(self.tile, name))
        m.d.comb += [
            self.tile.y.eq(self.y),
            ending.tag.eq(self.tag),
            ending.op.eq(self.op),
            ending.attempt.eq(self.attempt),
            ending.bl.eq(self.bl),
        ]
        making = self._errors(m, op.label)
        self._lines(m, op)
        self._results(m, op)
        lend(m, self)
        sent = self._outputs(m, op)
        transferred = self._transfers(m, ending.last) if config.transfers else Const(0)
        self._control(m, op, making, sent, Mux(op.op == Op.TRANSFER, transferred, ending.last))
        m.d.comb += self.busy.eq(self.inputs.busy | self.errors.busy | making)
        return m

    def _there(self, m: Module, forward: Value, backward: Value, update: Value) -> Value:
        """Return whether what an op reads is in the stash."""
        x_lead = Signal(range(self.config.x_depth + 1))
        d_lead = Signal(range(self.config.d_depth + 1))
        first = backward if self.config.backward else update
        taken = self.i.valid & self.i.ready
        m.d.sync += x_lead.eq(x_lead + self.inputs.kept - (taken & forward))
        m.d.sync += d_lead.eq(d_lead + self.errors.kept - (taken & first))
        return (~forward | (x_lead != 0)) & (~first | (d_lead != 0))

    def _errors(self, m: Module, label: Signal) -> Signal:
        """Connect what makes the errors; return whether one is being made before its scaler."""
        config, making = self.config, Signal()
        if not config.loss:
            m.submodules.back = self.back = back = GradientUnit(config)
            connect(m, flipped(self.i_gradient), back.i)
            connect(m, back.o, self.errors.i)
            m.d.comb += making.eq(back.busy)
            return making
        m.submodules.loss = self.loss = loss_unit(config)
        connect(m, self.loss.o, self.errors.i)
        m.d.comb += self.loss.label.eq(label)
        left = Signal(range(config.outputs + 1))
        m.d.comb += making.eq(left != 0)
        with m.If(self.i.valid & self.i.ready & (self.i.payload.op == Op.FORWARD)):
            m.d.sync += left.eq(config.outputs)
        with m.Elif(self.loss.o.valid & self.loss.o.ready):
            m.d.sync += left.eq(left - 1)
        return making

    def _lines(self, m: Module, op: Any) -> None:
        """Connect stashes, loaders and the tile's command."""
        config, command = self.config, self.tile.i.payload
        connect(m, self.inputs.o, self.rows.i)
        late = Signal()
        m.submodules.gain = gain = GainUnit(config)
        m.d.comb += [
            gain.late.eq(late),
            gain.rate.eq(self.control.rate),
            gain.frozen.eq(self.control.frozen),
            late.eq(op.sample >= config.decay_from),
            self.bias.late.eq(late),
            self.bias.i.payload.eq(self.errors.o.payload),
            command.op.eq(op.op),
            command.sample.eq(op.sample),
            command.d.eq(self.columns.vector),
            command.ex.eq(self.rows.exponent),
            command.ed.eq(self.columns.exponent),
            command.gain.eq(gain.gain),
        ]
        if config.biased:
            moved = self.errors.o.valid & self.errors.o.ready
            m.d.comb += self.bias.i.valid.eq(moved & (op.op == Op.UPDATE))

    def _transfers(self, m: Module, written: Value) -> Value:
        """Connect the engine of transfers, which rests while updates are frozen; return its end."""
        m.submodules.transfer = unit = TransferUnit(self.config)
        start, given, late, none = Signal(), self.i.payload, Signal(), Signal()
        m.d.sync += none.eq(start & self.control.frozen)
        connect(m, unit.line, self.tile.line)
        with m.If(self.i.valid & self.i.ready & (given.op == Op.UPDATE)):
            m.d.sync += late.eq(given.sample >= self.config.decay_from)
        m.d.comb += [
            start.eq(self.i.valid & self.i.ready & (given.op == Op.TRANSFER)),
            unit.start.eq(start & ~self.control.frozen),
            unit.which.eq(given.sample),
            unit.late.eq(late),
            unit.y.eq(self.tile.o.payload.y),
            unit.answered.eq(self.tile.o.valid),
            unit.ended.eq(written),
        ]
        return unit.done | none

    def _results(self, m: Module, op: Any) -> None:
        """Connect the tile's result through the sum, with the bias in F."""
        config, result, given = self.config, self.tile.o.payload, self.sum.i.payload
        forward, sent = op.op == Op.FORWARD, self.sender.o
        m.d.comb += [
            self.tile.o.ready.eq(1),
            self.sender.fill.eq(self.tile.o.valid),
            self.sender.load.eq(self.tile.o.valid & (self.host.busy | (op.op != Op.TRANSFER))),
            self.sender.y.eq(result.y),
            self.sender.exponent.eq(result.exponent),
            self.sender.lines.eq(Mux(forward | self.host.busy, config.outputs, config.inputs)),
            given.codes[0].eq(sent.payload.code),
            given.exponents[0].eq(sent.payload.exponent),
        ]
        there = sent.valid & ~self.host.busy
        if config.biased:
            there = there & (self.bias.o.valid | ~forward)
            m.d.comb += [
                given.bias.eq(Mux(forward, self.bias.o.payload, 0)),
                self.bias.o.ready.eq(forward & sent.valid & self.sum.i.ready),
            ]
        m.d.comb += [self.sum.i.valid.eq(there), sent.ready.eq(there & self.sum.i.ready)]

    def _outputs(self, m: Module, op: Any) -> Signal:
        """Connect the sum to what leaves; return when an element does."""
        forward, sent, taken = op.op == Op.FORWARD, Signal(), Signal()
        found, active = self.sum.o, self.activation
        m.d.comb += [
            active.i.valid.eq(found.valid & forward),
            active.i.payload.eq(found.payload),
            self.o_gradient.valid.eq(found.valid & ~forward),
            self.o_gradient.payload.eq(found.payload),
            found.ready.eq(Mux(forward, active.i.ready, self.o_gradient.ready)),
            sent.eq(taken | (self.o_gradient.valid & self.o_gradient.ready)),
            taken.eq(active.o.valid & active.o.ready),
        ]
        if self.config.loss:
            connected = self.loss.i
            m.d.comb += [
                connected.valid.eq(active.o.valid & self.o_value.ready),
                connected.payload.eq(active.o.payload),
                self.o_value.valid.eq(active.o.valid & connected.ready),
                self.o_value.payload.eq(active.o.payload.z),
                active.o.ready.eq(self.o_value.ready & connected.ready),
            ]
        else:
            m.d.comb += [
                self.back.slopes.valid.eq(taken),
                self.back.slopes.payload.eq(active.o.payload.slope),
                self.o_value.valid.eq(active.o.valid),
                self.o_value.payload.eq(active.o.payload.value),
                active.o.ready.eq(self.o_value.ready),
            ]
        return sent

    def _control(self, m: Module, op: Any, making: Signal, sent: Signal, ended: Signal) -> None:
        """Load the vectors, hand over the op, wait for its end."""
        config, kind = self.config, self.i.payload.op
        rows, columns, start = self.rows, self.columns, Signal()
        forward, backward, update = (kind == one for one in (Op.FORWARD, Op.BACKWARD, Op.UPDATE))
        left, there = Signal(range(config.tile.lines + 1)), Signal()
        m.d.comb += [
            there.eq(self._there(m, forward, backward, update)),
            start.eq(self.i.valid & self.i.ready),
            self.bias.begins.eq(start),
            rows.clear.eq(start),
            columns.clear.eq(start | self.host.begins),
            self.inputs.start.eq(Mux(start, Cat(forward, update), 0)),
            self.errors.start.eq(Mux(start, Cat(backward, update), 0)),
            self.bias.read.eq(start & forward & config.biased),
        ]
        with m.FSM():
            with m.State("idle"):
                kept = self.host.busy | self.bias.loading | (making if config.loss else 0)
                m.d.comb += [self.host.free.eq(~self.i.valid), self.bias.idle.eq(1)]
                m.d.comb += self.i.ready.eq(there & ~kept)
                with m.If(start):
                    m.d.sync += op.eq(self.i.payload)
                    m.d.sync += left.eq(Mux(forward, config.outputs, config.inputs))
                    m.next = "load"
                    with m.If(kind == Op.TRANSFER):
                        m.next = "run"
            with m.State("load"):
                x_there = rows.full | (op.op == Op.BACKWARD)
                d_there = columns.full | (op.op == Op.FORWARD)
                m.d.comb += self.tile.i.valid.eq(x_there & d_there)
                with m.If(self.tile.i.valid & self.tile.i.ready):
                    m.next = "run"
            with m.State("run"):
                writes = (op.op == Op.UPDATE) | (op.op == Op.TRANSFER)
                m.d.comb += self.done.eq(Mux(writes, ended, sent & (left == 1)))
                with m.If(sent):
                    m.d.sync += left.eq(left - 1)
                with m.If(self.done):
                    m.next = "idle"
