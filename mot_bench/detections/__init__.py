"""Detections from anywhere: MOT text, deep_sort-style npy, our npz, and the ground truth as an oracle."""
