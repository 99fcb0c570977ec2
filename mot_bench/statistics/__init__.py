"""How sure figures are: counts of each sequence kept with the results, resampled, compared and put into words."""
