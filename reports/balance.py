"""How fair a network is to detection and to ReID: what it reaches of what the specialists of each task reach."""

from __future__ import annotations

from dataclasses import dataclass

from mot_bench.reports.schema import Bundle, Model, Run
from mot_bench.reports.variants import PUBLISHED_SUFFIX, Summary, summary_of

WORTHS = ("ap_visible", "ap", "ap_paper", "tpr", "tpr_all", "tpr_paper", "rank1")
"""The fields of a diagnosis, in the order of the columns of ``models.csv``."""

AP = "ap_visible"
TPR = "tpr"
TASKS = {"detection": AP, "reid": TPR}
MIN_SWEEP = 3


@dataclass(frozen=True)
class Network:
    """A model over all its seeds."""

    name: str
    models: tuple[Model, ...]

    @property
    def first(self) -> Model:
        """For what all seeds have in common."""
        return self.models[0]

    def worth(self, name: str, group: str = "") -> Summary | None:
        """A fraction of the diagnosis over seeds."""
        return summary_of([model.worth(name, group) for model in self.models])


@dataclass(frozen=True)
class Sweep:
    """Models that differ in one fixed weight alone, and the one that learned its balance.

    Attributes:
        points: ReID weight over detection weight, and the network with it; smallest first.
        learned: the network of the same recipe that learned its balance; None where there is none.
        ratio: what it learned: its ReID weight over its detection weight at the end, mean over
            seeds.
    """

    points: tuple[tuple[float, Network], ...]
    learned: Network | None
    ratio: float | None


def networks_of(bundle: Bundle) -> tuple[Network, ...]:
    """In the suite's order."""
    found: dict[str, list[Model]] = {}
    for model in bundle.models:
        found.setdefault(model.model, []).append(model)
    return tuple(Network(name, tuple(models)) for name, models in found.items())


def specialist_of(bundle: Bundle, model: Model, task: str) -> Model | None:
    """The specialist of a task that a model is measured against: of its seed, else the only one."""
    found = [other for other in bundle.models if other.specialist == task]
    same = [other for other in found if other.seed == model.seed]
    return same[0] if same else found[0] if len(found) == 1 else None


def fairness(bundle: Bundle, model: Model, task: str, group: str = "") -> float | None:
    """What a model reaches of a task's specialist: AP of ``detection``, TPR of ``reid``; 1 is as much.

    None where either has no such figure, or the specialist's is 0.
    """
    specialist = specialist_of(bundle, model, task)
    mine = model.worth(TASKS[task], group)
    theirs = specialist.worth(TASKS[task], group) if specialist is not None else None
    return mine / theirs if mine is not None and theirs else None


def network_fairness(
    bundle: Bundle, network: Network, task: str, group: str = ""
) -> Summary | None:
    """``fairness`` over seeds."""
    return summary_of([fairness(bundle, model, task, group) for model in network.models])


def milliseconds(bundle: Bundle, network: Network) -> float | None:
    """What it costs a frame, from the first timed run that uses it; None where none was timed.

    A detector's pass over the frame; for a separate ReID network the crops of a frame and their
    embeddings.
    """
    if bundle.timing is None:
        return None
    separate = network.first.kind == "reid"
    stage = "embedding" if separate else "detecting"
    users = {
        run.run
        for run in bundle.runs
        if network.name == (run.reid_model if separate else run.model)
    }
    for timing in bundle.timing.runs:
        if timing.run in users and timing.frames and timing.stages.get(stage):
            return 1000 * timing.stages[stage] / timing.frames
    return None


def sweep_of(bundle: Bundle) -> Sweep | None:
    """The largest set of models that differ in one fixed weight alone; None where no three do."""
    families: dict[str, dict[float, Network]] = {}
    for network in networks_of(bundle):
        weights = network.first.fixed_weights
        if weights is not None and min(weights) > 0 and not network.first.specialist:
            family = families.setdefault(network.first.recipe_but_balance, {})
            family.setdefault(weights[1] / weights[0], network)
    recipe = max(families, key=lambda key: len(families[key]), default="")
    points = families.get(recipe, {})
    if len(points) < MIN_SWEEP:
        return None
    learned = next(
        (one for one in networks_of(bundle) if one.first.balance == "learned"
         and one.first.recipe_but_balance == recipe and not one.first.specialist), None,
    )  # fmt: skip
    ratio = summary_of([_ratio(model) for model in learned.models]) if learned is not None else None
    return Sweep(tuple(sorted(points.items())), learned, ratio.mean if ratio is not None else None)


def runs_of(bundle: Bundle, network: Network) -> tuple[Run, ...]:
    """The rows that stand for a network in a sweep: of the base run if it uses it, else of the first that does."""
    names = [run.run for run in bundle.runs if run.model == network.name]
    named = bundle.base if bundle.base in names else next(
        (name for name in names if not name.endswith(PUBLISHED_SUFFIX)), None
    )  # fmt: skip
    return tuple(run for run in bundle.runs if run.run == named)


def _ratio(model: Model) -> float | None:
    if model.reid_weight is None or not model.detection_weight:
        return None
    return model.reid_weight / model.detection_weight
