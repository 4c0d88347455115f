"""What the studies here share: lines shown and written with the command that made them."""

import sys
from pathlib import Path


class Written:
    """Lines of a study, shown as they come and written to the file of the command line, if any.

    Parameters
    ----------
    module
        Name of the study's module, for the command.
    arguments
        Of the command line: nothing, or a path.
    """

    def __init__(self, module: str, arguments: list[str] | None = None) -> None:
        given = sys.argv[1:] if arguments is None else arguments
        self.path = Path(given[0]) if given else None
        self.lines: list[str] = []
        self.add(f"$ python -m {' '.join([module, *given])}")

    def add(self, line: str = "") -> None:
        """Show a line and keep it."""
        print(line, flush=True)
        self.lines.append(line)
        if self.path is not None:
            self.path.write_text("\n".join(self.lines) + "\n")
