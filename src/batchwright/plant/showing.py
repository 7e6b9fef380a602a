"""Exactly what a signer is shown before signing for a unit: the same text for the page and for the signature."""

import hashlib
from datetime import datetime

from django.utils.translation import gettext as _

from batchwright.kernel import clock
from batchwright.kernel.durations import duration
from batchwright.plant.models import Cleaning, EquipmentElement, LineClearance, QualificationKind


def of_cleaning(done: Cleaning) -> str:
    """Give what a verifier of a cleaning is shown.

    Args:
        done: The cleaning.

    Returns:
        The text.
    """
    lines = [
        _("Unit: %(unit)s %(name)s") % {"unit": done.unit.tag, "name": done.unit.name},
        _("Cleaning: %(number)s, by %(procedure)s %(title)s (%(kind)s)")
        % {
            "number": done.number, "procedure": done.procedure, "title": done.procedure.title,
            "kind": done.procedure.get_kind_display(),
        },
        _("Cleaned: %(at)s by %(name)s (%(username)s)")
        % {"at": clock.iso(done.cleaned_at), "name": done.cleaned_by_name, "username": done.cleaned_by},
        _("Product before: %(product)s") % {"product": done.product_before or "-"},
    ]  # fmt: skip
    if done.soiled_at is not None:
        lines.append(_("Dirty for: %(time)s") % {"time": duration(done.cleaned_at - done.soiled_at)})
    lines.append(_("I looked at the unit and found it clean."))
    return "\n".join(lines)


def of_clearance(found: LineClearance) -> str:
    """Give what a verifier of a line clearance is shown.

    Args:
        found: The clearance.

    Returns:
        The text.
    """
    return "\n".join(
        (
            _("Unit: %(unit)s %(name)s") % {"unit": found.unit.tag, "name": found.unit.name},
            _("Cleared for: batch %(batch)s of %(product)s") % {"batch": found.batch, "product": found.product},
            _("Cleared: %(at)s by %(name)s (%(username)s)")
            % {"at": clock.iso(found.cleared_at), "name": found.cleared_by_name, "username": found.cleared_by},
            _("I looked at the line: nothing of an earlier batch is left."),
        )
    )


def of_qualification(
    unit: EquipmentElement,
    *,
    kind: str,
    document: str,
    due_at: datetime | None,
    reason: str,
    report: tuple[str, bytes] | None = None,
) -> str:
    """Give what the approver of a qualification is shown.

    Args:
        unit: The unit.
        kind: IQ, OQ, PQ or RQ.
        document: Its report.
        due_at: When it must be done again; None if never.
        reason: On what ground.
        report: Name and bytes of the report that is kept with the entry; None without one.

    Returns:
        The text.
    """
    lines = [
        _("Unit: %(unit)s %(name)s") % {"unit": unit.tag, "name": unit.name},
        _("Serial number: %(number)s") % {"number": unit.serial_number or "-"},
        _("Stage: %(kind)s %(words)s") % {"kind": kind, "words": QualificationKind(kind).label},
        _("Document: %(document)s") % {"document": document},
        _("To be done again by: %(at)s") % {"at": "-" if due_at is None else clock.iso(due_at)},
        _("Reason: %(reason)s") % {"reason": reason or "-"},
    ]
    if report is not None:
        name, content = report
        lines.append(
            _("Report: %(name)s %(sha)s") % {"name": name, "sha": hashlib.sha256(content).hexdigest()}
        )
    return "\n".join(lines)
