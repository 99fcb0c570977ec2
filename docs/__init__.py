"""The documentation site: pages in ``pages/``, a reference made from the code by ``generator``, built by MkDocs."""
