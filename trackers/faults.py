"""What an exception of a tracker says, as short text, whatever the exception does."""

from __future__ import annotations

LONGEST = 300


def error_text(error: BaseException) -> str:
    r"""Return the text of an exception as one line of at most about ``LONGEST`` characters.

    An exception whose text cannot be made gives a text that says so.

    >>> error_text(ValueError("no\nweights"))
    'no weights'
    """
    try:
        text = str(error)
    except BaseException as other:  # a __str__ of somebody else's: nothing that it does may matter
        return f"(its text cannot be made: {type(other).__name__})"
    line = " ".join(text[: 4 * LONGEST].split())
    return line if len(line) <= LONGEST and len(text) <= 4 * LONGEST else f"{line[:LONGEST]}..."
