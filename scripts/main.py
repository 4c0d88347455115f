"""The console script `pulsetrain`: exit code 2 for a user's mistake, 130 for an interrupt.

Both end with one sentence.
"""

import sys
import warnings
from typing import NoReturn

import typer
from typer.exceptions import Abort, TyperException

from models.error import DesignError
from scripts.interrupt import STOPPED, StoppedError


def main() -> None:
    """Run the program; exit 0, 2 with one sentence on what was wrong, or 130 after an interrupt."""
    code = None
    # What Amaranth says of a circuit that an interrupt, or a refusal, leaves half built.
    warnings.filterwarnings("ignore", message=r".* created but never used")
    try:
        from scripts.program import app  # late: an interrupt while it loads is answered too

        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
        if code == STOPPED:  # typer makes this of an interrupt that no command has answered
            _stop("stopped", STOPPED)
    except DesignError as error:
        _stop(str(error))
    except StoppedError as stopped:
        _stop(str(stopped), STOPPED)
    except (Abort, KeyboardInterrupt):
        _stop("stopped", STOPPED)
    except TyperException as error:
        _stop(error.format_message())
    except RuntimeError as error:
        # An interrupt within LLVM's callback is lost, and its compiler then misses the result.
        if "no compiled object yet" not in str(error):
            raise
        _stop("stopped", STOPPED)
    except OSError as error:
        _stop(f"{error.filename or 'output'}: {error.strerror}")
    sys.exit(code or 0)


def _stop(sentence: str, code: int = 2) -> NoReturn:
    typer.echo(f"pulsetrain: {sentence}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
