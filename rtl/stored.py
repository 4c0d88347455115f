"""What the arrays of an emulated tile hold: their memories, and which of them an op is for."""

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib.memory import Memory

from models.device.emulated import RATE_BITS, WEIGHT_BITS
from models.programming import ALONE, DIGIT_BITS, MOST_ARRAYS
from models.schedule import Op
from rtl.arithmetic import scaled, total
from rtl.emulation import EmulatedTile, Table
from rtl.phase import PHASE_BITS

#: Tells synthesis to make no gates of what never changes: they would be slow.
IN_MEMORY: dict[str, Any] = {"ram_style": "block"}
#: Tells synthesis that what is read of a word in the clock of its write does not count.
ANY_ORDER = {"no_rw_check": 1}


def packed_rows(tables: Sequence[Table], bits: int) -> list[int]:
    """Return one word a row: each column's fields, one of each table, the first in the low bits."""
    mask, words = (1 << bits) - 1, []
    for rows in zip(*tables, strict=True):
        fields = [value & mask for column in zip(*rows, strict=True) for value in column]
        words.append(sum(field << (bits * n) for n, field in enumerate(fields)))
    return words


def weight_memory(table: Table) -> Memory:
    """Return the weights of an array, a row a word, column 0 in the low bits."""
    words = packed_rows([table], WEIGHT_BITS)
    width = len(table[0]) * WEIGHT_BITS
    return Memory(shape=width, depth=len(table), init=words, attrs=IN_MEMORY | ANY_ORDER)


def read_before(m: Module, memory: Memory, address: Value, enable: Value) -> Value:
    """Return what `memory` held a clock ago at `address`, where there was an `enable`.

    No row counts that is read in the clock in which it is written: it is read again before an op
    takes it. A read port of the library would keep the old value of such a row, in gates.
    """
    port = memory.read_port(domain="comb")
    taken = Signal.like(port.data, reset_less=True)
    m.d.comb += port.addr.eq(address)
    with m.If(enable):
        m.d.sync += taken.eq(port.data)
    return taken


def rate_memory(up: Table, down: Table) -> Memory:
    """Return the rates of an array, a row a word: up and down of column 0 in the low bits."""
    words, width = packed_rows([up, down], RATE_BITS), 2 * len(up[0]) * RATE_BITS
    return Memory(shape=width, depth=len(up), init=words, attrs=IN_MEMORY)


def picked(chosen: Sequence[Value], values: Sequence[Value]) -> Value:
    """Return the value whose bit of `chosen` is set; the first where none is."""
    found = values[0]
    for bit, value in zip(chosen[1:], values[1:], strict=True):
        found = Mux(bit, value, found)
    return found


def chosen(
    m: Module, tile: EmulatedTile, op: Value, attempt: Value
) -> tuple[list[Value], list[Value], Value]:
    """Return for each array whether an op moves its devices, and whether it is read alone.

    And whether it is a transfer that reads.
    """
    count = tile.arrays
    if count == 1:
        return [Const(1)], [Const(0)], Const(0)
    moved, alone, line = Signal(count), Signal(count), Signal()
    m.d.comb += moved.eq(1 << tile.gradient)
    with m.If(op == Op.PROGRAM):
        m.d.comb += moved.eq(1 << (attempt >> DIGIT_BITS))
    with m.If((op == Op.READ) & (attempt & ALONE).any()):
        m.d.comb += alone.eq(1 << (attempt & MOST_ARRAYS - 1))
    for t, (source, target) in enumerate(tile.transfers):
        with m.If((op == Op.TRANSFER) & (attempt >> PHASE_BITS == t)):
            m.d.comb += moved.eq(1 << target)
        with m.If((op == Op.READ) & (attempt == 1 + t)):
            m.d.comb += [alone.eq(1 << source), line.eq(1)]
    return list(moved), list(alone), line


def seen(tile: EmulatedTile, alone: list[Value], weights: list[Value]) -> Value:
    """Return what is read of a column: the arrays' sum, or one of them."""
    terms = zip(tile.gammas, weights, strict=True)
    parts = [scaled(own, gamma.bit_length() - 1) for gamma, own in terms if gamma]
    return Mux(Cat(alone).any(), picked(alone, weights), scaled(total(parts), -tile.places))
