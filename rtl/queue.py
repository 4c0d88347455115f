"""The transfers of one stage that are due, in their order (rule R12)."""

from amaranth.hdl import Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.layout import SAMPLE_BITS
from rtl.sharing import Sharing


class TransferQueue(wiring.Component):
    """Queue of the transfers that updates have made due: a bit each.

    U waits until the last one before it has started, so that all in the queue follow the same
    update. Transfer t after update u has the number u T + t. There is no back-pressure. Reset
    empties the queue.

    Parameters
    ----------
    sharing
        What the transfers claim, and how often they are due.

    Members
    -------
    updated : ``In(1)``
        An update starts.
    ended : ``In(1)``
        All updates that have started have ended.
    take : ``In(1)``
        The first transfer starts; only when it is `due`.
    due : ``Out(1)``
        There is a transfer whose update has ended.
    which : ``Out(range(T))``
        The first transfer, 0 .. T - 1.
    number : ``Out(32)``
        Its number.
    claim : ``Out``
        Its arrays, one bit each.
    held : ``Out``
        The arrays of the transfer that has started last.
    waits : ``Out(1)``
        A transfer stays in the queue, also if the first starts in this cycle.
    blocks : ``Out``
        The arrays of the first that stays and whose update has ended.
    empty : ``Out(1)``
        There is none.
    """

    def __init__(self, sharing: Sharing) -> None:
        self.sharing = sharing
        arrays, most = sharing.own.bit_length(), len(sharing.transfers)
        super().__init__(
            {
                "updated": In(1),
                "ended": In(1),
                "take": In(1),
                "due": Out(1),
                "which": Out(range(most)),
                "number": Out(SAMPLE_BITS),
                "claim": Out(arrays),
                "held": Out(arrays),
                "waits": Out(1),
                "blocks": Out(arrays),
                "empty": Out(1),
            }
        )

    def _first(self, waiting: Value, values: list[int] | range) -> Value:
        """Return the value of the lowest bit that waits, 0 where none does."""
        found: Value = Const(0)
        for place, value in reversed(list(enumerate(values))):
            found = Mux(waiting[place], value, found)
        return found

    def elaborate(self, platform: object) -> Module:
        m = Module()
        masks, every = list(self.sharing.transfers), self.sharing.every
        count = len(masks)
        waiting, rest = Signal(count), Signal(count)
        base, following = Signal(self.number.shape()), Signal(self.number.shape())
        claim = self._first(waiting, masks)
        m.d.comb += [
            self.empty.eq(waiting == 0),
            self.due.eq(~self.empty & self.ended),
            self.which.eq(self._first(waiting, range(count))),
            self.number.eq(base + self.which),
            self.claim.eq(claim),
            rest.eq(waiting & (waiting - 1)),
        ]
        # `take` follows from `due` and `claim` alone, so that what stays is found for both cases.
        left = Mux(self.take, rest, waiting)
        m.d.comb += [
            self.waits.eq(left != 0),
            self.blocks.eq(Mux(self.ended, self._first(left, masks), 0)),
        ]
        m.d.sync += waiting.eq(left)
        with m.If(self.take):
            m.d.sync += self.held.eq(self.claim)
        with m.If(self.updated):
            m.d.sync += [base.eq(following), following.eq(following + count)]
        for place, period in enumerate(every):
            passed = Signal(range(max(period, 2)), name=f"passed{place}")
            with m.If(self.updated):
                m.d.sync += passed.eq(Mux(passed == period - 1, 0, passed + 1))
                with m.If(passed == period - 1):
                    m.d.sync += waiting[place].eq(1)
        return m
