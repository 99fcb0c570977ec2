"""Tables, figures and pages from one typed bundle (reports.schema)."""
