"""MkDocs hooks: pages made from the code, and a tutorial whose commands are really run when the site is built."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

HERE = Path(__file__).parent
TUTORIAL = "tutorial.md"


def on_startup(**_: Any) -> None:
    """Let ``docs`` be imported (MkDocs undoes what a hook does to the path while it is loaded)."""
    if str(HERE.parent) not in sys.path:
        sys.path.insert(0, str(HERE.parent))


def on_files(files: Files, config: Any) -> Files:
    """Add the generated pages, the tutorial with its output, and its figures."""
    from docs.generator import pages
    from docs.walkthrough import walk

    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    tutorial = walk(
        (HERE / "pages" / TUTORIAL).read_text(encoding="utf-8"),
        HERE.parent / "build" / "walkthrough",
    )
    written = files.get_file_from_path(TUTORIAL)
    if written is not None:
        files.remove(written)
    files.append(File.generated(config, TUTORIAL, content=tutorial.markdown))
    for name, content in tutorial.pictures.items():
        files.append(File.generated(config, f"pictures/made/{name}", content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in the tables that pages written by hand ask for."""
    from docs.generator.snippets import filled

    return filled(markdown)


def on_page_content(html: str, **_: Any) -> str:
    """Mark up what would be cut or broken on a phone."""
    from docs.narrow_screens import readable_on_a_phone

    return readable_on_a_phone(html)
