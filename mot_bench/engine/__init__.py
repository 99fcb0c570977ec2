"""The engine: stages as a type, the versions of their code, the store, the order of work."""
