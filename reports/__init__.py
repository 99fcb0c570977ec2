"""Tables, figures and pages from one typed bundle (mot_bench.reports.schema)."""
