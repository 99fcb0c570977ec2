"""Networks, losses and training. The package knows torch, and nothing else of the project."""
