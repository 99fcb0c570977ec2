"""The datasets of a suite by what they are for."""

EVALUATION = "evaluation"
"""What every run is scored on."""

CALIBRATION = "calibration"
"""Scenes of the training side on which thresholds are chosen."""
