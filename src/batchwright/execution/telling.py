"""Batches as plain JSON values, the same for the API and the terminal."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from batchwright.execution.fields import Field
from batchwright.execution.models import Attempt, Batch, BatchException, Run
from batchwright.execution.outputs import Output
from batchwright.execution.phases import asked
from batchwright.execution.queries import Standing
from batchwright.execution.services.performing import AttemptRefused
from batchwright.kernel import clock


def of_batch(one: Batch) -> dict[str, Any]:
    """Tell a batch.

    Args:
        one: The batch, with its sponsor and its recipe.

    Returns:
        What it is and where it stands as a whole.
    """
    return {
        "batch": one.number, "product": one.product, "name": one.name, "sponsor": one.tenant, "size": one.size,
        "recipe": one.recipe_version.recipe.identifier, "recipe_version": one.recipe_version.number,
        "state": one.state, "revision": one.revision, "version": one.version, "planned_for": _at(one.planned_for),
        "created_at": _at(one.created_at), "started_at": _at(one.started_at), "ended_at": _at(one.ended_at),
        "reviewed_by": one.reviewed_by, "reviewed_at": _at(one.reviewed_at),
    }  # fmt: skip


def _at(when: datetime | None) -> str | None:
    return None if when is None else clock.iso(when)


def of_standing(standing: Standing) -> dict[str, Any]:
    """Tell where a batch stands.

    Args:
        standing: As `batchwright.execution.queries.standing` gives it.

    Returns:
        The batch, the steps to perform now, the questions that are asked, and what it waits for.
    """
    outlook = standing.outlook
    return {
        **of_batch(standing.turn.batch), "status": outlook.status, "waits": outlook.sentence,
        "steps": [of_step(standing, path) for path in outlook.to_perform],
        "questions": [
            {"key": one.key, "question": one.sentence, "options": list(one.options)} for one in outlook.questions
        ],
    }  # fmt: skip


def of_step(standing: Standing, path: str) -> dict[str, Any]:
    """Tell a step that can be performed now.

    Args:
        standing: Where its batch stands.
        path: Of its run.

    Returns:
        What it is, who may perform it, and the values that it asks for.
    """
    turn = standing.turn
    run = turn.runs[path]
    element = turn.plan.elements[run.element]
    containers = {
        one.id: one.containers for near in turn.plan.around(run.element) if near
        for one in turn.plan.elements[near].samples
    }  # fmt: skip
    phase = element.phase
    return {
        "path": path, "name": run.name, "kind": run.kind, "unit": run.unit, "role": run.role,
        "second_person": phase is not None and phase.second_person, "waits_for_second_person_after": run.awaits,
        "since": _at(run.started_at), "rounds": run.rounds,
        "fields": [_of_field(one) for one in asked(phase, containers=containers)],
    }  # fmt: skip


def _of_field(one: Field) -> dict[str, Any]:
    return {
        "field": one.id, "name": one.name, "type": one.type, "unit": one.unit, "decimals": one.decimals,
        "limits": None if one.limits is None else one.limits.model_dump(mode="json", exclude_none=True),
        "options": list(one.options),
    }  # fmt: skip


def of_output(output: Output | None) -> dict[str, Any] | None:
    """Tell what a batch made and what became of it.

    Args:
        output: As `batchwright.execution.queries.output` gives it.

    Returns:
        Made, samples, put away, not accounted for, and each container with its location; None for None.
    """
    if output is None:
        return None
    return {
        "lot": None if output.lot is None else output.lot.identifier,
        "lot_version": None if output.lot is None else output.lot.version,
        "status": None if output.lot is None else output.lot.status,
        "made": None if output.made_e6 is None else output.said(output.made_e6), "how": output.how,
        "samples": output.said(output.sampled_e6), "put_away": output.said(output.filled_e6),
        "not_accounted_for": None if output.left_e6 is None else output.said(output.left_e6),
        "containers": [
            {
                "container": one.container.identifier, "kind": one.container.kind,
                "location": one.container.location.code, "filled": output.said(one.amount_e6),
                "holds": output.said(one.container.amount_e6),
            }
            for one in output.filled
        ],
    }  # fmt: skip


def of_waiting(runs: Iterable[Run]) -> list[dict[str, Any]]:
    """Tell the steps that wait for a person, of whatever batch.

    Args:
        runs: As `batchwright.execution.queries.to_do` gives them.

    Returns:
        One each.
    """
    return [
        {
            "batch": one.batch.number, "path": one.path, "name": one.name, "kind": one.kind, "unit": one.unit,
            "role": one.role, "waits_for_second_person_after": one.awaits, "since": _at(one.started_at),
        }
        for one in runs
    ]  # fmt: skip


def of_attempt(one: Attempt) -> dict[str, Any]:
    """Tell an attempt, whatever was said of it.

    Args:
        one: The attempt.

    Returns:
        Who put in what and when, and what was said.
    """
    return {
        "number": one.number, "kind": one.kind, "by": one.by, "at": _at(one.at), "done_at": _at(one.done_at),
        "checked_by": one.checked_by, "reason": one.reason, "entered": one.entered, "verdict": one.verdict,
        "values": one.values, "reasons": one.reasons, "complete": one.complete,
    }  # fmt: skip


def of_exception(one: BatchException) -> dict[str, Any]:
    """Tell an exception.

    Args:
        one: The exception.

    Returns:
        What was not as the recipe says, and where its assessment stands.
    """
    return {
        "exception": one.number, "kind": one.kind, "severity": one.severity, "sentence": one.sentence,
        "path": one.path, "field": one.field, "value": one.value, "limit": one.limit, "raised_by": one.raised_by,
        "raised_at": _at(one.raised_at), "cause": one.cause, "impact": one.impact, "closed_at": _at(one.closed_at),
    }  # fmt: skip


def of_refused(error: AttemptRefused) -> dict[str, Any]:
    """Tell an attempt that was refused and kept.

    Args:
        error: What the service said.

    Returns:
        The sentence, the entry that keeps it, and each reason with field, value, limit and remedy.
    """
    return {
        "message": error.message, "value": error.value, "limit": error.limit, "remedy": error.remedy,
        "entry": error.receipt.seq, "reasons": [one.model_dump(mode="json") for one in error.reasons],
    }  # fmt: skip


def of_exceptions(found: Iterable[BatchException]) -> list[dict[str, Any]]:
    """Tell exceptions.

    Args:
        found: The exceptions.

    Returns:
        One each.
    """
    return [of_exception(one) for one in found]
