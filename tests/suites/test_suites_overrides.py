"""``--set`` and ``--tracker``."""

from __future__ import annotations

from pathlib import Path

import pytest

from mot_bench.errors import MotBenchError
from mot_bench.suites.loader import load_suite
from mot_bench.suites.overrides import override, with_tracker
from mot_bench.suites.parameters import validated_parameters
from mot_bench.suites.schema import Suite


@pytest.fixture(scope="module")
def suite() -> Suite:
    return load_suite("association")


def test_parameter_of_one_run(suite: Suite) -> None:
    changed = override(suite, ["sort.max_age=7"])
    assert validated_parameters(changed.run("sort"))["max_age"] == 7
    assert validated_parameters(changed.run("sort"))["score_threshold"] == 0.6
    assert changed.run("sort-age30") == suite.run("sort-age30")
    assert suite.run("sort").parameters["max_age"] == 1


def test_parameter_of_every_run_that_has_it(suite: Suite) -> None:
    changed = override(suite, ["max_age=7"])
    with_it = {run.name for run in changed.runs if run.parameters.get("max_age") == 7}
    assert with_it == {"sort", "sort-age30", "ocsort", "deepsort"}


def test_last_setting_rules(suite: Suite) -> None:
    changed = override(suite, ["max_age=7", "sort.max_age=8"])
    assert (
        changed.run("sort").parameters["max_age"],
        changed.run("ocsort").parameters["max_age"],
    ) == (8, 7)


@pytest.mark.parametrize(
    ("setting", "field", "value"),
    [
        ("detections=oracle", "detections", "oracle"),
        ('detections="oracle"', "detections", "oracle"),
        ("detections=../there/yolox_x_ablation", "detections", "../there/yolox_x_ablation"),
        ("seeds=[1, 2]", "seeds", [1, 2]),
        ("base=sort", "base", "sort"),
        ("dataset = street-easy", "dataset", "street-easy"),
    ],
)
def test_field_of_the_suite(suite: Suite, setting: str, field: str, value: object) -> None:
    assert getattr(override(suite, [setting]), field) == value


def test_fields_of_runs(suite: Suite) -> None:
    changed = override(suite, ["decimals=none", "botsort.camera_motion=optical-flow", "sort.detections=oracle-noisy",
                               "sort.detection_options={misses = 0.2}"])  # fmt: skip
    assert {run.decimals for run in changed.runs} == {None}
    assert changed.run("botsort").camera_motion == "optical-flow"
    assert changed.run("botsort-reid").camera_motion == "file"
    assert changed.run("sort").detections == "oracle-noisy"
    assert changed.run("sort").detection_options == {"misses": 0.2}


def test_run_whose_name_has_a_dot(suite: Suite) -> None:
    dotted = suite.model_copy(
        update={"runs": [*suite.runs, suite.run("fairmot").model_copy(update={"name": "w0.1"})]}
    )
    assert override(dotted, ["w0.1.motion_weight=0.1"]).run("w0.1").parameters == {
        "motion_weight": 0.1
    }


def test_changed_run_loses_its_references(suite: Suite) -> None:
    changed = override(suite, ["sort.max_age=7"])
    assert changed.run("sort").references == []
    assert changed.run("ocsort").references == suite.run("ocsort").references
    assert (
        override(suite, ["sort.max_age=1"]).run("sort").references == suite.run("sort").references
    )
    assert (
        override(suite, ["detections=oracle"]).run("sort").references
        == suite.run("sort").references
    )


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("sort.max_agee=3", ["max_age", "min_hits", "found 'max_agee'"]),
        ("nothing=3", ["found 'nothing'", "match_threshold", "detections"]),
        ("nobody.max_age=3", ["sort, sort-age30", "found 'nobody'"]),
        ("sort.max_age=-1", ["run sort", "max_age", "-1"]),
        ("sort.max_age=many", ["run sort", "max_age", "'many'"]),
        ("max_age", ["KEY=VALUE"]),
        ("=3", ["KEY=VALUE"]),
        ("max_age=", ["TOML", "found nothing"]),
        ("max_age=[1", ["TOML", "found [1"]),
        ("base=nobody", ["one of the runs sort", "'nobody'"]),
        ("seeds=[]", ["seeds"]),
        (
            "botsort.camera_motion=sideways",
            ["camera_motion", "'none', 'file' or 'optical-flow'", "'sideways'"],
        ),
        ("sort.tracker=ocsort", ["found 'tracker'"]),
    ],
)
def test_setting_that_does_not_fit_is_one_line(
    suite: Suite, setting: str, words: list[str]
) -> None:
    with pytest.raises(MotBenchError) as caught:
        override(suite, [setting])
    message = str(caught.value)
    assert message.startswith(f"--set {setting}: ")
    assert "\n" not in message
    for word in words:
        assert word in message


OWN = '''
"""A tracker of somebody's own."""
from mot_bench.trackers.interface import Frame, SequenceInfo, TrackerConfig, Tracks

class MyConfig(TrackerConfig):
    patience: int = 3

class MyTracker:
    Config = MyConfig
    def __init__(self, config): self.config = config
    @classmethod
    def needs(cls, config): return frozenset()
    def reset(self, sequence: SequenceInfo) -> None: ...
    def update(self, frame: Frame) -> Tracks: return Tracks()
'''


def test_own_tracker_is_a_run_more(suite: Suite, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(OWN)
    changed = with_tracker(suite, f"{file}:MyTracker")
    assert [run.name for run in changed.runs] == [*(run.name for run in suite.runs), "my-tracker"]
    assert validated_parameters(changed.run("my-tracker")) == {"patience": 3}
    again = override(with_tracker(changed, f"{file}:MyTracker"), ["my-tracker-2.patience=5"])
    assert validated_parameters(again.run("my-tracker-2")) == {"patience": 5}
    assert again.base == suite.base


@pytest.mark.parametrize(
    "reference", ["nobody", "nowhere.py:Mine", "pathlib:Path", "pathlib:Nothing"]
)
def test_what_is_no_tracker_is_one_line(suite: Suite, reference: str) -> None:
    with pytest.raises(MotBenchError, match="expected") as caught:
        with_tracker(suite, reference)
    assert reference.partition(":")[0] in str(caught.value)
