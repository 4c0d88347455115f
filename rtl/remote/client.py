"""Requests over a wire that may lose, turn and invent bytes."""

import secrets

from models.error import DesignError
from models.frame import MOST_CONTENT, FrameDecoder, encode
from models.link import ANSWER, ANSWER_HEAD, SYNC_BYTES, Kind, Status
from rtl.remote.wire import Wire

#: Bytes of noise after which an answer is given up.
MOST_NOISE = 8 * MOST_CONTENT


class LinkError(DesignError):
    """The board does not answer, or not as it must."""


class Client:
    """Sends one request after another; each is carried out once, or :class:`LinkError` says so.

    Parameters
    ----------
    wire
        To the board.
    tries
        How often a request is sent before it is given up.
    """

    def __init__(self, wire: Wire, tries: int = 10) -> None:
        self.wire, self.tries = wire, tries
        self._decoder = FrameDecoder()
        self._number = 0
        #: Requests that were sent again.
        self.repeated = 0

    def sync(self) -> None:
        """Begin to count anew; to be called first.

        Raises
        ------
        LinkError
            When there is no answer.
        """
        token = secrets.token_bytes(SYNC_BYTES)
        for _ in range(self.tries):  # an answer to whoever asked before may still be on its way
            if self._ask(Kind.SYNC, token) == (Status.DONE, token):
                return
        raise LinkError("the board answers, but not as a board of PulseTrain does")

    def request(self, kind: Kind, body: bytes) -> tuple[Status, bytes]:
        """Return status and body of the answer to a new request.

        Raises
        ------
        LinkError
            When there is no answer, or the board was reset meanwhile.
        """
        self._number = (self._number + 1) % 256
        status, found = self._ask(kind, body)
        if status == Status.UNSYNCED:
            raise LinkError("the board was reset meanwhile: begin again")
        return status, found

    def _ask(self, kind: Kind, body: bytes) -> tuple[Status, bytes]:
        frame = encode(bytes([self._number, kind]) + body)
        for attempt in range(self.tries):
            self.repeated += attempt > 0
            self.wire.write(frame)
            answer = self._answer(kind)
            if answer is not None:
                return Status(answer[2]), answer[ANSWER_HEAD:]
        raise LinkError(f"the board does not answer, {self.tries} times")

    def _answer(self, kind: Kind) -> bytes | None:
        """Return the answer to the present request; None where none comes."""
        seen = 0
        while seen < MOST_NOISE:
            data = self.wire.read()
            if not data:
                return None
            seen += len(data)
            for content in self._decoder.take(data):
                right = content[:2] == bytes([self._number, kind | ANSWER])
                if right and len(content) >= ANSWER_HEAD and content[2] in list(Status):
                    return content
        return None
