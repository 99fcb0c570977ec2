"""Check the models that runs take their detections and embeddings from."""

from __future__ import annotations

from collections.abc import Sequence

from mot_bench.errors import quoted
from mot_bench.suites.faults import Source, fault
from mot_bench.suites.parameters import parameter_fields
from mot_bench.suites.schema import RunSpec, Suite

PREFIX = "model:"


def model_name(reference: str | None) -> str | None:
    """Return the model that ``model:NAME`` names; None for anything else.

    >>> model_name("model:fairmot")
    'fairmot'
    >>> model_name("oracle") is None
    True
    """
    if reference is None or not reference.startswith(PREFIX):
        return None
    return reference.removeprefix(PREFIX)


def check_models(suite: Suite, sources: Sequence[Source]) -> None:
    """Refuse runs with an unknown model, and runs that calibrate what their tracker does not have.

    Raises:
        InputError: one line with file, line and the known names.
    """
    for run in suite.runs:
        detections = run.detections or suite.detections
        _check_reference("detections", detections, "fairmot", run, suite, sources)
        _check_reference("embeddings", run.embeddings, "reid", run, suite, sources)
        _check_calibration(run, suite, sources)


def _check_reference(
    key: str,
    reference: str | None,
    kind: str,
    run: RunSpec,
    suite: Suite,
    sources: Sequence[Source],
) -> None:
    """Refuse a reference to a model that the suite does not have."""
    name = model_name(reference)
    known = [each for each, spec in suite.models.items() if spec.kind == kind]
    if name is not None and name not in known:
        models = ", ".join(known) or "(there are none of that kind)"
        raise fault(
            sources, key, f"{key} from one of the models {models}", quoted(reference), run.name
        )


def _check_calibration(run: RunSpec, suite: Suite, sources: Sequence[Source]) -> None:
    fields = parameter_fields(run, suite.name)
    unknown = next((parameter for parameter in run.calibrate if parameter not in fields), None)
    if unknown is not None:
        expected = f"one of {', '.join(fields)}"
        raise fault(sources, "calibrate", expected, quoted(unknown), run.name)
    if run.calibrate and not suite.calibration:
        expected = "calibration scenes (calibration = [...])"
        raise fault(sources, "calibrate", expected, "none", run.name)
