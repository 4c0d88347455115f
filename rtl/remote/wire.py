"""What bytes to and from a board pass over."""

import os
from importlib import import_module
from typing import Any, Protocol

from models.error import DesignError

#: Seconds without a byte after which an answer is given up: the longest frame, twice, and more.
PAUSE = 0.25
BITS_OF_FRAMES = 2 * 520 * 10


class Wire(Protocol):
    """Two directions of bytes."""

    def write(self, data: bytes) -> None:
        """Send bytes."""

    def read(self) -> bytes:
        """Return what has come, at least a byte; nothing after a pause without any."""


class SerialWire:
    """A serial port, of 8 bits, no parity and one stop bit.

    Raises
    ------
    DesignError
        With one sentence, when there is no such port, or no pyserial.
    """

    def __init__(self, name: str, baud: int) -> None:
        self.name = name
        try:
            serial: Any = import_module("serial")
        except ImportError:
            raise DesignError(
                'board: a serial port needs pyserial: pip install "pulsetrain[board]"'
            ) from None
        self._lost = (serial.SerialException, OSError)
        try:
            pause = PAUSE + BITS_OF_FRAMES / baud
            self._port = serial.serial_for_url(name, baudrate=baud, timeout=pause)
        except (*self._lost, ValueError) as error:
            number = getattr(error, "errno", None)
            reason = os.strerror(number) if number else str(error)
            raise DesignError(f"--port {name}: cannot be opened: {reason}") from None

    def write(self, data: bytes) -> None:
        """Send bytes."""
        try:
            self._port.write(data)
        except self._lost as error:
            raise DesignError(f"--port {self.name}: the port is gone ({error})") from None

    def read(self) -> bytes:
        """Return what has come, at least a byte; nothing after a pause without any."""
        try:
            first: bytes = self._port.read(1)
            return first + self._port.read(self._port.in_waiting) if first else first
        except self._lost as error:
            raise DesignError(f"--port {self.name}: the port is gone ({error})") from None
