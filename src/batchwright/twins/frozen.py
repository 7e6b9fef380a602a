"""Frozen models: what a GMP decision may be based on, and the proof that it is still the same.

A frozen model is one JSON document: equations as an operation list, parameters with their covariance, hashes of the
runs they were found from, the version of the code, and the validation report. Its hash covers all of it. Loading
computes the hash again and refuses a document that was changed, or code that is not the code it was validated with
(EU Annex 22 draft: a model for a GMP decision does not learn on).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np

from batchwright import __version__
from batchwright.twins import tape
from batchwright.twins._casadi import CASADI_VERSION
from batchwright.twins.errors import FrozenMismatch
from batchwright.twins.fitting import Fit, Run
from batchwright.twins.model import Array, Model
from batchwright.twins.schedule import Ramp, Steps
from batchwright.twins.validation import ValidationReport

_FORMAT: Final = "batchwright.twins.frozen/1"
_ENGINE: Final = (
    "_casadi",
    "expressions",
    "evaluation",
    "integration",
    "model",
    "schedule",
    "simulation",
    "tape",
    "units",
    "ensembles",
    "beliefs",
    "filters",
    "horizon",
    "forecasting",
)


@dataclass(frozen=True)
class FrozenModel:
    """A model with fixed parameters.

    Args:
        model: The equations, with the frozen parameters as defaults.
        parameters: Frozen parameters that differ from the declared defaults.
        names: Parameters that were fitted.
        covariance: Their covariance in fitting coordinates.
        data: Hash of every run they were found from, by name.
        code: Version of the code that the model was validated with.
        report: Validation report.
        digest: SHA-256 over all of it.
    """

    model: Model
    parameters: Mapping[str, float]
    names: tuple[str, ...]
    covariance: Array
    data: Mapping[str, str]
    code: Mapping[str, str]
    report: ValidationReport
    digest: str

    def to_json(self) -> str:
        """The document, to be stored where approved documents are."""
        return json.dumps({"digest": self.digest, "content": _content(self)}, sort_keys=True, indent=1) + "\n"


def freeze(
    model: Model,
    *,
    report: ValidationReport,
    fit: Fit | None = None,
    runs: Sequence[Run] = (),
    parameters: Mapping[str, float] | None = None,
) -> FrozenModel:
    """Freeze a model.

    Args:
        model: The equations.
        report: How it did on held-out runs; without it nothing is frozen.
        fit: Fitted parameters and their covariance.
        runs: Runs the fit was made on.
        parameters: Further parameters that differ from their defaults.

    Returns:
        The frozen model.
    """
    chosen = {**(parameters or {}), **(fit.parameters if fit else {})}
    model.vector("parameter", {k: v for k, v in chosen.items() if k in model.labels("parameter")})
    draft = FrozenModel(
        model,
        chosen,
        fit.names if fit else (),
        fit.covariance if fit else np.zeros((0, 0)),
        {run.name: run_digest(run) for run in runs},
        code_version(),
        report,
        "",
    )
    return FrozenModel(**{**vars(draft), "digest": tape.digest(_content(draft))})


def thaw(text: str, *, accept_other_code: bool = False) -> FrozenModel:
    """Load a frozen model and check that it is what was frozen.

    Args:
        text: The document.
        accept_other_code: Whether to load it under other code than it was validated with, for looking only.

    Returns:
        The frozen model.

    Raises:
        FrozenMismatch: The document was changed, or the code was.
    """
    document = json.loads(text)
    content = document["content"]
    if content.get("format") != _FORMAT:
        raise FrozenMismatch("The document is no frozen model", value=content.get("format"), limit=_FORMAT)
    found = tape.digest(content)
    if found != document["digest"]:
        raise FrozenMismatch(
            "The frozen model was changed",
            model=content["model"]["name"],
            value=found[:16],
            limit=document["digest"][:16],
            remedy="Take the approved document from the record.",
        )
    now = code_version()
    if content["code"] != now and not accept_other_code:
        changed = [key for key in now if content["code"].get(key) != now[key]]
        raise FrozenMismatch(
            "The code is not the code that the model was validated with",
            model=content["model"]["name"],
            value=", ".join(f"{key} {now[key][:16]}" for key in changed),
            limit=", ".join(f"{key} {content['code'].get(key, 'none')[:16]}" for key in changed),
            remedy="Validate the model again under this code and freeze it anew.",
        )
    return FrozenModel(
        tape.model_from_document(content["model"]),
        content["parameters"],
        tuple(content["names"]),
        np.array(content["covariance"], dtype=float).reshape(len(content["names"]), len(content["names"])),
        content["data"],
        content["code"],
        ValidationReport.from_document(content["report"]),
        found,
    )


def _content(frozen: FrozenModel) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(
        json.dumps(
            {
                "format": _FORMAT,
                "model": frozen.model.document(),
                "parameters": dict(frozen.parameters),
                "names": list(frozen.names),
                "covariance": frozen.covariance.tolist(),
                "data": dict(frozen.data),
                "code": dict(frozen.code),
                "report": frozen.report.document(),
            }
        )
    )
    return plain


def run_digest(run: Run) -> str:
    """SHA-256 over a run: schedule, start, known parameters and observations."""
    s = run.schedule
    inputs = {
        name: [type(p).__name__, list(p.times), list(p.values)] if isinstance(p, Steps | Ramp) else float(p)
        for name, p in s.inputs.items()
    }
    content = {
        "name": run.name,
        "schedule": [s.begin, s.end, inputs, [[h.event, h.at, dict(h.arguments)] for h in s.happenings]],
        "start": {name: np.asarray(value, dtype=float).ravel().tolist() for name, value in run.start.items()},
        "parameters": {name: np.asarray(value, dtype=float).ravel().tolist() for name, value in run.parameters.items()},
        "observations": [
            [o.name, list(map(float, o.times)), [tape.encode(float(v)) for v in o.values], o.sd, o.relative, o.side]
            for o in run.observations
        ],
    }
    return tape.digest(content)


@cache
def code_version() -> dict[str, str]:
    """Version of the package, of CasADi, and a hash over the engine's source."""
    sources = hashlib.sha256()
    home = files("batchwright.twins")
    for name in _ENGINE:
        sources.update((home / f"{name}.py").read_bytes())
    return {"batchwright": __version__, "casadi": CASADI_VERSION, "engine": sources.hexdigest()}
