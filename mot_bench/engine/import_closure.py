"""Which source files and which libraries a module stands on: what it imports, and what these import in turn.

Imports inside functions count; imports under ``if TYPE_CHECKING`` do not, since they never run.
Docstrings, comments and layout are no part of what a file is.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.metadata
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_TYPING_ONLY = "TYPE_CHECKING"
_STATEMENTS = (ast.stmt, ast.excepthandler, ast.match_case)
_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Closure:
    """Source files by module name, and the top-level names of third-party packages that these files import."""

    files: dict[str, Path] = field(default_factory=dict)
    libraries: set[str] = field(default_factory=set)

    def version(self) -> str:
        """Return a hash over the files, comments and docstrings aside, and over the libraries' versions."""
        parts = [
            f"{name}={source_digest(read_source(path))}"
            for name, path in sorted(self.files.items())
        ]
        versions = [
            f"{name}=={version}" for name, version in sorted(_distributions(self.libraries).items())
        ]
        return hashlib.sha256("\n".join([*parts, *versions]).encode()).hexdigest()


def import_closure(
    entries: Iterable[str], roots: Mapping[str, Path], outside: Collection[str] = ()
) -> Closure:
    """Return what modules stand on.

    Args:
        entries: names of modules; they belong to the closure even if ``outside`` names them.
        roots: folder (or file) of each top-level package whose source counts; all other packages
            count by version.
        outside: modules, and packages with all that is in them, at which the closure ends.
    """
    found = Closure()
    waiting = [(name, True) for name in entries]
    while waiting:
        name, chosen = waiting.pop()
        top = name.partition(".")[0]
        if top not in roots:
            if not _is_standard(top):
                found.libraries.add(top)
            continue
        path = module_file(name, roots)
        if path is None or name in found.files or (not chosen and _is_in(name, outside)):
            continue
        found.files[name] = path
        waiting += [(each, False) for each in _imported(name, path)]
    return found


def module_file(name: str, roots: Mapping[str, Path]) -> Path | None:
    """Return the source of a module, a package's ``__init__.py``.

    None if there is no such module.
    """
    top, *parts = name.split(".")
    place = roots[top].joinpath(*parts) if parts else roots[top]
    if place.is_dir():
        init = place / "__init__.py"
        return init if init.is_file() else None
    file = place if place.suffix == ".py" else place.with_name(f"{place.name}.py")
    return file if file.is_file() else None


def read_source(path: Path) -> str:
    """Return the text of a source file."""
    return path.read_text(encoding="utf-8")


def _is_standard(package: str) -> bool:
    return package in sys.stdlib_module_names or package == "__future__"


def _is_in(name: str, packages: Collection[str]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in packages)


def _imported(name: str, path: Path) -> set[str]:
    """Return the names that a module may import, with the packages above each."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found: set[str] = set()
    for level, module, member in _parsed(read_source(path))[1]:
        base = ".".join(package.split(".")[: len(package.split(".")) - level + 1]) if level else ""
        stated = ".".join(part for part in (base, module, member) if part)
        names = stated.split(".")
        found |= {".".join(names[:count]) for count in range(1, len(names) + 1)}
    return found


@functools.cache
def _parsed(source: str) -> tuple[str, tuple[tuple[int, str, str], ...]]:
    """Return the digest of a source without its docstrings, and its imports as (level, module, member)."""
    tree = ast.parse(source)
    imports = tuple(_imports(tree))
    for node in ast.walk(tree):
        if isinstance(node, _WITH_DOCSTRING) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), imports


def source_digest(source: str) -> str:
    """Return the hex SHA-256 of a module's syntax tree without docstrings.

    Comments and layout do not count.

    >>> source_digest("def f(): return 1  # one") == source_digest("def f(): return 1")
    True
    >>> source_digest("x = 1") == source_digest("x = 2")
    False
    """
    return _parsed(source)[0]


def _imports(node: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Yield the imports in a tree, those that are made for type checkers aside."""
    if isinstance(node, ast.Import):
        yield from ((0, alias.name, "") for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from ((node.level, node.module or "", alias.name) for alias in node.names)
    else:
        for each in _statements_that_run(node):
            yield from _imports(each)


def _statements_that_run(node: ast.AST) -> Sequence[ast.AST]:
    """Return the statements below a node; of ``if TYPE_CHECKING`` those of its ``else`` alone."""
    if isinstance(node, ast.If) and _TYPING_ONLY in ast.dump(node.test):
        return node.orelse
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, _STATEMENTS)]


def _distributions(libraries: Iterable[str]) -> dict[str, str]:
    """Return the versions of the distributions that have these packages.

    Of one that is not installed ``none``.
    """
    known = installed_packages()
    found: dict[str, str] = {}
    for library in libraries:
        for name in known.get(library, []):
            found[name] = importlib.metadata.version(name)
        if library not in known:
            found[library] = "none"
    return found


@functools.cache
def installed_packages() -> Mapping[str, list[str]]:
    """Return the names of the distributions that have each top-level package."""
    return importlib.metadata.packages_distributions()
