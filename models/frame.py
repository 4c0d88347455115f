"""Frames of the host link: bytes between flags, with a check sum, as RFC 1662 lays them out.

A frame is a flag, its content and the content's CRC-32 (low byte first), and a flag. A flag or an
escape within goes as an escape and the byte with bit 5 turned. So a flag is always an end, and a
link that has lost or gained bytes is whole again with the next frame.
"""

from models.crc import CRC_BITS, crc32

FLAG, ESCAPE, TURNED = 0x7E, 0x7D, 0x20
CHECK_BYTES = CRC_BITS // 8
#: Most bytes of a content.
MOST_CONTENT = 252


def encode(content: bytes) -> bytes:
    """Return a content as a frame."""
    assert 0 < len(content) <= MOST_CONTENT
    found = bytearray([FLAG])
    for byte in content + crc32(content).to_bytes(CHECK_BYTES, "little"):
        found += bytes([ESCAPE, byte ^ TURNED]) if byte in (FLAG, ESCAPE) else bytes([byte])
    return bytes(found) + bytes([FLAG])


class FrameDecoder:
    """Takes bytes as they come and gives the contents of whole frames; the rest is dropped."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._escaped = False
        #: Frames that were not whole.
        self.wrong = 0

    def take(self, data: bytes) -> list[bytes]:
        """Return the contents that end in these bytes."""
        found = []
        for byte in data:
            if byte == FLAG:
                content = self._end()
                if content is not None:
                    found.append(content)
            elif byte == ESCAPE:
                self._escaped = True
            else:
                self._held.append(byte ^ (TURNED if self._escaped else 0))
                self._escaped = False
        return found

    def _end(self) -> bytes | None:
        held, escaped = bytes(self._held), self._escaped
        self._held.clear()
        self._escaped = False
        if not held and not escaped:
            return None
        content, check = held[:-CHECK_BYTES], held[-CHECK_BYTES:]
        right = crc32(content).to_bytes(CHECK_BYTES, "little") == check
        if content and right and not escaped and len(content) <= MOST_CONTENT:
            return content
        self.wrong += 1
        return None
