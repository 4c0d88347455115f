"""What carries out the requests of a host, one after another (`models.link`)."""

from collections.abc import Mapping

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.csr import ADDRESS_BITS
from models.frame import MOST_CONTENT
from models.link import ANSWER, ANSWER_HEAD, Kind, Status
from rtl.axi import DATA_BITS, OKAY, AxiLiteSignature
from rtl.uart import BYTE

WORD_BYTES = DATA_BITS // 8


class Server(wiring.Component):
    """Reads a request, does it, writes the answer and sends it.

    While it is busy it holds the request. A request whose number is the last one's is answered by
    what stands in the buffer of answers; one whose number is neither that nor the next is dropped.
    Reset: no request yet; all but SYNC are refused.

    Parameters
    ----------
    put_bytes, get_bytes
        Bytes of an item of each channel.
    put_bits, get_bits
        Width of the widest item to and from the accelerator.

    Members
    -------
    done : ``In(1)``, ``hold`` : ``Out(1)``, ``i`` : ``In(stream.Signature(8))``
        As `done`, `hold` and `o` of :class:`rtl.frame.FrameReceiver`, which starts by `done`.
    write, address, data, send, length : ``Out``, ``sending`` : ``In(1)``
        As of :class:`rtl.frame.FrameSender`.
    axil : ``Out(AxiLiteSignature())``
        Registers.
    channel, put, item, get : ``Out``, ``room``, ``wrong``, ``there``, ``shown`` : ``In``
        As of :class:`rtl.channel.Channels`.
    """

    def __init__(
        self,
        put_bytes: Mapping[int, int],
        get_bytes: Mapping[int, int],
        put_bits: int,
        get_bits: int,
    ) -> None:
        self.put_bytes, self.get_bytes = put_bytes, get_bytes
        #: Longest of what passes byte by byte: an item, or a word.
        self.longest = max(WORD_BYTES, *put_bytes.values(), *get_bytes.values())
        super().__init__(
            {
                "done": In(1),
                "hold": Out(1),
                "i": In(BYTE),
                "write": Out(1),
                "address": Out(range(MOST_CONTENT)),
                "data": Out(8),
                "send": Out(1),
                "length": Out(range(MOST_CONTENT + 1)),
                "sending": In(1),
                "axil": Out(AxiLiteSignature()),
                "channel": Out(2),
                "put": Out(1),
                "item": Out(put_bits),
                "room": In(1),
                "wrong": In(1),
                "get": Out(1),
                "there": In(1),
                "shown": In(get_bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        self.number, self.last, self.synced = Signal(8), Signal(8), Signal()
        self.kind, self.status, self.count = Signal(8), Signal(Status), Signal(8)
        #: What passes byte by byte, and the byte's place; items or words that are still to come.
        self.word = Signal(8 * self.longest)
        self.place, self.left = Signal(range(self.longest)), Signal(8)
        self.target = Signal(ADDRESS_BITS)
        self.addressed, self.given = Signal(), Signal()
        m.d.comb += [self.hold.eq(1), self.item.eq(self.word)]
        with m.FSM():
            self._decide(m)
            self._registers(m)
            self._puts(m)
            self._gets(m)
            self._answer(m)
        return m

    def _take(self, m: Module, register: Value, then: str) -> None:
        """Take a byte of the request, or end with UNKNOWN where there is none."""
        m.d.comb += self.i.ready.eq(1)
        m.d.sync += register.eq(self.i.payload)
        m.next = then
        with m.If(~self.i.valid):
            self._end(m, Status.UNKNOWN)

    def _end(self, m: Module, status: Status | None = None) -> None:
        """Answer, with a status if it is not the one so far."""
        if status is not None:
            m.d.sync += self.status.eq(status)
        m.next = "NUMBER-OUT"

    def _push(self, m: Module, byte: Value) -> None:
        """Write the next byte of the answer."""
        m.d.comb += [self.write.eq(1), self.address.eq(self.length), self.data.eq(byte)]
        m.d.sync += self.length.eq(self.length + 1)

    def _decide(self, m: Module) -> None:
        """Find out whether a request is new, and what it wants."""
        with m.State("REST"):
            m.d.comb += self.hold.eq(0)
            m.d.sync += [self.addressed.eq(0), self.given.eq(0), self.place.eq(0)]
            with m.If(self.done):
                m.next = "NUMBER"
        with m.State("NUMBER"):
            m.d.comb += self.i.ready.eq(1)
            m.d.sync += self.number.eq(self.i.payload)
            m.next = "KIND"
        with m.State("KIND"):
            m.d.comb += self.i.ready.eq(1)
            m.d.sync += self.kind.eq(self.i.payload)
            m.next = "DECIDE"
            with m.If(~self.i.valid):
                m.next = "REST"
        with m.State("DECIDE"):
            following = self.number == (self.last + 1)[:8]
            begins = self.kind == Kind.SYNC
            with m.If(begins | ~self.synced | following):
                m.d.sync += [self.length.eq(ANSWER_HEAD), self.count.eq(0)]
                m.d.sync += self.status.eq(Status.DONE)
                with m.If(begins | self.synced):
                    m.d.sync += [self.synced.eq(1), self.last.eq(self.number)]
                    m.next = "BEGIN"
                with m.Else():
                    self._end(m, Status.UNSYNCED)
            with m.Elif(self.number == self.last):
                m.next = "SEND"
            with m.Else():
                m.next = "REST"
        with m.State("BEGIN"), m.Switch(self.kind):
            with m.Case(Kind.SYNC):
                m.next = "ECHO"
            with m.Case(Kind.READ, Kind.WRITE):
                m.next = "ADDRESS-LOW"
            with m.Case(Kind.PUT, Kind.GET):
                m.d.sync += self.length.eq(ANSWER_HEAD + 1)
                m.next = "CHANNEL"
            with m.Default():
                self._end(m, Status.UNKNOWN)
        with m.State("ECHO"):
            m.d.comb += self.i.ready.eq(1)
            with m.If(self.i.valid & (self.length != MOST_CONTENT)):
                self._push(m, self.i.payload)
            with m.Else():
                self._end(m)

    def _registers(self, m: Module) -> None:
        """Read or write registers."""
        axil = self.axil
        m.d.comb += [
            axil.araddr.eq(self.target),
            axil.awaddr.eq(self.target),
            axil.wdata.eq(self.word),
            axil.wstrb.eq((1 << WORD_BYTES) - 1),
        ]
        with m.State("ADDRESS-LOW"):
            self._take(m, self.target[:8], "ADDRESS-HIGH")
        with m.State("ADDRESS-HIGH"):
            self._take(m, self.target[8:], "WORDS")
            with m.If(self.i.valid & (self.kind == Kind.WRITE)):
                m.next = "DATA"
        with m.State("WORDS"):
            self._take(m, self.left, "ASK")
        with m.State("ASK"):
            with m.If(self.left == 0):
                self._end(m)
            with m.Elif(self.length > MOST_CONTENT - WORD_BYTES):
                self._end(m, Status.UNKNOWN)
            with m.Else():
                m.d.comb += axil.arvalid.eq(1)
                with m.If(axil.arready):
                    m.next = "TOLD"
        with m.State("TOLD"):
            m.d.comb += axil.rready.eq(1)
            with m.If(axil.rvalid):
                m.d.sync += [self.word.eq(axil.rdata), self.target.eq(self.target + WORD_BYTES)]
                with m.If(axil.rresp != OKAY):
                    m.d.sync += self.status.eq(Status.REFUSED)
                m.next = "GIVE"
        with m.State("DATA"):
            self._take(m, self.word.word_select(self.place, 8), "DATA")
            m.d.sync += self.place.eq(self.place + 1)
            with m.If(self.i.valid & (self.place == WORD_BYTES - 1)):
                m.next = "STORE"
        with m.State("STORE"):
            m.d.comb += [axil.awvalid.eq(~self.addressed), axil.wvalid.eq(~self.given)]
            m.d.comb += axil.bready.eq(self.addressed & self.given)
            with m.If(axil.awready):
                m.d.sync += self.addressed.eq(1)
            with m.If(axil.wready):
                m.d.sync += self.given.eq(1)
            with m.If(axil.bvalid & axil.bready):
                self._end(m)
                with m.If(axil.bresp != OKAY):
                    m.d.sync += self.status.eq(Status.REFUSED)

    def _puts(self, m: Module) -> None:
        """Take items of a request as long as there is room."""
        with m.State("CHANNEL"):
            self._take(m, self.channel, "ITEM")
            known = self.i.payload < len(self.put_bytes)
            with m.If(self.i.valid & ~known):
                self._end(m, Status.UNKNOWN)
            with m.Elif(self.i.valid & (self.kind == Kind.GET)):
                m.next = "MOST"
        with m.State("ITEM"):
            m.d.comb += self.i.ready.eq(1)
            with m.If(self.i.valid):
                m.d.sync += self.word.word_select(self.place, 8).eq(self.i.payload)
                m.d.sync += self.place.eq(self.place + 1)
                with m.If(self.place == self._last(self.put_bytes)):
                    m.next = "OFFER"
            with m.Elif(self.place == 0):
                self._end(m)
            with m.Else():
                self._end(m, Status.UNKNOWN)
        with m.State("OFFER"):
            m.d.comb += self.put.eq(self.room)
            m.d.sync += self.place.eq(0)
            m.next = "ITEM"
            with m.If(~self.room):
                self._end(m)
            with m.Elif(self.wrong):
                self._end(m, Status.REFUSED)
            with m.Else():
                m.d.sync += self.count.eq(self.count + 1)

    def _last(self, sizes: Mapping[int, int]) -> Value:
        """Return the place of an item's last byte."""
        found: Value = Signal(range(self.longest))
        for channel, size in sizes.items():
            found = Mux(self.channel == channel, size - 1, found)
        return found

    def _gets(self, m: Module) -> None:
        """Give items as long as there are some."""
        with m.State("MOST"):
            self._take(m, self.left, "TAKE")
        with m.State("TAKE"):
            room = self.length <= MOST_CONTENT - self.longest
            with m.If((self.left != 0) & self.there & room):
                m.d.comb += self.get.eq(1)
                m.d.sync += self.word.eq(self.shown)
                m.next = "GIVE"
            with m.Else():
                self._end(m)
        with m.State("GIVE"):
            self._push(m, self.word.word_select(self.place, 8))
            reading = self.kind == Kind.READ
            m.d.sync += self.place.eq(self.place + 1)
            last = Mux(reading, WORD_BYTES - 1, self._last(self.get_bytes))
            with m.If(self.place == last):
                m.d.sync += [self.place.eq(0), self.left.eq(self.left - 1)]
                m.d.sync += self.count.eq(self.count + 1)
                m.next = "TAKE"
                with m.If(reading):
                    m.next = "ASK"

    def _answer(self, m: Module) -> None:
        """Write the head of the answer and send it."""
        counted = (self.kind == Kind.PUT) | (self.kind == Kind.GET)
        head = {
            "NUMBER-OUT": (self.number, "KIND-OUT"),
            "KIND-OUT": (self.kind | ANSWER, "STATUS-OUT"),
            "STATUS-OUT": (self.status, "COUNT-OUT"),
            "COUNT-OUT": (self.count, "SEND"),
        }
        for address, (state, (byte, following)) in enumerate(head.items()):
            with m.State(state):
                written = counted if state == "COUNT-OUT" else 1
                m.d.comb += [self.write.eq(written), self.data.eq(byte), self.address.eq(address)]
                m.next = following
        with m.State("SEND"):
            m.d.comb += self.send.eq(1)
            m.next = "SENDING"
        with m.State("SENDING"):
            with m.If(~self.sending):
                m.next = "REST"
