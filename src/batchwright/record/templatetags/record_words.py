"""How the record's own facts are written on pages; `{% load record_words %}`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of thing that a verification looked at."""

    what: str
    number: int
    faults: int


@register.filter
def checks_done(report: Mapping[str, Any]) -> list[Check]:
    """List what a verification looked at, how many of it, and whether anything was wrong there.

    Args:
        report: A `batchwright.record.findings.Report` as JSON.

    Returns:
        One line per kind.
    """
    causes = [finding["cause"] for finding in report.get("findings", ())]
    chain = {
        "edited",
        "deleted",
        "inserted",
        "reordered",
        "backdated",
        "truncated",
        "rewritten",
        "unreadable",
        "format",
    }
    kinds = (
        (_("Entries: hash, link to the one before, order of time"), "entries", chain),
        (_("Rows compared with their last images"), "rows", {"row", "index", "guard"}),
        (_("Signed checkpoints"), "checkpoints", {"checkpoint"}),
        (_("Cosignatures of witnesses"), "cosignatures", {"witness"}),
        (_("Time stamps"), "timestamps", {"timestamp"}),
        (_("Signatures of people"), "attestations", {"signature"}),
        (_("Attachments"), "attachments", {"attachment"}),
    )
    return [
        Check(what, int(report.get(name, 0)), sum(cause in wrong for cause in causes)) for what, name, wrong in kinds
    ]


@register.filter
def step_words(step: str) -> str:
    """Say what a verification is doing.

    Args:
        step: The step as the verification names it; the name of a table while that is compared.

    Returns:
        Words.
    """
    if not step:
        return _("Starting")
    known = {
        "chain": _("Hashing every entry and comparing it with the chain and the signed tree"),
        "entries": _("Checking signatures, attachments and row images"),
    }
    return known.get(step) or _("Comparing table %(table)s with its last images") % {"table": step}


@register.filter
def stored(value: Any) -> str:
    """Write one stored fact.

    Args:
        value: A JSON value.

    Returns:
        Text; lists by their parts, nothing as a dash.
    """
    if value is None or value in ("", []):
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(stored(part) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {stored(part)}" for name, part in value.items())
    return str(value)
