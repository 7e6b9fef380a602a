"""What is shown to whoever signs a step, an exception or a review; the page and the command write it alike."""

import hashlib
from collections.abc import Sequence

from django.utils.translation import gettext as _

from batchwright.execution import keeping
from batchwright.execution.marking import around
from batchwright.execution.models import Batch, BatchException, Run
from batchwright.execution.review import Check, Review
from batchwright.execution.services.turning import Turn
from batchwright.kernel import clock
from batchwright.recipes.phases import Sign


def _batch_lines(batch: Batch) -> list[str]:
    version = batch.recipe_version
    return [
        _("Batch %(number)s, %(name)s, %(size)s")
        % {"number": batch.number, "name": batch.name or batch.product, "size": batch.size},
        _("Recipe %(recipe)s, version %(version)s; control recipe %(digest)s")
        % {"recipe": version.recipe.identifier, "version": version.number, "digest": batch.control_sha256},
    ]


def of_step(turn: Turn, run: Run, phase: Sign) -> str:
    """Write what is signed with a step that asks for a signature.

    Args:
        turn: Where the batch stands.
        run: Run of the step.
        phase: What it says.

    Returns:
        The text: the step, its meaning, and what the steps beside it have left.
    """
    lines = [*_batch_lines(turn.batch), _("Step: %(name)s (%(path)s)") % {"name": run.name, "path": run.path}]
    if phase.meaning:
        lines.append(_("Meaning: %s") % phase.meaning)
    if phase.statement:
        lines.append(phase.statement)
    inside = around(run.path)[0]
    for one in turn.runs.values():
        if one.level == "phase" and one.completed_at is not None and around(one.path)[0] == inside:
            left = ", ".join(f"{name} {keeping.shown(value)}" for name, value in keeping.known(one.values).items())
            lines.append(f"{one.name}: {left or _('done')} ({clock.iso(one.completed_at)})")
    return "\n".join(lines)


def of_exception(exception: BatchException, meaning: str) -> str:
    """Write what is signed with an exception.

    Args:
        exception: The exception, with cause and impact.
        meaning: Of the signature.

    Returns:
        The text.
    """
    lines = [
        _("Exception %(number)s of batch %(batch)s") % {"number": exception.number, "batch": exception.batch.number},
        _("%(kind)s, %(severity)s: %(sentence)s")
        % {"kind": exception.kind, "severity": exception.severity, "sentence": exception.sentence},
        _("Raised by %(name)s at %(at)s")
        % {"name": exception.raised_by_name, "at": clock.iso(exception.raised_at)},
        _("Value: %(value)s; limit: %(limit)s")
        % {"value": exception.value or "\N{EN DASH}", "limit": exception.limit or "\N{EN DASH}"},
        _("Cause: %s") % exception.cause,
        _("Impact: %s") % exception.impact,
        _("Signed as: %s") % meaning,
    ]
    return "\n".join(lines)


def of_review(batch: Batch, review: Review, judged: Sequence[tuple[Check, str]]) -> str:
    """Write what is signed with the review of a batch record.

    Args:
        batch: The batch.
        review: All checks.
        judged: What asked for judgement, with what was said to it.

    Returns:
        The text: the summary, every judgement, and the digest of every check.
    """
    return "\n".join(
        [
            *_batch_lines(batch),
            _("State: %(state)s; acts on record: %(acts)s") % {"state": batch.state, "acts": batch.acts},
            _("Review of the record: %s") % review.summary,
            *(f"{one.sentence} -> {text}" for one, text in judged),
            _("Checks: %s") % digest_of(review),
        ]
    )


def digest_of(review: Review) -> str:
    """Give the SHA-256 of all checks of a review, so that a signature covers each.

    Args:
        review: The review.

    Returns:
        Hexadecimal digits.
    """
    said = "\n".join(f"{one.verdict}|{one.key}|{one.why}" for one in review.checks)
    return hashlib.sha256(said.encode()).hexdigest()
