"""The stages of a suite, one file each; the engine runs them and keeps their results."""
