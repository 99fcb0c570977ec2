"""``report.md``: a report for a pull request."""

from __future__ import annotations

from mot_bench.reports.balance import AP, TPR, network_fairness, networks_of
from mot_bench.reports.markdown import markdown_table, markdown_text
from mot_bench.reports.paper_table import PaperRow, paper_metrics, paper_rows, shows_differences
from mot_bench.reports.remarks import remarks_of
from mot_bench.reports.run_comparison import MINUS, title_of
from mot_bench.reports.schema import Bundle
from mot_bench.reports.variants import Summary, several_seeds

DIGITS = 2


def report_markdown(bundle: Bundle) -> str:
    """Return the leaderboard, the networks, what did not finish, and what a reader must know.

    The leaderboard has intervals and verdicts where they were computed.
    """
    rows = paper_rows(bundle, DIGITS)
    finished = [row for row in rows if any(figure.text for figure in row.figures)]
    differences = shows_differences(rows)
    parts = [
        f"### {markdown_text(bundle.title)}",
        _scored_on(bundle),
        _leaderboard(bundle, finished, differences=differences) if finished else "",
        *(markdown_text(line) for line in bundle.scorer.counted),
        _named_list("Did not finish:", [(row.name, row.error) for row in rows if row.error]),
        _named_list("Warnings:", _warnings(bundle)),
        _networks(bundle) if bundle.models else "",
        *(markdown_text(note) for note in (*remarks_of(bundle), *_notes(bundle, rows))),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _scored_on(bundle: Bundle) -> str:
    """Return the sentence that names the data and the scorer."""
    data, scorer = bundle.dataset, bundle.scorer
    return (
        f"{markdown_text(data.name)} (rules of {markdown_text(data.benchmark)}): "
        f"{len(data.sequences)} sequences, {data.frames} frames; "
        f"scored by {markdown_text(f'{scorer.name} {scorer.version}')}."
    )


def _warnings(bundle: Bundle) -> list[tuple[str, str]]:
    """Return each warning with the name of its run, the best run first."""
    return [(run.run, warning) for run in bundle.ranked for warning in run.warnings]


def _named_list(heading: str, entries: list[tuple[str, str]]) -> str:
    """Return a list of runs and what is said of each; empty without entries."""
    if not entries:
        return ""
    lines = [f"* {markdown_text(name)}: {markdown_text(text)}" for name, text in entries]
    return "\n".join([heading, "", *lines])


def _leaderboard(bundle: Bundle, rows: list[PaperRow], *, differences: bool) -> str:
    metrics = paper_metrics(bundle)
    headings = ["run", *(title_of(metric) for metric in metrics)]
    if differences:
        headings += [f"HOTA {MINUS} {bundle.base}", "verdict"]
    cells, bold = [], []
    for place, row in enumerate(rows):
        line = [f"{row.name} (base)" if row.is_base else row.name]
        for column, figure in enumerate(row.figures):
            line.append(figure.text)
            if figure.best:
                bold.append((place, column + 1))
        if differences:
            text, ends = (
                part.replace("-", MINUS) for part in (row.difference.text, row.difference.interval)
            )
            line += [text + (f" [{ends}]" if ends else ""), row.verdict]
        cells.append(line)
    return markdown_table(headings, cells, bold=bold)


def _networks(bundle: Bundle) -> str:
    headings = [
        "network",
        "AP, visible people (%)",
        "TPR at FAR 0.1 (%)",
        "AP of specialist",
        "TPR of specialist",
    ]
    rows = []
    for network in networks_of(bundle):
        worths = [_mean(network.worth(name), 100, DIGITS) for name in (AP, TPR)]
        shares = [
            _mean(network_fairness(bundle, network, task), 1, 2) for task in ("detection", "reid")
        ]
        rows.append([network.name, *worths, *shares])
    return markdown_table(headings, rows)


def _mean(summary: Summary | None, scale: float, digits: int) -> str:
    return "" if summary is None else f"{scale * summary.mean:.{digits}f}"


def _notes(bundle: Bundle, rows: tuple[PaperRow, ...]) -> list[str]:
    notes = [
        "Combined over all sequences by their counts; the best of each column in bold, "
        "runs that were given the ground truth's boxes aside."
    ]
    if several_seeds(bundle):
        notes[0] += " Means over seeds."
    if bundle.certainty is not None:
        notes += [
            f"In brackets intervals of HOTA. {bundle.certainty.method}",
            *bundle.certainty.notes,
        ]
    elif shows_differences(rows):
        notes.append("Without intervals a difference may be chance.")
    return notes
