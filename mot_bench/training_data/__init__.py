"""Training data of networks: datasets, CrowdHuman's .odgt files, mixtures, and packed pictures."""

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
