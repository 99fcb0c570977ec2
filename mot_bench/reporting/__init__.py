"""From a results folder to reports: the bundle of reports is filled, and report files are written."""
