"""Detection quality (AP) and ReID quality (TPR at FAR) of a network without a tracker."""

from mot_bench.diagnostics.detection import (
    AveragePrecision,
    DetectionQuality,
    JudgedPicture,
    average_precision,
    average_precision_by_picture,
    detection_quality,
    judged_pictures,
)
from mot_bench.diagnostics.reid import (
    LabelledFeatures,
    ReidQuality,
    Verification,
    labelled,
    reid_quality,
    verification,
)

__all__ = [
    "AveragePrecision",
    "DetectionQuality",
    "JudgedPicture",
    "LabelledFeatures",
    "ReidQuality",
    "Verification",
    "average_precision",
    "average_precision_by_picture",
    "detection_quality",
    "judged_pictures",
    "labelled",
    "reid_quality",
    "verification",
]
