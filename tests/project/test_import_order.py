"""Imports go down only: no circle between files, and none between folders of ``mot_bench``.

``python tests/project/test_import_order.py`` draws the order of the folders, from the top down.
"""

from __future__ import annotations

import ast
import functools
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = "mot_bench"
Graph = dict[str, set[str]]

# Circles that are still there. A circle that is gone must leave this list; none may join it.
KNOWN_FOLDER_CIRCLES: set[frozenset[str]] = {
    frozenset(
        {
            "datasets",
            "detections",
            "diagnostics",
            "engine",
            "explaining",
            "networks",
            "results",
            "scoring",
            "simulation",
            "stages",
            "statistics",
            "suites",
            "tracking",
            "training_data",
        }
    ),
    frozenset({"files", "records"}),
}
KNOWN_FILE_CIRCLES: set[frozenset[str]] = set()


@functools.cache
def modules() -> dict[str, Path]:
    """Return every module of the project by its import name."""
    found = {}
    for path in (ROOT / PACKAGE).glob("**/*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    for folder in ("trackers", "models", "reports"):  # links in mot_bench lead there
        for path in (ROOT / folder).glob("**/*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join((PACKAGE, *parts)).removesuffix(".__init__")] = path
    return found


def imports_of(path: Path) -> set[str]:
    """Return the modules of the project that a file imports when it runs, inside functions too."""
    found = set[str]()
    todo: list[ast.AST] = [ast.parse(path.read_text())]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            todo.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            named = whole & modules().keys()
            found |= named
            if len(named) < len(whole):
                found.add(node.module)
        todo.extend(ast.iter_child_nodes(node))
    return found & modules().keys()


@functools.cache
def file_graph() -> Graph:
    """Return which module imports which."""
    return {name: imports_of(path) - {name} for name, path in modules().items()}


def folder_of(module: str) -> str:
    """Return the folder of a module inside ``mot_bench``; a loose module stands for itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else PACKAGE


@functools.cache
def folder_graph() -> Graph:
    """Return which folder imports from which."""
    graph: Graph = {}
    for module, imported in file_graph().items():
        folder = folder_of(module)
        graph.setdefault(folder, set()).update({folder_of(name) for name in imported} - {folder})
    return graph


def circles(graph: Graph) -> set[frozenset[str]]:
    """Return the groups of nodes that reach one another."""
    reached = {node: reachable(graph, node) for node in graph}
    groups = {
        frozenset(other for other in reached[node] if node in reached[other]) for node in graph
    }
    return {group for group in groups if len(group) > 1}


def reachable(graph: Graph, start: str) -> set[str]:
    """Return what can be reached from a node, the node itself only through a circle."""
    found, todo = set[str](), [start]
    while todo:
        new = graph.get(todo.pop(), set()) - found
        found |= new
        todo.extend(new)
    return found


def levels(graph: Graph) -> list[list[str]]:
    """Return the nodes from the top down: each level imports only from those below.

    Raises:
        CycleError: the graph has a circle.
    """
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    drawn = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        drawn.append(ready)
        sorter.done(*ready)
    return drawn[::-1]


def assert_known(found: set[frozenset[str]], known: set[frozenset[str]]) -> None:
    new = [sorted(group) for group in found if not any(group <= expected for expected in known)]
    assert new == [], f"expected no new circle of imports, found {new}"
    gone = [sorted(group) for group in known if not any(circle <= group for circle in found)]
    assert gone == [], f"these circles are gone: take them out of the list: {gone}"


def test_folders_have_an_order() -> None:
    assert_known(circles(folder_graph()), KNOWN_FOLDER_CIRCLES)


def test_files_have_an_order() -> None:
    assert_known(circles(file_graph()), KNOWN_FILE_CIRCLES)


def main() -> None:
    """Draw the order of the folders."""
    graph = folder_graph()
    for group in circles(graph):
        print("circle:", ", ".join(sorted(group)))
        for one in sorted(group):
            for other in sorted(graph[one] & group):
                print(f"  {one} -> {other}")
    try:
        for number, level in enumerate(levels(graph), start=1):
            print(f"{number:2}  {'  '.join(level)}")
    except CycleError:
        print("The folders have no order while there are circles.")
    for group in circles(file_graph()):
        print("circle of files:", ", ".join(sorted(group)))


if __name__ == "__main__":
    main()
