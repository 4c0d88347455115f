"""A stage's registers for vectors, lent to a host that holds its tile."""

from typing import Any

from amaranth.hdl import Module, Mux
from amaranth.lib.wiring import connect, flipped

from models.number import code_limit


def lend(m: Module, flow: Any) -> None:
    """Connect a host with the stage of data flow `flow` (:class:`rtl.datapath.StageDatapath`).

    While the tile is held no op of the stage is under way: the loader of the columns gathers the
    digits, that of the rows shows 0 but for the row that is driven, and the sender has the answer.
    """
    host, given, columns, errors = flow.host, flow.host.command.payload, flow.columns, flow.errors.o
    connect(m, flipped(flow.i_host), host.i)
    connect(m, host.o, flipped(flow.o_host))
    command, limit = flow.tile.i.payload, code_limit(flow.config.tile.tile.dac.bits)
    for line, row in enumerate(given.row):
        m.d.comb += command.x[line].eq(flow.rows.vector[line] | Mux(row, limit, 0))
    m.d.comb += [
        flow.rows.wipe.eq(host.busy),
        columns.i.valid.eq(errors.valid | host.digits.valid),
        columns.i.payload.eq(errors.payload),
        errors.ready.eq(columns.i.ready),
        host.command.ready.eq(flow.tile.i.ready),
        host.codes.valid.eq(flow.sender.o.valid & host.busy),
        host.codes.payload.eq(flow.sender.o.payload.code),
    ]
    with m.If(host.busy):
        m.d.comb += [
            columns.i.payload.code.eq(host.digits.payload),
            command.op.eq(given.op),
            command.sample.eq(given.number),
            command.gain.eq(given.number),
            flow.tile.i.valid.eq(host.command.valid),
            flow.sender.o.ready.eq(host.codes.ready),
        ]
