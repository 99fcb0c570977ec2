"""The command line: ``mot-bench COMMAND``.

Nothing heavy is imported here or at the head of a command's module, so that ``mot-bench --help`` answers at once.
"""

from __future__ import annotations

import io
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
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
    track,
    train,
    video,
    viewer,
)
from mot_bench.commands import list as list_command
from mot_bench.errors import MotBenchError, shortened

# Our packages whose names others use too, each with a module that only ours has.
OURS = {"trackers": "registry.py", "models": "__init__.py", "reports": "schema.py"}
MOST_PRINTED = 4000  # characters of an error
INTERRUPTED = "interrupted; what is finished is kept: run the same command again to go on"


class _Group(TyperGroup):
    """Commands whose known errors are one line."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command: exit code 2 on a MotBenchError, 130 on Ctrl-C."""
        _write_out_what_cannot_be_shown()
        try:
            return super().invoke(ctx)
        except MotBenchError as error:
            typer.echo(f"error: {shortened(str(error), MOST_PRINTED)}", err=True)
            raise typer.Exit(2) from error
        except KeyboardInterrupt as error:
            typer.echo(f"\n{INTERRUPTED}", err=True)
            raise typer.Exit(130) from error


def _write_out_what_cannot_be_shown() -> None:
    """Let names that the console has no letters for appear as escapes, where Python would raise an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


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
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
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
    video,
):
    command.register(app)


def main() -> None:
    """The console script."""
    try:
        check_packages()
    except MotBenchError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(2)
    app(prog_name="mot-bench")


def check_packages() -> None:
    """Refuse to start where another distribution's package of the same name is in the way of ours.

    Raises:
        MotBenchError: names the package, where it lies, and whose it is.
    """
    for name, mark in OURS.items():
        spec = find_spec(name)
        folder = Path(spec.origin).parent if spec is not None and spec.origin else None
        if folder is None or not (folder / mark).is_file():
            raise MotBenchError(_not_ours(name, f"in {folder}" if folder else "none"))
        try:
            other = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        if Path(str(other.locate_file(name))).resolve() == folder.resolve():
            raise MotBenchError(_not_ours(name, f"that of the distribution {name} {other.version} in {folder}"))


def _not_ours(name: str, found: str) -> str:
    return (
        f"package {name}: expected mot-bench's own, found {found}; "
        f"install mot-bench in an environment without other packages called {name}"
    )
