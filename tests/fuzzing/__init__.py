"""Fuzzers: every reader gets damaged and hostile files, and may answer with ``MotBenchError`` alone.

``python -m fuzzing`` runs them at full size; ``tests/commands/test_fuzzing.py`` runs a short form
with the other tests.
"""
