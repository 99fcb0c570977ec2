"""Short texts of the exceptions that trackers raise."""

from __future__ import annotations

LONGEST = 300


def error_text(error: BaseException) -> str:
    r"""Return the text of an exception as one line of at most about ``LONGEST`` characters.

    If ``str`` fails on the exception, the text says so.

    >>> error_text(ValueError("no\nweights"))
    'no weights'
    """
    try:
        text = str(error)
    except BaseException as other:  # a third-party __str__ may raise anything
        return f"(its text cannot be read: {type(other).__name__})"
    line = " ".join(text[: 4 * LONGEST].split())
    return line if len(line) <= LONGEST and len(text) <= 4 * LONGEST else f"{line[:LONGEST]}..."
