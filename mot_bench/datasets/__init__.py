"""Find, read and check datasets: the MOTChallenge layout, splits, pictures and ground truth."""
