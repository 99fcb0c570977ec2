"""Compute how certain figures are, by resampling the counts of each sequence."""
