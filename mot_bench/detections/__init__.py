"""Read detections: MOT text, deep_sort's ``.npy``, mot-bench's ``.npz``, or the ground truth."""
