"""Ctrl-C that is not lost: where compiled code swallows the exception, a later check raises it."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

#: Exit code of a command that was interrupted: 128 and the number of SIGINT, as shells count.
STOPPED = 130


class StoppedError(Exception):
    """A command was interrupted; one sentence says what is finished, and how to go on."""


class Interrupts:
    """While it is entered, an interrupt raises as ever and is remembered until :meth:`check`.

    Python raises KeyboardInterrupt wherever it happens to be; within a callback of LLVM or a
    finaliser the exception is only printed, and the program would go on.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None

    def __enter__(self) -> "Interrupts":
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._seen)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _seen(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.asked = True
        raise KeyboardInterrupt

    def check(self) -> None:
        """Raise KeyboardInterrupt if one was asked for."""
        if self.asked:
            raise KeyboardInterrupt
