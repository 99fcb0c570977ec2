"""Looking at results: the viewer's files, the gallery of costly switches, videos with errors marked, the server."""
