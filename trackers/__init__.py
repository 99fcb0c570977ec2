"""Trackers: the interface, shared parts (boxes, motion, assignment) and one file per tracker.

No torch in here.
"""
