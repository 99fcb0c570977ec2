"""The question and the answer: who beats the base run, how sure that is, at what cost, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reports_samples import (
    make_certainty,
    make_explanation,
    make_result,
    make_run,
    make_trained,
    make_trained_run,
)

from mot_bench.reports.answer import answer
from mot_bench.reports.certainty import Certainty, Comparison, Interval, Simultaneous
from mot_bench.reports.explanation import Explanation, Split
from mot_bench.reports.schema import Bundle
from mot_bench.results.bundle import make_bundle
from mot_bench.statistics.verdicts import verdict


def two(base: str = "plain") -> Bundle:
    return make_bundle(
        make_result(make_run("plain", 0.60), make_run("fancy", 0.64)).model_copy(
            update={"base": base}
        )
    )


def with_comparison(bundle: Bundle, one: Comparison) -> Bundle:
    return replace(bundle, certainty=Certainty("drawn again", "sequence", 7, 3, comparisons=(one,)))


def judged(
    run: str,
    base: str,
    difference: float,
    low: float,
    high: float,
    metric: str = "HOTA",
    runs: int = 3,
) -> Comparison:
    """A comparison whose interval holds by itself and, half as wide again, of all runs at once."""
    sides, wide = Interval(low, high), Interval(low - (high - low) / 4, high + (high - low) / 4)
    alone, together = (verdict(metric, one) for one in (sides, wide))
    needed = "About 12 more would." if together == "not distinguishable here" else ""
    simultaneous = Simultaneous(wide, 0.012, together, needed, runs) if metric == "HOTA" else None
    return Comparison(
        run, base, metric, difference, sides, 0.004, alone, needed, simultaneous=simultaneous
    )


def test_the_question_is_whether_anything_beats_the_base_run() -> None:
    assert (
        answer(two()).question
        == "Does fancy beat the base run plain on tiny (2 sequences, 600 frames)?"
    )
    without = answer(replace(two(), base=None))
    assert without.question.startswith("Which of 2 runs tracks people best on tiny")
    assert (
        without.who
        == "The highest measured HOTA is that of fancy (64.0 %); next is plain (60.0 %)."
    )


def test_without_intervals_no_run_is_called_better() -> None:
    assert answer(two()).who == (
        "As measured, fancy is +4.0 points above the base run plain (60.0 %). The highest measured HOTA is that of "
        "fancy (64.0 %); next is plain (60.0 %)."
    )
    assert answer(two("fancy")).who.startswith(
        "Not as measured: the base run is +4.0 points above the next, plain (60.0 %)."
    )


def test_without_intervals_and_causes_no_more_is_said_than_is_known() -> None:
    found = answer(two())
    assert (
        found.sure == "Nothing can be said about chance: one seed, and no intervals were computed."
    )
    assert found.why.endswith(
        "association and detection make it alike. Errors were not split by cause."
    )
    seeds = answer(make_bundle(make_trained()))
    assert seeds.sure.startswith(
        "3 of 3 seeds agree in the sign of this difference; nothing else can be said"
    )


def test_where_everything_is_0_nothing_is_claimed() -> None:
    result = make_result(make_run("plain", 0.0), make_run("fancy", 0.0)).model_copy(
        update={"base": "plain"}
    )
    found = answer(make_bundle(result))
    assert found.who.startswith("Nothing can be claimed: every HOTA is 0")
    assert found.sure == found.trade == found.why == ""


def test_equal_runs_have_no_winner() -> None:
    result = make_result(make_run("plain", 0.6), make_run("fancy", 0.6)).model_copy(
        update={"base": "plain"}
    )
    found = answer(make_bundle(result))
    assert found.who.startswith("plain and fancy have the same HOTA.")
    assert found.why == ""


@pytest.mark.parametrize(
    ("runs", "who"), [([], "No run finished"), ([("one", 0.5)], "one reaches a HOTA of 50.0 %.")]
)
def test_few_runs(runs: list[tuple[str, float]], who: str) -> None:
    result = make_result().model_copy(update={"runs": [make_run(*run) for run in runs]})
    found = answer(make_bundle(result))
    assert found.who.startswith(who)
    assert found.sure == found.why == ""


def test_a_verdict_is_told_with_the_interval_that_it_goes_by() -> None:
    found = answer(with_comparison(two(), judged("fancy", "plain", 0.04, 0.02, 0.06)))
    assert found.who.startswith(
        "Yes: fancy (+4.0 points) has a higher HOTA than plain (60.0 %) beyond chance."
    )
    assert found.sure == (
        "fancy differs from plain by +4.0 points of HOTA, with a 95 % interval of +1.0 to +7.0 "
        "(p = 0.012, for all 3 comparisons at once; on 7 sequences and 3 seeds): this is beyond chance."
    )


def test_what_holds_of_a_pair_alone_and_not_of_all_at_once_is_no_win() -> None:
    one = judged("fancy", "plain", 0.04, 0.005, 0.075)
    assert one.verdict == "better"
    found = answer(with_comparison(two(), one))
    assert found.who.startswith(
        "No: no run has a higher HOTA than plain (60.0 %) beyond chance. The highest measured"
    )
    assert "95 % interval of \u22121.2 to +9.2" in found.sure
    assert "this can be chance. About 12 more would." in found.sure


def test_the_highest_is_not_called_so_where_the_next_cannot_be_told_apart() -> None:
    runs = (make_run("plain", 0.60), make_run("fancy", 0.64), make_run("rival", 0.638))
    bundle = make_bundle(make_result(*runs).model_copy(update={"base": "plain"}))
    rows = (
        judged("fancy", "plain", 0.04, 0.02, 0.06),
        judged("rival", "plain", 0.038, 0.02, 0.056),
        judged("plain", "fancy", -0.04, -0.06, -0.02),
        judged("rival", "fancy", -0.002, -0.02, 0.016),
    )
    found = answer(replace(bundle, certainty=Certainty("", "sequence", 7, 3, comparisons=rows)))
    assert found.who == (
        "Yes: fancy (+4.0 points) and rival (+3.8 points) have a higher HOTA than plain (60.0 %) beyond chance. "
        "The highest measured HOTA is that of fancy (64.0 %); it cannot be told apart from rival (63.8 %)."
    )
    assert found.sure.endswith("Of the 2 runs compared with plain, 2 are better.")
    apart = (*rows[:3], judged("rival", "fancy", -0.02, -0.03, -0.01))
    found = answer(replace(bundle, certainty=Certainty("", "sequence", 7, 3, comparisons=apart)))
    assert found.who.endswith(
        "fancy (64.0 %) is the highest, and every other run is below it beyond chance."
    )


def test_where_the_winner_is_worse_is_told() -> None:
    rows = (
        judged("fancy", "plain", 0.04, 0.02, 0.06),
        judged("fancy", "plain", -0.012, -0.02, -0.004, "AssA"),
        judged("fancy", "plain", 34, 10, 58, "IDSW"),
        judged("fancy", "plain", -0.005, -0.02, 0.01, "MOTA"),
        judged("fancy", "plain", 0.03, 0.01, 0.05, "IDF1"),
    )
    found = answer(replace(two(), certainty=Certainty("", "sequence", 7, 3, comparisons=rows)))
    assert found.trade == (
        "fancy is worse than plain in AssA (\u22121.2 points) and IDSW (+34); in MOTA (\u22120.5 points), which can "
        "be chance."
    )


def test_where_the_base_leads_the_comparison_is_turned_round() -> None:
    one = judged("plain", "fancy", -0.04, -0.06, -0.02)
    found = answer(with_comparison(two("fancy"), one))
    assert found.who.startswith("No: no run has a higher HOTA than fancy (64.0 %) beyond chance.")
    assert "95 % interval of +1.0 to +7.0" in found.sure
    split = Explanation(splits=(Split("plain", "fancy", 0, -0.04, -0.01, -0.032, 0.002),))
    why = answer(replace(two("fancy"), explanation=split)).why
    assert why.startswith(
        "Of the +4.0 points, association makes +3.2, detection +1.0 and localisation \u22120.2 (Shapley"
    )


def test_a_run_of_fewer_seeds_is_told_by_the_difference_that_was_judged() -> None:
    one = judged("fancy", "plain", 0.052, 0.03, 0.074)
    split = Explanation(splits=(Split("fancy", "plain", 0, 0.04, 0.01, 0.032, -0.002),))
    found = answer(replace(with_comparison(two(), one), explanation=split))
    assert found.who.startswith("Yes: fancy (+5.2 points) has a higher HOTA")
    assert found.why.startswith(
        "Of the +4.0 points between runs of equal seeds, association makes +3.2"
    )


def test_why_names_the_cause_that_the_winner_saves_most_on() -> None:
    bundle = make_bundle(
        make_result(make_run("fancy", 0.64), make_run("plain", 0.60)).model_copy(
            update={"base": "plain"}
        )
    )
    found = answer(replace(bundle, explanation=make_explanation(bundle))).why
    assert found.endswith(
        "It saves most on identity switches (after occlusion): 20, where plain has 30."
    )


def test_errors_that_the_winner_has_more_of_are_not_saved_however_little_each_costs() -> None:
    bundle = make_bundle(
        make_result(make_run("fancy", 0.64), make_run("plain", 0.60)).model_copy(
            update={"base": "plain"}
        )
    )
    whole = make_explanation(bundle)
    fancy, plain = (replace(run, causes=run.causes[2:3]) for run in whole.runs)
    more = replace(fancy, causes=(replace(fancy.causes[0], count=plain.causes[0].count + 1),))
    assert (
        "It saves most"
        not in answer(replace(bundle, explanation=replace(whole, runs=(more, plain)))).why
    )


def test_what_was_given_the_truth_is_a_limit_and_no_winner() -> None:
    bundle = make_bundle(make_trained((0,)))
    found = answer(replace(bundle, certainty=make_certainty(bundle)))
    assert "fixed-10" in found.who
    assert found.who.endswith(
        "Out of the contest, as a limit: oracle (80.0 %) was given the ground truth's boxes."
    )


def test_published_thresholds_that_beat_the_winner_are_told() -> None:
    result = make_trained((0,))
    high = make_trained_run("fairmot-default", 0.79, "fairmot", 0, calibrated=False)
    runs = [high if run.run == "fairmot-default" else run for run in result.runs]
    found = answer(make_bundle(result.model_copy(update={"runs": runs})))
    assert "fixed-10" in found.who
    assert found.who.endswith("With published thresholds, fairmot-default (79.0 %) is above it.")
