"""The command line: ``mot-bench COMMAND``.

Nothing heavy is imported here or at the head of a command's module, so that ``mot-bench --help``
answers at once.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import mot_bench
from mot_bench.commands import (
    compare,
    data,
    explain,
    gate,
    models,
    plot,
    report,
    run,
    score,
    serve,
    store,
    track,
    train,
    video,
    viewer,
)
from mot_bench.commands import list as list_command
from mot_bench.errors import MotBenchError, shortened
from mot_bench.terminal.interruptions import exit_code_of, heed_signals, say_interrupted
from mot_bench.terminal.streams import finish_output, give_up_output, is_of_output, prepare_streams

MOST_PRINTED = 2000  # characters of an error


class _Group(TyperGroup):
    """Commands whose known errors are one line."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command: exit code 2 on a MotBenchError and on output that cannot be written, 130 on Ctrl-C."""
        prepare_streams()
        try:
            return super().invoke(ctx)
        except MotBenchError as error:
            typer.echo(f"error: {shortened(str(error), MOST_PRINTED)}", err=True)
            raise typer.Exit(2) from error
        except OSError as error:
            if not is_of_output(error):
                raise
            raise typer.Exit(give_up_output(error)) from error
        except KeyboardInterrupt as error:
            say_interrupted()
            raise typer.Exit(exit_code_of(error)) from error


app = typer.Typer(
    cls=_Group,
    help="Why does one multi-object tracker beat another? Trackers on the same detections, scored by TrackEval.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mot-bench {mot_bench.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Options of every command."""


for command in (
    run,
    list_command,
    score,
    report,
    plot,
    compare,
    explain,
    gate,
    data,
    train,
    models,
    track,
    viewer,
    serve,
    store,
    video,
):
    command.register(app)


def main() -> None:
    """The console script."""
    prepare_streams()
    heed_signals()
    sys.exit(finish_output(_exit_code()))


def _exit_code() -> int:
    """Do what the command line asks for; return the exit code."""
    try:
        app(prog_name="mot-bench")
    except SystemExit as end:
        if isinstance(
            end.__context__, BrokenPipeError
        ):  # rich ends the process so, with exit code 1
            return give_up_output(end.__context__)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except OSError as error:
        if not is_of_output(error):
            raise
        return give_up_output(error)
    except KeyboardInterrupt as error:
        say_interrupted()
        return exit_code_of(error)
    return 0
