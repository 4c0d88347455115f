"""Check sums and frames of the host link."""

import zlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.crc import CRC_BITS, byte_masks, crc32, crc_byte, residue
from models.frame import CHECK_BYTES, FLAG, MOST_CONTENT, FrameDecoder, encode
from tests.models.properties import PROPERTY

CONTENT = st.binary(min_size=1, max_size=MOST_CONTENT)


@PROPERTY
@given(st.binary(max_size=300))
def test_the_check_sum_is_that_of_zlib(message: bytes) -> None:
    assert crc32(message) == zlib.crc32(message)


@PROPERTY
@given(st.binary(max_size=60))
def test_a_message_with_its_check_sum_leaves_the_residue(message: bytes) -> None:
    register = (1 << CRC_BITS) - 1
    for byte in message + zlib.crc32(message).to_bytes(CHECK_BYTES, "little"):
        register = crc_byte(register, byte)
    assert register == residue() == 0xDEBB20E3


@PROPERTY
@given(st.integers(0, (1 << 32) - 1), st.integers(0, 255))
def test_masks_make_the_step_of_a_byte(register: int, byte: int) -> None:
    both = byte << CRC_BITS | register
    found = sum(((mask & both).bit_count() & 1) << bit for bit, mask in enumerate(byte_masks()))
    assert found == crc_byte(register, byte)


@PROPERTY
@given(st.lists(CONTENT, max_size=4), st.integers(1, 50))
def test_frames_are_read_in_any_pieces(contents: list[bytes], piece: int) -> None:
    sent = b"".join(map(encode, contents))
    decoder, found = FrameDecoder(), []
    for start in range(0, len(sent), piece):
        found += decoder.take(sent[start : start + piece])
    assert (found, decoder.wrong) == (contents, 0)


def test_a_hurt_frame_is_dropped_and_the_next_is_whole() -> None:
    rng = np.random.default_rng(1)
    first, second = bytes(rng.integers(0, 256, 40, np.uint8)), b"\x7e\x7d after"
    sent = encode(first)
    for place in range(1, len(sent) - 1):
        for hurt in (
            sent[:place] + sent[place + 1 :],
            sent[:place] + bytes([sent[place] ^ 1 << int(rng.integers(8))]) + sent[place + 1 :],
            sent[:place] + bytes(rng.integers(0, 256, 2, np.uint8)) + sent[place:],
            sent[:place],
        ):
            found = FrameDecoder().take(hurt + encode(second))
            assert found == [second]


def test_a_flag_within_begins_anew() -> None:
    assert FrameDecoder().take(bytes([FLAG, 1, 2, FLAG, FLAG]) + encode(b"x")) == [b"x"]
