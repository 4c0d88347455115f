"""Files are written whole or not at all: under a temporary name, then renamed."""

import os
from pathlib import Path

from models.error import DesignError


def write_text(path: Path, text: str) -> Path:
    """Write a file as UTF-8; see `write_bytes`."""
    return write_bytes(path, text.encode("utf-8", "replace"))


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a file and return its path; an old one is replaced only by a whole new one.

    Nothing else is left behind, also when the process is interrupted meanwhile.

    Raises
    ------
    DesignError
        When it cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    except OSError as error:
        raise DesignError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        partial.unlink(missing_ok=True)
    return path
