"""Datasets: the MOTChallenge layout, splits, generated scenes.

Frames, ground truth and where they come from.
"""
