"""A page for all commands, from the command line itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import typer

from docs.generator.markdown import cell, code, prose, table

PROGRAM = "mot-bench"


def commands() -> Iterator[tuple[str, Any]]:
    """Every command by what one types, ``mot-bench`` itself first."""
    from mot_bench.cli import app

    yield from _walk(PROGRAM, typer.main.get_command(app))


def command_pages() -> dict[str, str]:
    """The page of all commands."""
    found = list(commands())
    parts = [
        "# Commands",
        "",
        "Made from the command line itself. `mot-bench COMMAND --help` says the same. After `make setup` the program "
        "is `.venv/bin/mot-bench`. Every command also has `--help`.",
        "",
        table(
            ("command", "what it does"),
            [
                (f"[`{name}`](#{_anchor(name)})", cell(_first(command)))
                for name, command in found[1:]
            ],
        ),
    ]
    for name, command in found:
        parts += ["", f"## `{name}` {{ #{_anchor(name)} }}", "", *_section(name, command)]
    return {"reference/commands.md": "\n".join(parts) + "\n"}


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    for part, inner in getattr(command, "commands", {}).items():
        yield from _walk(f"{name} {part}", inner)


def _section(name: str, command: Any) -> Iterator[str]:
    yield prose(command.help)
    yield ""
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [
        one
        for one in command.params
        if one.param_type_name == "option" and not getattr(one, "hidden", False)
    ]
    if not getattr(command, "commands", None):
        words = [name, *(_argument(one) for one in arguments)]
        words += [f"{one.opts[0]} {_kind(one)}" for one in options if one.required]
        words += ["[OPTIONS]"] if any(not one.required for one in options) else []
        yield "```sh\n" + " ".join(words) + "\n```\n"
    rows = [
        (
            ", ".join(code(each) for each in _names(one)),
            cell(_kind(one)),
            cell(_default(one)),
            cell(one.help or ""),
        )
        for one in (*arguments, *options)
    ]
    yield table(("argument or option", "takes", "default", "meaning"), rows)


def _names(one: Any) -> list[str]:
    return (
        [_argument(one)] if one.param_type_name == "argument" else [*one.opts, *one.secondary_opts]
    )


def _argument(one: Any) -> str:
    name = (one.metavar or one.name).upper()
    return name if one.required else f"[{name}]"


def _kind(one: Any) -> str:
    """What a parameter takes, in a word."""
    if getattr(one, "is_flag", False):
        return "nothing"
    if one.metavar and one.param_type_name == "option":
        word = one.metavar
    else:
        annotation = one.type_descriptor.annotation
        word = {"str": "TEXT", "int": "NUMBER", "float": "NUMBER", "Path": "PATH"}.get(
            getattr(annotation, "__name__", ""), "TEXT"
        )
        word = (
            " or ".join(each.value for each in annotation)
            if hasattr(annotation, "__members__")
            else word
        )
    least = getattr(one, "min", None)
    return f"{word}{', one or more times' if one.multiple else ''}{f', at least {least}' if least is not None else ''}"


def _default(one: Any) -> str:
    if one.required:
        return "required"
    if getattr(one, "is_flag", False) or one.default is None:
        return ""
    return str(getattr(one.default, "value", one.default))


def _first(command: Any) -> str:
    return inspect.cleandoc(command.help or "").partition("\n\n")[0]


def _anchor(name: str) -> str:
    return name.replace(" ", "-")
