"""Networks as the harness sees them: detectors (pictures to detections) and ReID extractors (crops to embeddings)."""
