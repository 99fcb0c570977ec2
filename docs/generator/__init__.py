"""The reference, made from the code at every build: ``pages`` gives Markdown by path.

No copy is committed.
"""

from __future__ import annotations


def pages() -> dict[str, str]:
    """Every generated page: its path under the site and its Markdown."""
    from docs.generator.command_pages import command_pages
    from docs.generator.data_pages import data_pages
    from docs.generator.metric_page import metric_page
    from docs.generator.output_page import output_page
    from docs.generator.recipe_page import recipe_page
    from docs.generator.suite_pages import suite_pages
    from docs.generator.surroundings_page import surroundings_page
    from docs.generator.tracker_pages import tracker_pages

    return {
        **command_pages(),
        **tracker_pages(),
        **suite_pages(),
        **data_pages(),
        "reference/metrics.md": metric_page(),
        "reference/training.md": recipe_page(),
        "reference/output-files.md": output_page(),
        "reference/environment.md": surroundings_page(),
    }
