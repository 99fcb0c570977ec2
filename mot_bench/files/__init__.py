"""Read files of any origin, checking bounds before memory is allocated."""
