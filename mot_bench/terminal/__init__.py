"""The terminal: standard streams, signals and progress."""
