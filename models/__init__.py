"""Networks, losses and training. Knows torch and nothing of this project. Filled by the next issue."""
