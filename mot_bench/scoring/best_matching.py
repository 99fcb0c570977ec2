"""Find the one-to-one matching of largest weight among sparse pairs of objects and tracks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, min_weight_full_bipartite_matching

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_LARGEST_DENSE = 4_000_000  # cells of a group's matrix; larger ones are solved as sparse graphs


def matching_pairs(people: IntArray, tracks: IntArray, weights: IntArray) -> BoolArray:
    """Return which pairs are in the one-to-one matching with the largest sum of weights, (P,).

    Connected groups of pairs are solved separately.

    Args:
        people: (P,) the object of each pair; each pair occurs once.
        tracks: (P,) the track of each pair.
        weights: (P,) at least 1.
    """
    taken = np.zeros(len(people), np.bool_)
    if not len(people):
        return taken
    _, people = np.unique(people, return_inverse=True)
    _, tracks = np.unique(tracks, return_inverse=True)
    count = int(people.max()) + 1
    nodes = count + int(tracks.max()) + 1
    graph = csr_array((np.ones(len(people)), (people, tracks + count)), shape=(nodes, nodes))
    group = connected_components(graph, directed=False)[1][people]
    order = np.argsort(group, kind="stable")
    cuts = np.concatenate([[0], np.flatnonzero(np.diff(group[order])) + 1, [len(order)]])
    sizes = np.diff(cuts)
    taken[order[cuts[:-1][sizes == 1]]] = True  # a pair without rivals
    for first, size in zip(cuts[:-1][sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
        one = order[first : first + size]
        taken[one[_taken_in_group(people[one], tracks[one], weights[one])]] = True
    return taken


def _taken_in_group(people: IntArray, tracks: IntArray, weights: IntArray) -> IntArray:
    """Return the indices of the pairs in the best matching of a group."""
    names, rows = np.unique(people, return_inverse=True)
    others, columns = np.unique(tracks, return_inverse=True)
    if min(len(names), len(others)) == 1:
        return np.array([weights.argmax()])
    if len(names) * len(others) > _LARGEST_DENSE:
        return _taken_sparse(rows, columns, weights, len(names), len(others))
    matrix = np.zeros((len(names), len(others)))
    matrix[rows, columns] = weights
    partner = np.full(len(names), -1)
    chosen, partners = linear_sum_assignment(matrix, maximize=True)
    partner[chosen] = partners
    return np.flatnonzero(partner[rows] == columns)


def _taken_sparse(
    rows: IntArray, columns: IntArray, weights: IntArray, height: int, width: int
) -> IntArray:
    """Solve a large group as a sparse graph, in which each row has a dummy column of no weight."""
    nothing = int(weights.max()) + 1
    costs = np.concatenate([nothing - weights, np.full(height, nothing)]).astype(np.float64)
    own = np.arange(height)
    places = (np.concatenate([rows, own]), np.concatenate([columns, width + own]))
    graph = csr_array((costs, places), shape=(height, width + height))
    chosen, partners = min_weight_full_bipartite_matching(graph)
    partner = np.full(height, -1)
    partner[chosen] = partners
    return np.flatnonzero(partner[rows] == columns)
