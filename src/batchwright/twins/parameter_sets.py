"""Frozen twins that a recipe may name: equations, parameters, what is not known, how they did, one hash over all.

A set is a file that comes with the house. Its hash is computed again whenever it is loaded, and so is that of the code
that it was validated with (`batchwright.twins.frozen`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from batchwright.twins.beliefs import Uncertainty
from batchwright.twins.distributions import LogNormal, Normal
from batchwright.twins.frozen import FrozenModel, thaw
from batchwright.twins.frozen_sets import FORMAT, digest, document


@dataclass(frozen=True)
class ParameterSet:
    """A frozen twin with what its estimator does not know of a new run.

    Args:
        name: Its name.
        title: What it is for, in words.
        frozen: Equations and parameters.
        start: Start values of a new run, by state, for those that nobody measures.
        uncertainty: What the estimator may correct.
        sha256: Hash over all of it.
    """

    name: str
    title: str
    frozen: FrozenModel
    start: Mapping[str, float]
    uncertainty: Uncertainty
    sha256: str


@lru_cache(maxsize=8)
def load(name: str) -> ParameterSet | None:
    """Load a set for use.

    Args:
        name: Its name.

    Returns:
        The set; None where there is none of that name.

    Raises:
        FrozenMismatch: If the file, or the code that it was validated with, was changed.
    """
    content = document(name)
    if content is None:
        return None
    return ParameterSet(
        name, content["title"], thaw(json.dumps(content["frozen"])), content["start"],
        _uncertainty(content["uncertainty"]), content["sha256"],
    )  # fmt: skip


def written(name: str, title: str, frozen: FrozenModel, start: Mapping[str, float], unsure: Uncertainty) -> str:
    """Write a set.

    Args:
        name: Its name.
        title: What it is for.
        frozen: The frozen model.
        start: Start values of a new run that nobody measures.
        unsure: What the estimator may correct.

    Returns:
        The file.
    """
    content = {
        "format": FORMAT, "name": name, "title": title, "frozen": json.loads(frozen.to_json()), "start": dict(start),
        "uncertainty": {
            "start": dict(unsure.start), "process": dict(unsure.process), "relative": dict(unsure.relative),
            "drift": dict(unsure.drift), "step": unsure.step,
            "parameters": {key: _law(one) for key, one in unsure.parameters.items()},
        },
    }  # fmt: skip
    return json.dumps({"sha256": digest(content), "content": content}, sort_keys=True) + "\n"


def _law(one: object) -> dict[str, Any]:
    if isinstance(one, LogNormal):
        return {"law": "log-normal", "median": one.median, "sigma": one.sigma}
    if isinstance(one, Normal):
        return {"law": "normal", "mean": one.mean, "sd": one.sd}
    raise TypeError(type(one).__name__)


def _uncertainty(content: Mapping[str, Any]) -> Uncertainty:
    laws = {
        key: LogNormal(one["median"], one["sigma"]) if one["law"] == "log-normal" else Normal(one["mean"], one["sd"])
        for key, one in content["parameters"].items()
    }
    return Uncertainty(
        content["start"], content["process"], content["relative"], laws, content["drift"], content["step"]
    )
