"""Commands of the command line: thin, with everything heavy imported inside."""
