"""``mot-bench store``: what the store holds, how large it is, and removing what nobody needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mot_bench.engine.store_contents import Stored

_UNITS = {"k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
_SPANS = {"h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}

Place = Annotated[
    Path | None,
    typer.Option("--store", help="Folder of the store; else MOT_BENCH_STORE, else the user's."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    commands = typer.Typer(
        no_args_is_help=True, help="Show the store of stages' results, and prune it."
    )
    commands.command("list")(list_stored)
    commands.command("size")(size)
    commands.command("prune")(prune)
    app.add_typer(commands, name="store")


def list_stored(store: Place = None) -> None:
    """List every result: stage, key, size, days since it was used, and by how many results folders."""
    import time

    from mot_bench.engine.store_contents import stored
    from mot_bench.engine.store_place import store_root

    for entry in stored(store_root(store)):
        days = (time.time() - entry.used) / _SPANS["d"]
        typer.echo(
            f"{entry.stage:10} {entry.key} {_readable(entry.size_bytes):>9} {days:6.1f} days  "
            f"used by {len(entry.users)}"
        )


def size(store: Place = None) -> None:
    """Say how large the store is, stage by stage."""
    from mot_bench.engine.store_contents import stored
    from mot_bench.engine.store_place import store_root

    root = store_root(store)
    sizes: dict[str, list[int]] = {}
    for entry in stored(root):
        sizes.setdefault(entry.stage, []).append(entry.size_bytes)
    for stage, found in sorted(sizes.items()):
        typer.echo(f"{stage:10} {len(found):6} results {_readable(sum(found)):>9}")
    total = _readable(sum(sum(found) for found in sizes.values()))
    typer.echo(f"{root}: {total}")


def prune(
    store: Place = None,
    older_than: Annotated[
        str | None,
        typer.Option(help="Remove what was neither made nor used for so long: 12h, 30d, 8w."),
    ] = None,
    max_size: Annotated[
        str | None,
        typer.Option(help="Remove what was used longest ago until the store is so small: 20G."),
    ] = None,
    unused: Annotated[
        bool, typer.Option("--unused", help="Remove only what no results folder of mine uses.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be removed, and remove nothing.")
    ] = False,
) -> None:
    """Remove results from the store; whatever is needed again is made again.

    A result is removed if it meets every criterion that is given. Results folders stay whole.
    """
    from mot_bench.engine.store_contents import chosen_to_prune, remove, stored
    from mot_bench.engine.store_place import store_root
    from mot_bench.errors import MotBenchError

    if older_than is None and max_size is None and not unused:
        raise MotBenchError(
            "store prune: expected --older-than, --max-size or --unused, found none of them"
        )
    root = store_root(store)
    chosen = chosen_to_prune(
        stored(root),
        older_than_s=None if older_than is None else _amount(older_than, _SPANS, "--older-than"),
        most_bytes=None if max_size is None else int(_amount(max_size, _UNITS, "--max-size")),
        unused=unused,
    )
    if not dry_run:
        remove(root, chosen)
    _say_removed(chosen, dry_run=dry_run)


def _say_removed(chosen: list[Stored], *, dry_run: bool) -> None:
    done = "would be removed" if dry_run else "removed"
    freed = _readable(sum(entry.size_bytes for entry in chosen))
    typer.echo(f"{len(chosen)} results {done}, {freed}")


def _amount(text: str, units: dict[str, float], option: str) -> float:
    """Return a number with a unit, such as ``30d`` or ``20G``."""
    from mot_bench.errors import MotBenchError, quoted

    cleaned = text.strip().lower().removesuffix("b")
    try:
        amount = float(cleaned[:-1]) * units[cleaned[-1:]]
    except (ValueError, KeyError):
        amount = -1.0
    if not 0 <= amount < float("inf"):
        raise MotBenchError(
            f"{option}: expected a number with one of the units {', '.join(units)}, such as "
            f"8{next(iter(units))}, found {quoted(text)}"
        )
    return amount


def _readable(size_bytes: float) -> str:
    """Return a size for people to read.

    >>> _readable(999), _readable(1500), _readable(2.5e9)
    ('999 B', '1.5 kB', '2.5 GB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if size_bytes < 1000:
            return f"{size_bytes:.0f} B" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} TB"
