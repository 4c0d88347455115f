"""The digital side of one tile: ops in, analog port, results out."""

from amaranth.hdl import EnableInserter, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from models.tile import TileConfig
from rtl.control import TileControlSignature
from rtl.layout import analog_members, command_layout, drive_members, result_layout
from rtl.port import AnalogPort
from rtl.prepare import PrepareStage, prepared_layout
from rtl.result import ResultQueue


class TileController(wiring.Component):
    """Controller of one tile: scales vectors, makes pulse words, times the analog port.

    It takes F, B, U, PROGRAM and READ (`models.schedule.Op`; no other) on `i`, strictly in order,
    each with digital vectors or DAC codes: scaling leaves codes as they are. Their exponents and
    the gain log2(lr / (s dw_min)) come with them. F drives `x`, B drives `d`, U translates both
    into pulse words; update number k of a tile uses the LFSR states of update k, whatever was used
    before. PROGRAM drives both vectors, READ drives `x` as F does; their number comes in the place
    of the gain (`models.programming`). It gives every F, B and READ one result on `o`, in order; U
    and PROGRAM give none.

    With a(n) the cycle that accepts op n, g(n) the first cycle in which the analog port shows it
    (`go`), T and prepare of `models.timing`::

        a(n) >= a(n-1) + 2
        a(n) >= g(n-3)
        g(n) = max(a(n) + prepare(n), g(n-1) + prepare(n) - 4, g(n-1) + T(n-1))
        g(n) = max(the same, taken(r) + 2)  for a read; r is the read before the last

    `y` is taken at the end of cycle g + T - 1 and offered on `o` from cycle g + T on. So reads of
    two cycles go every two cycles, and an update hides its preparation in the op before; phases of
    an update go at `models.timing.phase_offsets`. Back-pressure on `o` never touches an op that
    runs: two results can wait, and a read goes only when there is a place for its own. It never
    binds where `o` is always ready. `i.ready` depends on registers and `stall` alone.

    All cycles are architectural: they count clocks in which `stall` is 0. In a stalled clock
    nothing changes, and both streams pause: `i.ready` and `o.valid` are 0, so the valid of a result
    can fall until the stall ends. A machine of several tiles feeds each the OR of all stalls.

    Reset, synchronous: no op, no result, every output of the port 0 (`tag` too), LFSRs before
    update 0.

    Parameters
    ----------
    config
        Architecture, cycles and seed.
    lines
        Whether ops of transfers come in, ready to go, on a stream `line`.

    Members
    -------
    i : ``In(stream.Signature(command_layout(config)))``
        Ops; each needs the vectors that it drives, the others are ignored.
    line : ``In(stream.Signature(prepared_layout(config)))``
        Ops that go at once, only while none of `i` is under way.
    o : ``Out(stream.Signature(result_layout(config)))``
        Results: op, sample, ADC codes, whether each stands at the rail, and the exponent of the
        scaled vector that was read (that of the digital vector plus the shift).
    tag : ``Out(32)``
        Number of `go` since reset; changes at every `go`.
    op, sample, attempt : ``Out(3)``, ``Out(32)``, ``Out(8)``
        What runs; `attempt` is the sign phase, in PROGRAM and in READ of one array the number.
    x, d : ``Out(ArrayLayout(signed(dac_bits), rows))``, the same of ``columns``
        DAC codes; 0 where the op does not drive them.
    xw, dw : ``Out(ArrayLayout(bl, rows))``, ``Out(ArrayLayout(bl, columns))``
        Pulse words, bit t = slot t; 0 but in U.
    xs, ds : ``Out(rows)``, ``Out(columns)``
        Signs: x below 0, d above 0 (the minus of gradient descent). A coincidence steps down where
        they differ.
    bl : ``Out(6)``
        Slots used.
    y : ``In(ArrayLayout(signed(adc_bits), lines))``
        ADC codes.
    stall : ``In(1)``
        The array is not ready for the next architectural clock edge.
    control : ``In(TileControlSignature())``
        What can be set at run time: a limit of the slots, and the states of the registers; all 0 is
        the tile as designed. A register is set in a clock with `load` and no `stall`.
    x_pulses, d_pulses : ``Out(range(rows + 1))``, ``Out(range(columns + 1))``
        Lines that fire in one slot, while the words are made: in an update's slots, before its
        `go`, each slot in a cycle of its own; 0 in every other cycle.
    """

    def __init__(self, config: TileConfig, lines: bool = False) -> None:
        self.config, self.lines = config, lines
        line = {"line": In(stream.Signature(prepared_layout(config)))} if lines else {}
        super().__init__(
            {
                "i": In(stream.Signature(command_layout(config))),
                "o": Out(stream.Signature(result_layout(config))),
                "control": In(TileControlSignature()),
                "x_pulses": Out(range(config.rows + 1)),
                "d_pulses": Out(range(config.columns + 1)),
            }
            | line
            | analog_members(config)
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        enable = Signal()
        m.d.comb += enable.eq(~self.stall)
        self.prepare = prepare = PrepareStage(self.config, self.lines)
        self.port = port = AnalogPort(self.config)
        queue = ResultQueue(self.config)
        gated = EnableInserter(enable)
        m.submodules.prepare = gated(prepare)
        m.submodules.port = gated(port)
        m.submodules.queue = gated(queue)
        connect(m, flipped(self.control), prepare.control)

        m.d.comb += [
            prepare.i.payload.eq(self.i.payload),
            prepare.i.valid.eq(self.i.valid),
            self.i.ready.eq(prepare.i.ready & enable),
            self.o.payload.eq(queue.o.payload),
            self.o.valid.eq(queue.o.valid & enable),
            queue.o.ready.eq(self.o.ready),
        ]
        m.d.comb += [
            prepare.free.eq(port.idles),
            prepare.free_read.eq(port.idles & queue.rooms),
            port.i.payload.eq(prepare.o.payload),
            port.i.valid.eq(prepare.o.valid),
        ]
        if self.lines:
            m.d.comb += self.line.ready.eq(port.i.ready & enable & queue.room)
            with m.If(self.line.valid):
                m.d.comb += [port.i.payload.eq(self.line.payload), port.i.valid.eq(queue.room)]
        m.d.comb += [
            queue.pushes.eq(port.samples),
            queue.push.eq(port.sampled),
            queue.result.op.eq(port.op),
            queue.result.sample.eq(port.sample),
            queue.result.y.eq(self.y),
            queue.result.exponent.eq(port.exponent),
            self.x_pulses.eq(prepare.x_pulses),
            self.d_pulses.eq(prepare.d_pulses),
        ]
        for name in drive_members(self.config):
            m.d.comb += getattr(self, name).eq(getattr(port, name))
        return m
