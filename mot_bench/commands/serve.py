"""``mot-bench serve``: look at a results folder in a browser on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("serve")(serve)


def serve(
    folder: Annotated[
        Path, typer.Argument(help="The results folder; nothing outside it is served.")
    ],
    port: Annotated[int, typer.Option(help="Port of 127.0.0.1; 0 takes any that is free.")] = 8000,
) -> None:
    """Serve a results folder at 127.0.0.1, for this machine alone, until Ctrl-C.

    The pages open from disk as well: this is for a machine that one reaches by a tunnel (ssh -L
    8000:127.0.0.1:8000).
    """
    from mot_bench.viewing.server import FolderServer

    with FolderServer(folder, port) as server:
        try:
            typer.echo(f"serving {folder} at {server.address} (Ctrl-C ends it)")
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            typer.echo("\nended")
