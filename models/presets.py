"""Named training recipes: the paper's, and recipes that fit two CPU cores."""

from __future__ import annotations

from dataclasses import dataclass, field

from mot_bench.models.augment import AugmentConfig
from mot_bench.models.crops import CropAugmentation
from mot_bench.models.fairmot import NetworkConfig
from mot_bench.models.fairmot_task import PictureConfig
from mot_bench.models.loop_config import LoopConfig
from mot_bench.models.losses import Balance, LossConfig
from mot_bench.models.reid import ReidConfig
from mot_bench.models.reid_training import ReidLossConfig


@dataclass(frozen=True)
class FairMotRecipe:
    """Everything that determines the weights of a FairMOT network, except data and seed.

    If ``epochs`` is not 0, it replaces ``loop.steps`` once the number of pictures is known.
    """

    network: NetworkConfig = field(default_factory=NetworkConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    pictures: PictureConfig = field(default_factory=PictureConfig)
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(steps=1, learning_rate=1e-4))
    epochs: float = 0.0


# FairMOT, arXiv 2004.01888, section 5.1, and the official script: Adam, 1e-4, divided by ten after
# epoch 20 of 30, batches of 12, 1088x608. It starts from COCO or CrowdHuman weights, which
# --weights takes.
PAPER = FairMotRecipe(
    loop=LoopConfig(
        steps=1,
        learning_rate=1e-4,
        schedule="step",
        mixed_precision=True,
        loading_processes=8,
        checkpoint_every=500,
        validate_every=0,
    ),
    epochs=30.0,
)

_SLIM = NetworkConfig(
    architecture="dla34_plain", width=0.25, stem="fast", head_channels=64, embedding_size=64
)
# Variations are small: in minutes no picture is seen often, and strong colours are half of what
# tells people apart here.
_GENTLE = AugmentConfig(
    hsv=0.15, rotation_degrees=0.0, translation=0.05, scale=(0.9, 1.1), shear_degrees=0.0
)

# This recipe takes minutes on one core: a quarter of the channels, a stem of half the resolution,
# and plain convolutions. Batches are small, because the number of steps matters; the rate is high
# and rises over most of the steps. Both tasks start with larger weights than officially, so that
# the ratio of the weights stays the same until ReID has begun to learn. The classes of ReID are
# means of features, because three epochs are too few to learn the rows of a linear classifier. The
# values were found on scenes that resemble those of evaluation (DECISIONS.md).
CPU = FairMotRecipe(
    network=_SLIM,
    loss=LossConfig(balance=Balance(detection_start=-3.1, reid_start=-2.2), classifier="memory"),
    pictures=PictureConfig(height=192, width=320, batch_size=4, augment=_GENTLE),
    loop=LoopConfig(
        steps=1200,
        learning_rate=0.02,
        warm_up=0.7,
        offset_factor=0.1,
        head_factor=0.1,
        second_moment=0.99,
        clip_norm=2.0,
        checkpoint_every=100,
        validate_every=300,
    ),
)

# This recipe is as small as possible: it shows that everything works, and learns almost nothing.
TINY = FairMotRecipe(
    network=NetworkConfig(
        architecture="dla34_plain", width=0.125, stem="fast", head_channels=16, embedding_size=32
    ),
    pictures=PictureConfig(height=96, width=160, batch_size=4, augment=_GENTLE),
    loop=LoopConfig(steps=40, learning_rate=3e-3, checkpoint_every=20),
)

PRESETS = {"paper": PAPER, "cpu": CPU, "tiny": TINY}


@dataclass(frozen=True)
class ReidRecipe:
    """Everything that determines the weights of a separate ReID network, except data and seed."""

    network: ReidConfig = field(default_factory=ReidConfig)
    loss: ReidLossConfig = field(default_factory=ReidLossConfig)
    augmentation: CropAugmentation = field(default_factory=CropAugmentation)
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(steps=20_000, learning_rate=1e-3))


REID_PRESETS = {
    "paper": ReidRecipe(),
    "cpu": ReidRecipe(
        network=ReidConfig(height=64, width=32, factor=0.5, dropout=0.1),
        loop=LoopConfig(steps=250, learning_rate=3e-3),
    ),
    "tiny": ReidRecipe(
        network=ReidConfig(height=64, width=32, factor=0.5, embedding_size=32),
        loop=LoopConfig(steps=20, learning_rate=1e-3, checkpoint_every=20),
    ),
}
