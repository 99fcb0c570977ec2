"""``report.html``: one self-contained page that opens from disk, from a bundle and the templates beside.

The same bundle gives the same bytes. Everything from outside is escaped by Jinja2; figures come as
SVG whose text matplotlib has escaped; data for the script are JSON in which nothing can end the
element that holds them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mot_bench.reports.ablation import difference_parts
from mot_bench.reports.answer import answer
from mot_bench.reports.attribution import cause_table, slice_tables
from mot_bench.reports.balance import networks_of
from mot_bench.reports.explanation import KIND_MEANINGS
from mot_bench.reports.figures import FIGURES, series_of
from mot_bench.reports.leaderboard_page import board_data, board_lines, board_metrics, first_metrics
from mot_bench.reports.others import others_metrics, others_rows, source_notes
from mot_bench.reports.remarks import remarks_of
from mot_bench.reports.run_pages import run_pages, run_times, stages_of
from mot_bench.reports.schema import Bundle, Run
from mot_bench.reports.schema import Environment as Made
from mot_bench.reports.sections import (
    SIDE_BY_SIDE,
    anatomy_rows,
    findings,
    group_parts,
    groups_side_by_side,
    worth_parts,
)
from mot_bench.reports.sequence_table import sequence_data, sequence_metrics, sequence_variants
from mot_bench.reports.variants import (
    DIFFERENCES,
    base_variant,
    is_given,
    is_published_row,
    ranked_variants,
    several_seeds,
)
from mot_bench.reports.verdict_wording import is_judged, silence
from mot_bench.reports.wording import signed

TITLES = {
    "answer": "Answer",
    "leaderboard": "Leaderboard",
    "ablation": "Ablation",
    "errors": "Errors",
    "slices": "Size, visibility, density",
    "groups": "By group",
    "models": "Models",
    "figures": "Figures",
    "sequences": "Sequences",
    "timing": "Time",
    "runs": "Runs",
    "about": "Metrics and environment",
}


def page_html(bundle: Bundle) -> str:
    """The whole page."""
    environment = Environment(
        loader=PackageLoader("mot_bench.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["signed"] = signed
    shown = {**_board(bundle), **_explained(bundle), **_networks(bundle), **_rest(bundle)}
    hidden = ("training",) if shown["judged"] else ("training", "forest")
    figures = {name: _svg(bundle, name) for name in FIGURES if name not in hidden}
    present = {
        "ablation": shown["differences"],
        "errors": shown["causes"],
        "slices": shown["slices"],
        "groups": shown["side_by_side"],
        "models": shown["anatomy"],
        "figures": any(figures[name] for name in ("curves", "plane", "timeline")),
        "sequences": shown["has_sequences"],
        "timing": bundle.timing,
    }
    html = environment.get_template("report.html.j2").render(
        bundle=bundle,
        figures=figures,
        kinds=FIGURES,
        sections=[(name, title) for name, title in TITLES.items() if present.get(name, True)],
        several_seeds=several_seeds(bundle),
        label=lambda run: _label(bundle, run),
        **shown,
    )
    return "\n".join(line.rstrip() for line in html.split("\n"))


def _svg(bundle: Bundle, name: str) -> Markup | None:
    svg = FIGURES[name].svg(bundle)
    return Markup(svg) if svg else None


def _board(bundle: Bundle) -> dict[str, Any]:
    return {
        "lines": board_lines(bundle, series_of(bundle)),
        "board": board_data(bundle),
        "metrics": board_metrics(bundle),
        "headline": bundle.headline_metrics,
        "first_metrics": first_metrics(bundle),
        "others_metrics": others_metrics(bundle),
        "others": others_rows(bundle),
        "notes": list(source_notes(bundle.ranked)),
        "has_limits": any(is_given(variant) for variant in ranked_variants(bundle)),
        "first_way": lambda metric: (
            "ascending" if metric.higher_is_better is False else "descending"
        ),
        "trained_at": _trained_at(bundle),
    }


def _explained(bundle: Bundle) -> dict[str, Any]:
    """The answer, the ablation and the errors."""
    explained = bundle.explanation.runs if bundle.explanation else ()
    return {
        "answer": answer(bundle),
        "remarks": remarks_of(bundle),
        "judged": is_judged(bundle),
        "silence": silence(bundle),
        "differences": difference_parts(bundle),
        "difference_metrics": [bundle.metric(name) for name in DIFFERENCES],
        "findings": findings(bundle),
        "base_seeds": len(base.runs) if (base := base_variant(bundle)) is not None else 0,
        "causes": cause_table(bundle),
        "kind_meanings": KIND_MEANINGS,
        "detections_known": all(one.detections_known for one in explained),
        "visibility_given": all(one.visibility_given for one in explained),
        "slices": slice_tables(bundle),
    }


def _networks(bundle: Bundle) -> dict[str, Any]:
    return {
        "anatomy": anatomy_rows(bundle),
        "worth": worth_parts(bundle),
        "curves": _training_curves(bundle),
        "side_by_side": groups_side_by_side(bundle),
        "published_left_out": _published_left_out(bundle),
        "side_metrics": [bundle.metric(name) for name in SIDE_BY_SIDE],
        "group_parts": group_parts(bundle),
    }


def _published_left_out(bundle: Bundle) -> str:
    """Return a sentence for tables and figures of main runs alone; empty where that is every run."""
    several = any(is_published_row(bundle, variant) for variant in ranked_variants(bundle))
    return "Runs with published thresholds are left out." if several else ""


def _rest(bundle: Bundle) -> dict[str, Any]:
    return {
        "sequence_metrics": sequence_metrics(bundle),
        "sequence_data": sequence_data(bundle),
        "has_sequences": bool(sequence_variants(bundle)),
        "stages": stages_of(bundle),
        "times": run_times(bundle),
        "pages": run_pages(bundle),
        "environment_line": _environment_line(bundle.environment),
    }


def _training_curves(bundle: Bundle) -> dict[str, tuple[int, Markup]]:
    """By network that was trained here: its number in the page, and its curve."""
    found: dict[str, tuple[int, Markup]] = {}
    for place, network in enumerate(networks_of(bundle), 1):
        drawing = FIGURES["training"].drawing(replace(bundle, models=network.models))
        if drawing is not None:
            found[network.name] = (
                place,
                Markup(replace(drawing, name=f"training-of-{place}").page()),
            )
    return found


def _label(bundle: Bundle, run: Run) -> str:
    return f"{run.run} · seed {run.seed}" if several_seeds(bundle) else run.run


def _environment_line(made: Made | None) -> str:
    """Versions and machine in one line."""
    if made is None:
        return ""
    code = f"commit {made.commit[:10]}" if made.commit else ""
    parts = (
        f"mot-bench {made.packages.get('mot-bench', '')}".strip(),
        code,
        f"Python {made.python}",
        made.machine,
    )
    return ", ".join(part for part in parts if part not in ("", "Python "))


def _trained_at(bundle: Bundle) -> str:
    """On which pictures and for how many steps networks were trained here; empty where none was."""
    trained = [model for model in bundle.models if model.trained and model.kind == "fairmot"]
    sizes = sorted({f"{model.size[1]} x {model.size[0]}" for model in trained if model.size})
    steps = sorted({model.steps for model in trained})
    if not sizes:
        return ""
    times = f"{steps[0]}" if len(steps) == 1 else f"{steps[0]} to {steps[-1]}"
    return f"pictures of {' and '.join(sizes)} pixels, {times} steps"
