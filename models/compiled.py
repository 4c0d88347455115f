"""Compiled code kept on disk is dropped when any source it may come from has changed.

Numba keeps machine code beside each source file and makes it anew when that file changes, but not
when a function it calls changes in another.
"""

from hashlib import sha256
from pathlib import Path

from models.error import DesignError
from models.file import write_text

#: Holds the digest of the sources that the compiled code beside it was made from.
STAMP = "sources.sha256"


def sources_digest(folder: Path) -> str:
    """Return the SHA-256 of every Python file in a folder and below, names and text."""
    found = sha256()
    for path in sorted(folder.rglob("*.py")):
        text = path.read_bytes()
        found.update(f"{path.relative_to(folder)} {len(text)}\n".encode())
        found.update(text)
    return found.hexdigest()


def drop_stale(sources: Path, kept: Path) -> bool:
    """Delete compiled code in folder `kept` unless made from these `sources`; say whether.

    Where the folder cannot be written, nothing is kept there either.
    """
    stamp, digest = kept / STAMP, sources_digest(sources)
    try:
        if stamp.is_file() and stamp.read_text() == digest:
            return False
        for path in [*kept.glob("*.nbi"), *kept.glob("*.nbc")]:
            path.unlink(missing_ok=True)
        kept.mkdir(parents=True, exist_ok=True)
        write_text(stamp, digest)
    except (OSError, DesignError):
        return False
    return True
