r"""The leaderboard as a LaTeX table (booktabs): ``\input`` it, or compile it alone with ``\documentclass{article}``.

Everything from outside is escaped, so that it compiles with any LaTeX whatever runs are called; the
file is plain ASCII. What LaTeX's fonts do not have is written by its code point.
"""

from __future__ import annotations

import re
import unicodedata

from mot_bench.reports.paper_table import (
    Figure,
    PaperRow,
    paper_metrics,
    paper_rows,
    shows_differences,
)
from mot_bench.reports.schema import Bundle
from mot_bench.reports.variants import several_seeds

DIGITS = 1
_ACCENTS = {
    "\u0300": r"\`",
    "\u0301": r"\'",
    "\u0302": r"\^",
    "\u0303": r"\~",
    "\u0304": r"\=",
    "\u0306": r"\u",
    "\u0307": r"\.",
    "\u0308": r"\"",
    "\u030a": r"\r",
    "\u030b": r"\H",
    "\u030c": r"\v",
    "\u0327": r"\c",
}
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "#": r"\#",
    "$": r"\$",
    "%": r"\%",
    "&": r"\&",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "[": "{[}",  # after the end of a row it would be read as its distance to the next,
    "]": "{]}",
    "*": "{*}",  # and this as a row that no page may end after
    "`": "{`}",
    "'": "{'}",
    '"': "{''}",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "\N{LATIN SMALL LETTER DOTLESS I}": r"\i{}",
    "\N{EN DASH}": "--",
    "\N{EM DASH}": "---",
    "\N{MINUS SIGN}": "$-$",
    "\N{HORIZONTAL ELLIPSIS}": r"\ldots{}",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{GREEK SMALL LETTER ALPHA}": r"$\alpha$",
    "\N{DEGREE SIGN}": r"$^{\circ}$",
}


def latex_text(text: str) -> str:
    r"""Text as it stands, whatever it holds.

    >>> print(latex_text("50% of #1_a & é → \\x"))
    50\% of \#1\_a \& \'{e} {[}U+2192{]} \textbackslash{}x
    """
    plain = " ".join(text.split())
    letters = [_ESCAPES.get(letter) or _letter(letter) for letter in plain]
    return "".join(letters).replace("--", "-{}-") if "--" in plain else "".join(letters)


def leaderboard_latex(bundle: Bundle) -> str:
    """Return a table with the best of each column in bold (oracles aside) and intervals of the differences."""
    rows = paper_rows(bundle, DIGITS)
    metrics = paper_metrics(bundle)
    differences = shows_differences(rows)
    headings = ["Run", *(_heading(metric.title, metric.kind == "fraction") for metric in metrics)]
    if differences:
        headings.append(r"$\Delta$HOTA")
    lines = [
        r"% Needs \usepackage{booktabs}. Up to 17 cm wide: across both columns of a paper. Written by mot-bench.",
        r"\begin{table*}",
        r"\centering",
        r"\small\setlength{\tabcolsep}{4pt}",
        rf"\caption{{{_caption(bundle, rows)}}}",
        rf"\label{{tab:{re.sub(r'[^A-Za-z0-9]+', '-', bundle.suite).strip('-') or 'suite'}}}",
        rf"\begin{{tabular}}{{l{'r' * (len(headings) - 1)}}}",
        r"\toprule",
        " & ".join(headings) + r" \\",
        r"\midrule",
        *(
            _row(row, differences=differences)
            for row in rows
            if any(figure.text for figure in row.figures)
        ),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table*}",
    ]
    return "\n".join(lines) + "\n"


def _heading(title: str, percent: bool) -> str:
    return latex_text(title) + (r" (\%)" if percent else "")


def _row(row: PaperRow, *, differences: bool) -> str:
    cells = [
        latex_text(row.name) + (" (base)" if row.is_base else ""),
        *(_cell(figure) for figure in row.figures),
    ]
    if differences:
        cells.append(_difference(row))
    return " & ".join(cells) + r" \\"


def _cell(figure: Figure) -> str:
    if not figure.text:
        return "--"
    number = figure.text.replace("-", "$-$")
    return rf"\textbf{{{number}}}" if figure.best else number


def _difference(row: PaperRow) -> str:
    if not row.difference.text:
        return ""
    mark = r"^{\ast}" if row.verdict in ("better", "worse") else ""
    return f"${row.difference.text}{mark}${_small(row.difference.interval)}"


def _small(interval: str) -> str:
    return rf" {{\scriptsize [${interval.replace(', ', '$, $')}$]}}" if interval else ""


def _caption(bundle: Bundle, rows: tuple[PaperRow, ...]) -> str:
    data, scorer = bundle.dataset, bundle.scorer
    parts = [
        f"{latex_text(bundle.title)}, on {latex_text(data.name)} ({len(data.sequences)} sequences), "
        f"scored by {latex_text(f'{scorer.name} {scorer.version}')}."
    ]
    if several_seeds(bundle):
        parts.append("Means over seeds.")
    if shows_differences(rows):
        known = (
            r", with its 95\,\% interval" if any(row.difference.interval for row in rows) else ""
        )
        parts.append(
            rf"$\Delta$HOTA: difference to {latex_text(bundle.base or '')} in percentage points{known}."
        )
        if any(row.verdict in ("better", "worse") for row in rows):
            parts.append(r"$^{\ast}$: the 95\,\% interval of this difference leaves out 0.")
    return " ".join(parts)


def _letter(letter: str) -> str:
    """A letter in commands that every font of LaTeX has; what none has by its code point."""
    if " " <= letter <= "~":
        return letter
    if unicodedata.category(letter).startswith("C"):
        return ""
    parts = unicodedata.normalize("NFD", letter)
    if len(parts) == 2 and parts[0].isascii() and parts[1] in _ACCENTS:
        return f"{_ACCENTS[parts[1]]}{{{parts[0]}}}"
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return latex_text(plain) if plain.strip() else f"{{[}}U+{ord(letter):04X}{{]}}"
