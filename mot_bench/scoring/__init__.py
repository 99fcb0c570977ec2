"""Scoring by TrackEval's metric classes, and by nothing else."""
