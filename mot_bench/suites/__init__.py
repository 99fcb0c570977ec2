"""Suites: named sets of runs, in TOML."""
