"""Every figure by name: what it shows, what it needs, and how it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure

from mot_bench.reports.figures.causes import causes
from mot_bench.reports.figures.curves import curves
from mot_bench.reports.figures.drawing import Drawing
from mot_bench.reports.figures.fairness import fairness
from mot_bench.reports.figures.forest import forest
from mot_bench.reports.figures.groups import groups
from mot_bench.reports.figures.plane import plane
from mot_bench.reports.figures.similarity import similarity
from mot_bench.reports.figures.speed import speed
from mot_bench.reports.figures.stages import stages
from mot_bench.reports.figures.sweep import sweep
from mot_bench.reports.figures.timeline import timeline
from mot_bench.reports.figures.training import training
from mot_bench.reports.schema import Bundle


@dataclass(frozen=True)
class FigureKind:
    """A figure that can be made of a bundle.

    Attributes:
        title: a heading.
        shows: one or two sentences for a caption.
        needs: what a bundle must have, in a few words.
        draw: the bundle and perhaps metrics to a drawing; None where there is nothing to show.
        metrics: whether metrics can be chosen.
    """

    title: str
    shows: str
    needs: str
    draw: Callable[..., Drawing | None]
    metrics: bool = False

    def drawing(self, bundle: Bundle, metrics: tuple[str, ...] = ()) -> Drawing | None:
        """Its panels before they are drawn; None where there is nothing to show."""
        return self.draw(bundle, metrics) if metrics and self.metrics else self.draw(bundle)

    def figure(self, bundle: Bundle, metrics: tuple[str, ...] = ()) -> Figure | None:
        """For a paper (``mot_bench.reports.figures.output.file_bytes`` writes it).

        None where there is nothing to show.
        """
        drawing = self.drawing(bundle, metrics)
        return None if drawing is None else drawing.figure()

    def svg(self, bundle: Bundle, metrics: tuple[str, ...] = ()) -> str | None:
        """For a page: panels as SVG in a ``div``, which wrap, and a legend as a list.

        None where nothing is to show.
        """
        drawing = self.drawing(bundle, metrics)
        return None if drawing is None else drawing.page()


FIGURES = {
    "curves": FigureKind(
        "Accuracy over the localisation threshold",
        "HOTA, DetA and AssA over the localisation threshold alpha: how much overlap (IoU) a track's box needs to "
        "count as a hit. The leaderboard's figures are the means over the 19 thresholds. Where there is a base run, "
        "each line is a run's difference to it: above zero, the run is better at that overlap.",
        "curves over alpha",
        curves,
        metrics=True,
    ),
    "plane": FigureKind(
        "Detection against association",
        "Detection against association accuracy, in percent. Grey lines join points of equal HOTA, about √(DetA · "
        "AssA): to the right lies better detection, upwards better association. Runs far from the others stand at the "
        "edge, with their values above.",
        "DetA and AssA",
        plane,
    ),
    "fairness": FigureKind(
        "How fair networks are to both tasks",
        "AP of detection against TPR of ReID, over all sequences. Dashed lines: what a network reaches that was "
        "trained for that task alone. Small dots are single seeds.",
        "networks with AP and TPR",
        fairness,
    ),
    "sweep": FigureKind(
        "The balance of the losses",
        "AP, TPR, MOTA, IDF1 and HOTA against the weight of ReID in the loss. Bars: 95 % interval of the mean over "
        "seeds (Student's t); dashed: the learned balance, and the ratio that it ended at.",
        "networks that differ in a loss weight alone",
        sweep,
        metrics=True,
    ),
    "speed": FigureKind(
        "Accuracy against speed",
        "HOTA against frames per second, of the tracker alone and of all stages. The dotted line is the front: runs "
        "that no other beats in both.",
        "times (mot-bench run --timing)",
        speed,
        metrics=True,
    ),
    "causes": FigureKind(
        "Why runs lose",
        "What a run would gain in HOTA if one cause of errors alone were repaired, and at the end of each bar how "
        "often it occurred. Gains of single causes do not add up.",
        "errors by cause (mot-bench explain)",
        causes,
        metrics=True,
    ),
    "forest": FigureKind(
        "Differences to the base run",
        "Difference of each run to the base run with its 95 % interval. Triangles: better or worse beyond chance, "
        "each difference by itself; hollow circles: not distinguishable here; crosses: nothing can be said. "
        "Arrows: a difference far from the others, which would crowd them.",
        "intervals of the differences to a base run",
        forest,
        metrics=True,
    ),
    "training": FigureKind(
        "Training curves",
        "Terms of the loss over the steps of training, AP on calibration frames where it was measured, and of "
        "separate ReID networks how many crops of a batch they give to the right person; means over seeds.",
        "networks that were trained here",
        training,
    ),
    "groups": FigureKind(
        "By group of sequences",
        "HOTA, AssA and IDF1 of the main runs for each group of sequences. Small dots are single seeds.",
        "a dataset with groups",
        groups,
        metrics=True,
    ),
    "stages": FigureKind(
        "Time per stage",
        "Milliseconds a frame of each stage, measured in a pass of its own with one job.",
        "times (mot-bench run --timing)",
        stages,
    ),
    "similarity": FigureKind(
        "Embedding similarity",
        "Cosine similarity of embeddings of the same person and of different people, over pairs of one sequence at "
        "least 10 frames apart: the less the two overlap, the better a tracker can tell people apart.",
        "embeddings at the ground truth's boxes, in the store",
        similarity,
    ),
    "timeline": FigureKind(
        "Trajectories over time",
        "Each row is a person of the ground truth: bars where a run followed the person, hatched after a change of "
        "identity, a cross at each identity switch, a thin line where the person was there and not found.",
        "track files and ground truth of a sequence (--runs A,B --sequence S)",
        timeline,
    ),
}
