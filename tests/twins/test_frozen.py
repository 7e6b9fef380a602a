"""A frozen model is what was approved, or it is refused."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

from batchwright.twins import (
    FrozenModel,
    Observation,
    Run,
    Schedule,
    Steps,
    freeze,
    identify,
    simulate,
    tape,
    thaw,
    validate,
)
from batchwright.twins import frozen as frozen_module
from batchwright.twins.catalogue import ENTRIES
from batchwright.twins.errors import FrozenMismatch, OutOfBounds
from batchwright.twins.frozen import run_digest
from tests.twins.examples import decay, growth, tank


def run(seed: int = 1) -> Run:
    """A run of the decay with noise."""
    times = [1.0, 2.0, 4.0, 6.0]
    values = np.exp(-0.3 * np.array(times)) + 0.01 * np.random.default_rng(seed).standard_normal(4)
    return Run(f"run {seed}", Schedule(6.0), (Observation("x", times, values.tolist(), sd=0.01),), start={"x": 1.0})


def approved() -> FrozenModel:
    """A fitted, validated and frozen decay."""
    fit = identify(decay(), [run(1)], free=("k",))
    report = validate(fit, [run(1)], [run(2)], held_out_in_time=True, remarks=["example"])
    return freeze(decay(), report=report, fit=fit, runs=[run(1)])


@pytest.mark.requirement("Annex 22 (draft) 10")
def test_a_frozen_model_comes_back_the_same() -> None:
    frozen = approved()
    back = thaw(frozen.to_json())
    assert back.digest == frozen.digest
    assert back.parameters == frozen.parameters
    assert back.report == frozen.report
    assert back.covariance == pytest.approx(frozen.covariance)
    ours, theirs = (simulate(m.model, Schedule(5.0), parameters=dict(m.parameters)) for m in (frozen, back))
    assert np.array_equal(ours["x"], theirs["x"])


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["parameters"].update(k=0.31),
        lambda content: content["data"].update({"run 1": "0" * 64}),
        lambda content: content["report"].update(held_out_in_time=False),
        lambda content: content["model"]["core"]["operations"].append(["const", 1.0]),
        lambda content: content["code"].update(engine="0" * 64),
    ],
)
@pytest.mark.requirement("Annex 22 (draft) 10")
def test_any_change_of_a_frozen_model_is_found(change) -> None:  # type: ignore[no-untyped-def]
    document = json.loads(approved().to_json())
    change(document["content"])
    with pytest.raises(FrozenMismatch, match="was changed"):
        thaw(json.dumps(document))


def test_other_code_than_the_validated_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    text = approved().to_json()
    now = frozen_module.code_version()
    monkeypatch.setattr(frozen_module, "code_version", lambda: {**now, "engine": "f" * 64})
    with pytest.raises(FrozenMismatch, match="not the code"):
        thaw(text)
    assert thaw(text, accept_other_code=True).digest


def test_a_document_of_another_kind_is_refused() -> None:
    with pytest.raises(FrozenMismatch, match="no frozen model"):
        thaw(json.dumps({"digest": "", "content": {"format": "something"}}))
    with pytest.raises(FrozenMismatch, match="cannot be read"):
        tape.model_from_document({"format": "something"})
    document = json.loads(json.dumps(decay().document()))
    document["core"]["operations"][0] = ["conjure"]
    with pytest.raises(FrozenMismatch, match="not known"):
        tape.model_from_document(document)


def test_parameters_out_of_bounds_are_not_frozen() -> None:
    with pytest.raises(OutOfBounds):
        freeze(decay(), report=approved().report, parameters={"k": 99.0})


def test_the_hash_of_a_run_covers_what_was_done_and_seen() -> None:
    first = run(1)
    other = Run(first.name, Schedule(6.0, inputs={"u": Steps([0.0], [1.0]), "v": 2.0}), first.observations, first.start)
    assert run_digest(first) == run_digest(run(1))
    assert len({run_digest(first), run_digest(other), run_digest(run(2))}) == 3


@pytest.mark.parametrize("model", [growth(), tank(), *(e.model() for e in ENTRIES[:6])], ids=lambda model: model.name)
def test_equations_survive_being_written_as_operations(model) -> None:  # type: ignore[no-untyped-def]
    back = tape.model_from_document(json.loads(json.dumps(model.document())))
    assert tape.digest(tape.model_document(back)) == back.digest() == model.digest()
    p = model.vector("parameter")
    arguments = (0.5, model.start_vector(p), model.vector("algebraic"), model.vector("input"), p)
    for ours, theirs in zip(model.flat(*arguments), back.flat(*arguments), strict=True):
        assert np.array_equal(np.asarray(ours), np.asarray(theirs))


def test_a_pickled_model_is_made_once_per_process() -> None:
    first, second = (pickle.loads(pickle.dumps(decay())) for _ in range(2))
    assert first is second
    assert first.digest() == decay().digest()
