"""Changes of a training recipe: values beyond what can be trained are refused in one line."""

from __future__ import annotations

from typing import Literal

import pytest

from mot_bench.errors import MotBenchError
from mot_bench.networks.recipes import recipe_of
from mot_bench.networks.standalone_training import changes_of
from mot_bench.suites.schema import ModelSpec


def change(setting: str, kind: Literal["fairmot", "reid"] = "fairmot") -> None:
    recipe_of(
        ModelSpec(title="mine", kind=kind, preset="tiny", recipe=changes_of([setting])), "recipe"
    )


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("network.width=1e6", "recipe.network.width: expected 0.015625 to 4, found 1000000.0"),
        ("network.width=-1.0", "recipe.network.width: expected 0.015625 to 4"),
        ("network.head_channels=0", "recipe.network.head_channels: expected 1 to 4096, found 0"),
        ("network.embedding_size=-4", "recipe.network.embedding_size: expected 0 to 4096"),
        ("pictures.height=320000", "recipe.pictures.height: expected 32 to 4096, found 320000"),
        ("pictures.batch_size=1000000", "recipe.pictures.batch_size: expected 1 to 1024"),
        (
            "loop.learning_rate=inf",
            "recipe.loop.learning_rate: expected a finite number, found inf",
        ),
        ("loop.log_every=0", "recipe.loop.log_every: expected 1 to 1000000, found 0"),
        ("loss.heat_weight=nan", "recipe.loss.heat_weight: expected a finite number"),
    ],
)
def test_values_out_of_bounds_are_refused(setting: str, expected: str) -> None:
    with pytest.raises(MotBenchError) as caught:
        change(setting)
    assert str(caught.value).startswith(expected)


def test_values_of_a_reid_recipe_have_bounds_too() -> None:
    with pytest.raises(
        MotBenchError, match=r"recipe\.network\.height: expected 8 to 4096, found 100000"
    ):
        change("network.height=100000", "reid")
    change("network.height=128", "reid")
    change("loop.learning_rate=0.5")
