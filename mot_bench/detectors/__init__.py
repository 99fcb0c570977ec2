"""Networks in the harness: detectors (pictures to detections) and ReID extractors."""
