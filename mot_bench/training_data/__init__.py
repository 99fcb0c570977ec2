"""What networks are trained on: datasets, CrowdHuman's .odgt, mixtures of them.

And packed at the network's size.
"""

from mot_bench.training_data.mixture import DescribedSamples, open_samples
from mot_bench.training_data.packed import PackedSamples, pack
from mot_bench.training_data.specs import DatasetSource, OdgtSource, SourceSpec, parse_source

__all__ = [
    "DatasetSource",
    "DescribedSamples",
    "OdgtSource",
    "PackedSamples",
    "SourceSpec",
    "open_samples",
    "pack",
    "parse_source",
]
