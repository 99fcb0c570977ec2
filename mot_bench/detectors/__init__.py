"""Networks as the harness sees them: detectors (pictures in, detections out) and ReID extractors (crops to embeddings)."""
