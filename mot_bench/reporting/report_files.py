"""The files that a report can be: a page, tables as CSV, Markdown, LaTeX and Parquet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec

from mot_bench.errors import MotBenchError, check_names
from mot_bench.reports.schema import Bundle

Files = dict[str, str | bytes | None]
DEFAULT = ("html", "csv", "md", "tex")


def output_files(bundle: Bundle, outputs: Sequence[str]) -> dict[str, bytes]:
    """Contents by file name; files that there is nothing for are left out.

    Args:
        bundle: what is reported.
        outputs: of ``OUTPUTS``.

    Raises:
        MotBenchError: an unknown output, or what makes it is not installed.
    """
    check_outputs(outputs)
    files: dict[str, bytes] = {}
    for output in OUTPUTS:
        if output in outputs:
            for name, content in OUTPUTS[output](bundle).items():
                if content is not None:
                    files[name] = content.encode() if isinstance(content, str) else content
    return files


def check_outputs(outputs: Sequence[str]) -> None:
    """Refuse an unknown output, and one that something must be installed for (errors as ``output_files``)."""
    check_names("--outputs", outputs, OUTPUTS)
    if "parquet" in outputs and find_spec("pyarrow") is None:
        raise MotBenchError(
            "--outputs parquet: expected pyarrow (pip install 'mot-bench[parquet]'), found none"
        )


def _html(bundle: Bundle) -> Files:
    from mot_bench.reports.page import page_html

    return {"report.html": page_html(bundle)}


def _csv(bundle: Bundle) -> Files:
    from mot_bench.reports import tables

    return {
        "leaderboard.csv": tables.csv_text(tables.leaderboard_frame(bundle)),
        "sequences.csv": tables.csv_text(tables.sequences_frame(bundle)),
        "timing.csv": tables.csv_text(tables.timing_frame(bundle)),
        "groups.csv": tables.csv_text(tables.groups_frame(bundle)),
        "models.csv": tables.csv_text(tables.models_frame(bundle)),
        "differences.csv": tables.csv_text(tables.differences_frame(bundle)),
        "statistics.csv": tables.csv_text(tables.statistics_frame(bundle)),
    }


def _markdown(bundle: Bundle) -> Files:
    from mot_bench.reports.markdown_report import report_markdown

    return {"report.md": report_markdown(bundle)}


def _latex(bundle: Bundle) -> Files:
    from mot_bench.reports.latex import leaderboard_latex

    return {"leaderboard.tex": leaderboard_latex(bundle)}


def _parquet(bundle: Bundle) -> Files:
    from mot_bench.reports.parquet import leaderboard_parquet, sequences_parquet

    return {
        "leaderboard.parquet": leaderboard_parquet(bundle),
        "sequences.parquet": sequences_parquet(bundle),
    }


OUTPUTS: dict[str, Callable[[Bundle], Files]] = {
    "html": _html,
    "csv": _csv,
    "md": _markdown,
    "tex": _latex,
    "parquet": _parquet,
}
