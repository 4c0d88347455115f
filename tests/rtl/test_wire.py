"""A serial port, played by a pseudo-terminal."""

import os
import tty
from collections.abc import Iterator

import pytest

from models.error import DesignError
from models.frame import encode
from rtl.remote import wire
from rtl.remote.client import Client, LinkError
from rtl.remote.wire import SerialWire


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, SerialWire]]:
    """The far end, and a port that waits a twentieth of a second."""
    monkeypatch.setattr(wire, "PAUSE", 0.05)
    monkeypatch.setattr(wire, "BITS_OF_FRAMES", 0)
    far, near = os.openpty()
    tty.setraw(near)
    yield far, SerialWire(os.ttyname(near), 115200)
    os.close(near)


def test_bytes_pass_both_ways_and_silence_is_empty(ends: tuple[int, SerialWire]) -> None:
    far, port = ends
    port.write(b"\x00\x7e\xff")
    assert os.read(far, 9) == b"\x00\x7e\xff"
    os.write(far, b"\x11\x13\x00")
    found = port.read()
    while len(found) < 3:
        found += port.read()
    assert found == b"\x11\x13\x00"
    assert port.read() == b""


def test_a_client_asks_ten_times_and_then_says_so(ends: tuple[int, SerialWire]) -> None:
    far, port = ends
    with pytest.raises(LinkError, match=r"^the board does not answer, 10 times$"):
        Client(port).sync()
    assert os.read(far, 1000).count(encode(b"x")[:1]) == 20


def test_a_port_that_goes_is_told(ends: tuple[int, SerialWire]) -> None:
    far, port = ends
    os.close(far)
    with pytest.raises(DesignError, match=r"^--port /dev/\S+: the port is gone"):
        port.read()


def test_a_port_that_is_none_is_told() -> None:
    with pytest.raises(DesignError, match=r"^--port nowhere: cannot be opened: No such file"):
        SerialWire("nowhere", 9600)
