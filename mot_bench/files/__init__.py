"""Read and write files of any origin; bounds are checked before memory is taken."""
