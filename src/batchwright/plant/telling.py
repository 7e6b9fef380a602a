"""The plant as plain JSON values, the same for the API and the terminal; and requirements as people type them."""

from typing import Any

from django.utils.translation import gettext as _

from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput
from batchwright.plant import fitness, properties
from batchwright.plant.capabilities import CLASS, Capability, Comparison, Matching, Requirement
from batchwright.plant.models import Campaign, EquipmentElement, LogbookLine
from batchwright.plant.properties import Property
from batchwright.plant.queries import Branch, UnitShown
from batchwright.plant.verdicts import Obstacle, Verdict

SIGNS = {">=": Comparison.AT_LEAST, "<=": Comparison.AT_MOST, "=": Comparison.IS}
"""What may be typed in place of the words of a comparison."""


def of_verdict(verdict: Verdict) -> dict[str, Any]:
    """Tell a verdict.

    Args:
        verdict: The verdict.

    Returns:
        Usable or not, why, what the next batch asks for, what to do first, and when the clock changes it.
    """
    return {
        "usable": verdict.usable, "at": clock.iso(verdict.at), "why": [_of_obstacle(one) for one in verdict.obstacles],
        "before_a_batch": [_of_obstacle(one) for one in verdict.conditions],
        "remedy": None if verdict.remedy is None else fitness.REMEDIES[verdict.remedy],
        "changes_at": None if verdict.changes_at is None else clock.iso(verdict.changes_at),
    }  # fmt: skip


def _of_obstacle(one: Obstacle) -> dict[str, Any]:
    return {
        "code": one.reason.code, "sentence": str(one.reason), "remedy": fitness.REMEDIES[one.remedy],
        "since": None if one.since is None else clock.iso(one.since),
    }  # fmt: skip


def of_unit(shown: UnitShown) -> dict[str, Any]:
    """Tell a unit with its state and verdict.

    Args:
        shown: The unit.

    Returns:
        What it is, in what state, since when, and the verdict.
    """
    one, state = shown.element, shown.state
    return {
        "unit": one.tag, "name": one.name, "class": None if one.equipment_class is None else one.equipment_class.code,
        "area": None if shown.area is None else shown.area.tag, "state": str(state.state),
        "since": clock.iso(state.since), "why": state.why,
        "product": None if state.use is None else state.use.product,
        "batch": None if state.use is None else state.use.batch,
        "campaign": None if state.campaign is None else state.campaign.product, "verdict": of_verdict(shown.verdict),
    }  # fmt: skip


def of_offers(able: dict[str, Capability]) -> dict[str, str]:
    """Tell what an element offers: property to value."""
    return {code: properties.written(one.value) for code, one in able.items()}


def of_branch(branch: Branch) -> dict[str, Any]:
    """Tell the tree below an element.

    Args:
        branch: The element with what it holds.

    Returns:
        Nested values.
    """
    one = branch.element
    told: dict[str, Any] = {"tag": one.tag, "name": one.name, "level": one.level}
    if branch.state is not None and branch.verdict is not None:
        told |= {"state": str(branch.state.state), "usable": branch.verdict.usable}
    return {**told, "parts": [of_branch(part) for part in branch.parts]}


def of_line(line: LogbookLine) -> dict[str, Any]:
    """Tell a line of the logbook."""
    return {
        "at": clock.iso(line.at), "unit": line.unit.tag, "kind": line.kind, "product": line.product,
        "batch": line.batch, "detail": line.detail, "person": line.person, "username": line.username,
        "role": line.role,
    }  # fmt: skip


def of_campaign(campaign: Campaign, batches: int) -> dict[str, Any]:
    """Tell a campaign.

    Args:
        campaign: The campaign.
        batches: How many it has had.

    Returns:
        Where, of what, from when to when, and its limits.
    """
    return {
        "unit": campaign.unit.tag, "number": campaign.number, "product": campaign.product,
        "opened_at": clock.iso(campaign.opened_at),
        "closed_at": None if campaign.closed_at is None else clock.iso(campaign.closed_at),
        "batches": batches, "max_batches": campaign.max_batches, "max_days": campaign.max_days,
    }  # fmt: skip


def of_matching(found: Matching) -> dict[str, Any]:
    """Tell what fits, and why the rest does not.

    Args:
        found: The matching.

    Returns:
        What was asked, the fits in their order, and the misses, the nearest first.
    """
    return {
        "asked": [str(one) for one in found.requirements],
        "fits": [
            {"unit": one.offer.unit, "name": one.offer.title, "why": [str(reason) for reason in one.why]}
            for one in found.fits
        ],
        "alternatives": [
            {
                "unit": one.offer.unit, "name": one.offer.title, "only_by_state": one.only_by_state,
                "why": list(one.sentences),
            }
            for one in found.alternatives
        ],
    }  # fmt: skip


def of_element(one: EquipmentElement) -> dict[str, Any]:
    """Tell what an element is."""
    return {
        "tag": one.tag, "name": one.name, "level": one.level, "parent": None if one.parent is None else one.parent.tag,
        "class": None if one.equipment_class is None else one.equipment_class.code, "manufacturer": one.manufacturer,
        "model": one.model_name, "serial_number": one.serial_number,
        "retired_at": None if one.retired_at is None else clock.iso(one.retired_at),
    }  # fmt: skip


def read_requirement(text: str, known: dict[str, Property]) -> Requirement:
    """Read a requirement as people type it: ``working-volume at least 150 L``, ``iso-class >= ISO 7``.

    Args:
        text: Property, comparison and value, with blanks between them.
        known: The vocabulary.

    Returns:
        The requirement.

    Raises:
        BadInput: If the property or the comparison is not known, or the value has another form.
    """
    code, _blank, rest = text.strip().partition(" ")
    words = {one.value: one for one in Comparison}
    forms = {**words, **{word.replace(" ", "-"): one for word, one in words.items()}, **SIGNS}
    rest = rest.strip()
    sign = next((form for form in forms if rest.startswith(f"{form} ")), None)
    if sign is None:
        raise BadInput(
            _("The comparison is not known"), value=text, limit=", ".join([*Comparison, *SIGNS]),
            remedy=_("Write it as: working-volume at least 150 L"),
        )  # fmt: skip
    value = rest[len(sign) :].strip()
    if code == CLASS:
        return Requirement(CLASS, forms[sign], properties.read_words(value))
    if code not in known:
        raise BadInput(
            _("The property is not known"), value=code, limit=", ".join([CLASS, *sorted(known)]),
            remedy=_("Choose one of these."),
        )  # fmt: skip
    return Requirement.read(known[code], forms[sign].value, value)
