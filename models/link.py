"""What a host and a board say to each other: requests, their numbers, and answers.

A request is a number, a kind and a body; its answer the number, the kind + 128, a status and a
body. The host sends the next request, numbered one up modulo 256, when it has the answer, and the
same one again when that does not come. The board carries a request out if its number is the next,
and repeats its last answer if it is that one's: so none is carried out twice. SYNC is carried out
whatever its number, and begins the count; until then every other is answered with UNSYNCED. Numbers
are little endian.

    kind   body of the request             body of the answer
    SYNC   4 bytes                         the same
    READ   address (2), words n (1)        n words (4 each)
    WRITE  address (2), word (4)
    PUT    channel (1), items              items taken (1), the first ones: as there is room
    GET    channel (1), most items (1)     items (1), those

An item is as many bytes as its bits need.
"""

from enum import IntEnum


class Kind(IntEnum):
    """What is asked for."""

    SYNC = 0
    READ = 1
    WRITE = 2
    PUT = 3
    GET = 4


#: Added to the kind in its answer.
ANSWER = 0x80
#: Bytes before the body, of a request and of an answer.
REQUEST_HEAD, ANSWER_HEAD = 2, 3
SYNC_BYTES = 4


class Status(IntEnum):
    """How a request went."""

    DONE = 0
    REFUSED = 1
    """A register or an item is not as it must be; items before it were taken."""
    UNKNOWN = 2
    """No such kind or channel, or a body that is too short."""
    UNSYNCED = 3


class Put(IntEnum):
    """Channels to the accelerator."""

    ELEMENT = 0
    LABEL = 1
    PACKET = 2


class Get(IntEnum):
    """Channels from the accelerator."""

    OUTPUT = 0
    CLASS = 1
    REPLY = 2


def item_bytes(bits: int) -> int:
    """Return the bytes of an item."""
    return -(-bits // 8)
