"""The tracker interface, shared parts (boxes, motion, assignment) and one file for each tracker.

Nothing in this package imports torch.
"""
