"""The console script `pulsetrain`; a user's mistake is one sentence and exit code 2."""

import sys
from typing import NoReturn

import typer
from typer.exceptions import Abort, TyperException

from models.error import DesignError


def main() -> None:
    """Run the program; exit 0, or 2 with one sentence on what was wrong."""
    code = None
    try:
        from scripts.program import app  # late: an interrupt while it loads is answered too

        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except DesignError as error:
        _stop(str(error))
    except (Abort, KeyboardInterrupt):
        _stop("stopped")
    except TyperException as error:
        _stop(error.format_message())
    except RuntimeError as error:
        # An interrupt within LLVM's callback is lost, and its compiler then misses the result.
        if "no compiled object yet" not in str(error):
            raise
        _stop("stopped")
    except OSError as error:
        _stop(f"{error.filename or 'output'}: {error.strerror}")
    sys.exit(code or 0)


def _stop(sentence: str) -> NoReturn:
    typer.echo(f"pulsetrain: {sentence}", err=True)
    sys.exit(2)


if __name__ == "__main__":
    main()
