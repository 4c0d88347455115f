"""The console script `pulsetrain`; a user's mistake is one sentence and exit code 2."""

import sys
from typing import Annotated, NoReturn

import typer
from typer.exceptions import Abort, TyperException

from models.error import DesignError
from models.version import __version__
from scripts import report, schedule, train, verilog

app = typer.Typer(
    help="Describe, simulate and verify accelerators that train inside analog crossbars.",
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"pulsetrain {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Describe, simulate and verify accelerators that train inside analog crossbars."""


for verb in (train, schedule, verilog, report):
    verb.add(app)


def main() -> None:
    """Run the program; exit 0, or 2 with one sentence on what was wrong."""
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except DesignError as error:
        _stop(str(error))
    except (Abort, KeyboardInterrupt):
        _stop("stopped")
    except TyperException as error:
        _stop(error.format_message())
    except OSError as error:
        _stop(f"{error.filename or 'output'}: {error.strerror}")
    sys.exit(code or 0)


def _stop(sentence: str) -> NoReturn:
    typer.echo(f"pulsetrain: {sentence}", err=True)
    sys.exit(2)


if __name__ == "__main__":
    main()
