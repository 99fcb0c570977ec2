"""The gate: a finished suite, or anything scored, against a committed baseline."""
