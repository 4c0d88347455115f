"""The other end of `benchmarks.server`: a process that is asked."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

#: Every library on both sides gets one thread.
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)
#: Settings that would choose OpenBLAS's kernels for it.
FORCED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
ROOT = Path(__file__).parent.parent


class AbsentError(Exception):
    """A side that cannot run, with the sentence that says why."""


class RefusedError(Exception):
    """Work that a side could not do, with its sentence."""


def environment() -> dict[str, str]:
    """Return the environment of both sides: one thread, no forced kernels."""
    kept = {name: value for name, value in os.environ.items() if name not in FORCED}
    return kept | dict.fromkeys(THREADS, "1") | {"PYTHONPATH": str(ROOT)}


class Channel:
    """A running side.

    Parameters
    ----------
    name
        What the side is called in messages.
    command
        Program and arguments of a process that runs `benchmarks.server.run`.

    Raises
    ------
    AbsentError
        When the process cannot start or does not say what it is.
    """

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        self._open = ExitStack()
        self._folder = Path(self._open.enter_context(TemporaryDirectory()))
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._open.enter_context((self._folder / "said").open("w")),
                env=environment(),
                cwd=ROOT,
                text=True,
            )
        except OSError as error:
            self._open.close()
            raise AbsentError(f"{name} is left out: {command[0]}: {error.strerror}") from None
        self._open.callback(self._end)
        try:
            self.about: dict[str, Any] = self.ask(do="about")["about"]
        except (RefusedError, KeyError) as error:
            self.close()
            raise AbsentError(f"{name} is left out: {error}") from None

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send a request and return its answer.

        Raises
        ------
        RefusedError
            When the side answers with an error or has ended.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RefusedError(self._last_words())
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise RefusedError(str(reply["error"]))
        return reply

    def _last_words(self) -> str:
        """Return the last line that an ended process wrote to its error stream."""
        self.process.terminate()
        self.process.wait()
        said = (self._folder / "said").read_text()
        lines = [line for line in said.splitlines() if line.strip()]
        return lines[-1] if lines else f"it ended with code {self.process.returncode}"

    def _end(self) -> None:
        self.process.terminate()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()

    def close(self) -> None:
        """End the process and wait for it."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def our_side() -> Channel:
    """Start this project's side in a process of its own."""
    return Channel("this project", [sys.executable, "-m", "benchmarks.ours"])


def peer_side(interpreter: str) -> Channel:
    """Start aihwkit's side in the interpreter that has it."""
    return Channel("aihwkit", [str(Path(interpreter).absolute()), "-m", "benchmarks.peer"])
