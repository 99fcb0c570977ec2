"""Datasets: the MOTChallenge layout, splits, generated scenes; frames, ground truth and where they come from."""
