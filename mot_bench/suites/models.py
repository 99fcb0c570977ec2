"""Which model a run takes its detections and embeddings from, and whether there is such a model."""

from __future__ import annotations

from collections.abc import Sequence

from mot_bench.errors import quoted
from mot_bench.suites.faults import Source, fault
from mot_bench.suites.parameters import parameter_fields
from mot_bench.suites.schema import Suite

PREFIX = "model:"


def model_name(reference: str | None) -> str | None:
    """The model that ``model:NAME`` names; None for anything else.

    >>> model_name("model:fairmot")
    'fairmot'
    >>> model_name("oracle") is None
    True
    """
    return (
        reference.removeprefix(PREFIX)
        if reference is not None and reference.startswith(PREFIX)
        else None
    )


def check_models(suite: Suite, sources: Sequence[Source]) -> None:
    """Refuse a suite with a run that names no model of it, or calibrates what its tracker does not have.

    Raises:
        InputError: one line with file, line and what there is.
    """
    for run in suite.runs:
        for key, kind in (("detections", "fairmot"), ("embeddings", "reid")):
            reference = getattr(run, key) or (suite.detections if key == "detections" else None)
            name = model_name(reference)
            if name is None:
                continue
            known = [each for each, spec in suite.models.items() if spec.kind == kind]
            if name not in known:
                expected = f"{key} from one of the models {', '.join(known) or '(there are none of that kind)'}"
                raise fault(sources, key, expected, quoted(reference), run.name)
        fields = parameter_fields(run, suite.name)
        for parameter in run.calibrate:
            if parameter not in fields:
                raise fault(
                    sources, "calibrate", f"one of {', '.join(fields)}", quoted(parameter), run.name
                )
        if run.calibrate and not suite.calibration:
            raise fault(
                sources, "calibrate", "calibration scenes (calibration = [...])", "none", run.name
            )
