"""The harness: command line, suites, datasets, detections, runner, store, scoring."""

__version__ = "0.1.0"
