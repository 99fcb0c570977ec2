"""At which size networks see pictures, and how many letterboxed pictures are worth keeping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mot_bench.networks.model_keys import Network

_MOST_BYTES = 1 << 30  # of letterboxed pictures; larger data are read again for each network


def input_size(network: Network) -> tuple[int, int] | None:
    """Return height and width of a trained detector's input; None if only the file knows."""
    recipe: Any = network.recipe
    if network.spec.kind != "fairmot" or recipe is None:
        return None
    return recipe.pictures.height, recipe.pictures.width


def worth_packing(pictures: int, size: tuple[int, int]) -> bool:
    """Return whether so many letterboxed pictures of a size are few enough to keep."""
    return pictures * size[0] * size[1] * 3 <= _MOST_BYTES
