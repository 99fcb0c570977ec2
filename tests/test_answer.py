"""The question and the answer in three sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reports_samples import make_certainty, make_explanation, make_result, make_run, make_trained, make_trained_run

from mot_bench.bundle import make_bundle
from reports.answer import answer
from reports.certainty import Certainty, Comparison, Interval
from reports.explanation import Explanation, Split
from reports.schema import Bundle


def two(base: str = "plain") -> Bundle:
    return make_bundle(make_result(make_run("plain", 0.60), make_run("fancy", 0.64)).model_copy(update={"base": base}))


def with_comparison(bundle: Bundle, one: Comparison) -> Bundle:
    return replace(bundle, certainty=Certainty("drawn again", "sequence", 7, 3, comparisons=(one,)))


def test_who_wins_and_by_how_much() -> None:
    found = answer(two())
    assert found.question.startswith("Which of 2 runs tracks people best on tiny (2 sequences, 600 frames)")
    assert found.who == (
        "fancy reaches a HOTA of 64.0 %, the highest: +4.0 percentage points against the base run plain (60.0 %), "
        "which is next."
    )


def test_the_base_run_may_win() -> None:
    assert answer(two("fancy")).who.endswith(
        ": the base run leads the next, plain (60.0 %), by +4.0 percentage points."
    )


def test_without_intervals_and_causes_no_more_is_said_than_is_known() -> None:
    found = answer(two())
    assert found.sure == "Nothing can be said about chance: one seed, and no intervals were computed."
    assert found.why.endswith("association and detection make the lead alike. Errors were not split by cause.")
    seeds = answer(make_bundle(make_trained()))
    assert seeds.sure.startswith("3 of 3 seeds agree in the sign of this difference; nothing else can be said")


@pytest.mark.parametrize(("runs", "who"), [([], "No run finished"), ([("one", 0.5)], "one reaches a HOTA of 50.0 %.")])
def test_few_runs(runs: list[tuple[str, float]], who: str) -> None:
    result = make_result().model_copy(update={"runs": [make_run(*run) for run in runs]})
    found = answer(make_bundle(result))
    assert found.who.startswith(who)
    assert found.sure == found.why == ""


def test_a_verdict_is_told_with_its_interval_and_corrected_p() -> None:
    one = Comparison("fancy", "plain", "HOTA", 0.04, Interval(0.012, 0.06), 0.004, 0.012, "better")
    found = answer(with_comparison(two(), one)).sure
    assert found.startswith("This difference is beyond chance (its 95 % interval is +1.2 to +6.0 points; p = 0.012")
    assert "on 7 sequences and 3 seeds" in found
    assert found.endswith("Of the 1 other run, 1 is better against plain.")


def test_an_open_question_says_what_would_settle_it() -> None:
    one = Comparison("fancy", "plain", "HOTA", 0.04, Interval(-0.01, 0.09), 0.2, 0.4, needed="About 12 more would.")
    found = answer(with_comparison(two(), replace(one, verdict="not distinguishable here"))).sure
    assert found.startswith("This difference can be chance (")
    assert " About 12 more would. " in found


def test_where_the_base_leads_the_comparison_is_turned_round() -> None:
    one = Comparison("plain", "fancy", "HOTA", -0.04, Interval(-0.06, -0.012), 0.004, 0.012, "worse")
    found = answer(with_comparison(two("fancy"), one))
    assert "beyond chance (its 95 % interval is +1.2 to +6.0 points" in found.sure
    split = Explanation(splits=(Split("plain", "fancy", 0, -0.04, -0.01, -0.032, 0.002),))
    why = answer(replace(two("fancy"), explanation=split)).why
    assert why.startswith(
        "Of the +4.0 points, association makes +3.2, detection +1.0 and localisation \u22120.2 (Shapley"
    )


def test_a_run_of_fewer_seeds_is_told_by_the_difference_that_was_judged() -> None:
    one = Comparison("fancy", "plain", "HOTA", 0.052, Interval(-0.01, 0.09), 0.2, 0.4, "not distinguishable here")
    split = Explanation(splits=(Split("fancy", "plain", 0, 0.04, 0.01, 0.032, -0.002),))
    found = answer(replace(with_comparison(two(), one), explanation=split))
    assert "the highest: +5.2 percentage points against the base run plain" in found.who
    assert found.why.startswith("Of the +4.0 points between runs of equal seeds, association makes +3.2")


def test_why_names_the_cause_that_the_winner_saves_most_on() -> None:
    bundle = make_bundle(
        make_result(make_run("fancy", 0.64), make_run("plain", 0.60)).model_copy(update={"base": "plain"})
    )
    found = answer(replace(bundle, explanation=make_explanation(bundle))).why
    assert found.endswith("It saves most on identity switches (after occlusion): 20, where plain has 30.")


def test_errors_that_the_winner_has_more_of_are_not_saved_however_little_each_costs() -> None:
    bundle = make_bundle(
        make_result(make_run("fancy", 0.64), make_run("plain", 0.60)).model_copy(update={"base": "plain"})
    )
    whole = make_explanation(bundle)
    fancy, plain = (replace(run, causes=run.causes[2:3]) for run in whole.runs)
    more = replace(fancy, causes=(replace(fancy.causes[0], count=plain.causes[0].count + 1),))
    assert "It saves most" not in answer(replace(bundle, explanation=replace(whole, runs=(more, plain)))).why


def test_what_was_given_the_truth_is_a_limit_and_no_winner() -> None:
    bundle = make_bundle(make_trained((0,)))
    found = answer(replace(bundle, certainty=make_certainty(bundle)))
    assert found.who.startswith("fixed-10 reaches")
    assert found.who.endswith("Out of the contest, as a limit: oracle (80.0 %) was given the ground truth's boxes.")


def test_published_thresholds_that_beat_the_winner_are_told() -> None:
    result = make_trained((0,))
    high = make_trained_run("fairmot-default", 0.79, "fairmot", 0, calibrated=False)
    runs = [high if run.run == "fairmot-default" else run for run in result.runs]
    found = answer(make_bundle(result.model_copy(update={"runs": runs})))
    assert found.who.startswith("fixed-10 reaches")
    assert found.who.endswith("With published thresholds, fairmot-default (79.0 %) is above it.")
