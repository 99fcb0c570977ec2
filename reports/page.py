"""``report.html``: one self-contained page."""

from __future__ import annotations

from html import escape

from reports.leaderboard import leaderboard_csv
from reports.schema import Bundle


def page_html(bundle: Bundle) -> str:
    """The page; first plain form."""
    return (
        f"<!doctype html><meta charset=utf-8><title>{escape(bundle.title)}</title>"
        f"<pre>{escape(leaderboard_csv(bundle))}</pre>"
    )
