"""Records as they lie on disk beside results."""
