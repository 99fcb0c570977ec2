"""Results folders: the type that reads and writes them; merging, comparing and gating them."""
