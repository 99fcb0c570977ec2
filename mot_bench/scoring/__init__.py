"""Score tracks with TrackEval's metric classes."""
