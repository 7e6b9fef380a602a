"""What needs me? Everything that asks something of the person who looks, the most urgent first."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.core.cache import cache
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batchwright import people, record
from batchwright.execution import needs as floor
from batchwright.execution import needs_quality as batches
from batchwright.kernel import clock
from batchwright.materials import needs as lots
from batchwright.people import access
from batchwright.people.needs import NeedShown
from batchwright.plant import instrument_queries as measures
from batchwright.plant import queries as plant
from batchwright.recipes import needs as recipes
from batchwright.record import runs
from batchwright.site import checks
from batchwright.site.start import Finding
from batchwright.site.web import wording

_URGENCY = {"stop": 0, "attention": 1, "yours": 2}
_OLD_SECONDS = 3.0
"""So old may the number in the header be where others record without a pause; Home itself always looks."""
_TAGS = 4
"""As many tags stand in one title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that asks something of somebody."""

    tone: str
    """stop, attention or yours."""
    title: str
    why: str
    """Why now."""
    href: str
    verb: str
    """What the button does."""


def needs_of(actor: record.Actor) -> tuple[Need, ...]:
    """Give what needs an actor.

    Args:
        actor: Who looks, in the role of now.

    Returns:
        Needs, what must stop first, then what cannot wait, then what is theirs to do; among these the product before
        equipment, and both before people.
    """
    found = (
        *_of_record(actor), *_of_system(actor), *_of_batches(actor), *_of_materials(actor), *_of_plant(actor),
        *_of_instruments(actor), *_of_recipes(actor), *_of_people(actor),
    )  # fmt: skip
    return tuple(sorted(found, key=lambda need: _URGENCY[need.tone]))


def _of_record(actor: record.Actor) -> tuple[Need, ...]:
    if not access.may(actor, "record.verify") or actor.role not in ("qa", "qualified_person", "administrator"):
        return ()
    outcome, head = runs.latest_outcome(), record.entries_visible_to(actor).order_by("-seq").first()
    if outcome is not None and outcome.state == "broken":
        return (
            Need(
                tone="stop", title=_("The record does not hold"), why=_("The last check found what was altered."),
                href=reverse("record_run", kwargs={"run_id": outcome.id}), verb=_("See what was found"),
            ),
        )  # fmt: skip
    if outcome is None and head is not None:
        why = _("%(entries)s were written and nobody has checked them whole.") % {"entries": wording.entries(head.seq)}
        return (
            Need(
                tone="yours",
                title=_("Check the record"),
                why=why,
                href=reverse("record_verify"),
                verb=_("Verify record"),
            ),
        )
    return ()


def kept_needs(actor: record.Actor, *, old_seconds: float = 0.0) -> tuple[Need, ...]:
    """Give what needs an actor, found anew where that may have changed.

    Args:
        actor: Who looks.
        old_seconds: How old it may be where somebody else has added an entry since.

    Returns:
        As `needs_of`; found anew when the actor added an entry, when somebody else did and it is older than that, and
        every minute because trainings end by themselves.
    """
    newest = record.entries_visible_to(actor).order_by("-seq").values_list("seq", "actor").first()
    minute = f"{clock.now():%Y%m%d%H%M}"
    key = f"needs:{actor.id}:{actor.role}"
    kept = cast("tuple[object, str, float, tuple[Need, ...]] | None", cache.get(key))
    if kept is not None and kept[1] == minute:
        theirs = newest is not None and newest[1] != actor.id
        if kept[0] == newest or (theirs and time.monotonic() - kept[2] < old_seconds):
            return kept[3]
    found = needs_of(actor)
    cache.set(key, (newest, minute, time.monotonic(), found), timeout=60)
    return found


def count_of(actor: record.Actor) -> int:
    """Count what needs an actor, for the header of every page.

    Args:
        actor: Who looks.

    Returns:
        The number; some seconds old at most where somebody else has changed it.
    """
    return len(kept_needs(actor, old_seconds=_OLD_SECONDS))


def _of_people(actor: record.Actor) -> tuple[Need, ...]:
    verbs = {
        "statement": _("Read statement"), "training": _("See training"), "assessment": _("Assess"),
        "signature": _("See signature"), "locked": _("See log-in"), "alert": _("See log-in"),
    }  # fmt: skip
    return tuple(
        Need(
            tone=_tone(waiting), title=waiting.title, why=waiting.detail, verb=verbs.get(waiting.kind, _("See")),
            href=reverse(waiting.url_name, args=waiting.url_arguments),
        )
        for waiting in people.needs_of(actor)
    )  # fmt: skip


def _of_plant(actor: record.Actor) -> tuple[Need, ...]:
    """What waits for a second person; a sponsor's people have no part in it."""
    if actor.sponsor is not None or not access.may(actor, "unit.verify"):
        return ()
    cleanings, clearances = plant.to_verify(actor)
    asked: list[tuple[str, str, str, str, datetime]] = [
        (_("Verify cleaning of %(unit)s"), "cleaning", one.unit.tag, one.cleaned_by_name, one.cleaned_at)
        for one in cleanings
    ] + [
        (_("Verify line clearance of %(unit)s"), "clearance", one.unit.tag, one.cleared_by_name, one.cleared_at)
        for one in clearances
    ]
    now = clock.now()
    return tuple(
        Need(
            tone="yours", title=title % {"unit": tag}, verb=_("Verify"),
            why=_("Done by %(name)s %(when)s.") % {"name": name, "when": wording.distance(at, now)},
            href=reverse("plant:unit-verify", args=[tag, what]),
        )
        for title, what, tag, name, at in asked
    )  # fmt: skip


def _of_instruments(actor: record.Actor) -> tuple[Need, ...]:
    """Calibrations to be approved, each by itself; what is overdue or unchecked in one line each."""
    granted = access.held(actor)
    if actor.sponsor is not None or "plant.read" not in granted:
        return ()
    now = clock.now()
    waiting = measures.to_approve(actor) if "instrument.approve" in granted else []
    needs = [
        Need(
            tone="yours", title=_("Approve calibration of %(tag)s") % {"tag": one.instrument.tag}, verb=_("Look at it"),
            why=_("Done by %(name)s %(when)s.")
            % {"name": one.performed_by_name, "when": wording.distance(one.calibrated_at, now)},
            href=reverse("plant:calibration", args=[one.instrument.tag, one.number]),
        )
        for one in waiting
    ]  # fmt: skip
    # Who may calibrate is asked to where the own work is with instruments: floor, laboratory, engineering.
    engineer = "instrument.define" in granted and "instrument.approve" not in granted
    with_them = engineer or "instrument.check" in granted
    acts = ["instrument.calibrate" in granted and with_them, "instrument.check" in granted]
    overdue, unchecked = measures.to_do(actor) if any(acts) else ([], [])
    if overdue and acts[0]:
        needs.append(_of_tags(_("Calibrate %(tags)s"), overdue, _("See calendar"), reverse("plant:calendar")))
    if unchecked and acts[1]:
        place = reverse("plant:instruments") + "?kind=scale&verdict=not"
        if len(unchecked) == 1:
            place = reverse("plant:instrument-check", args=[unchecked[0].instrument.tag])
        needs.append(_of_tags(_("Check %(tags)s"), unchecked, _("Check"), place))
    return tuple(needs)


def _of_tags(title: str, found: list[measures.Judged], verb: str, href: str) -> Need:
    tags = [one.instrument.tag for one in found]
    shown = ", ".join(tags[:_TAGS]) + (_(" and %(n)s more") % {"n": len(tags) - _TAGS} if len(tags) > _TAGS else "")
    why = ngettext("It cannot be used before.", "They cannot be used before.", len(tags))
    return Need(tone="attention", title=title % {"tags": shown}, why=why, verb=verb, href=href)


def _of_system(actor: record.Actor) -> tuple[Need, ...]:
    """What `batchwright check` would say, to whoever keeps the system running; looked at once a minute."""
    if actor.role != "administrator" or not access.may(actor, "site.watch"):
        return ()
    found = cache.get_or_set("needs:system", lambda: checks.look(running=True, ask_web=False), timeout=60)
    asking = [one for one in cast("list[Finding]", found) if one.remedy]
    if not asking:
        return ()
    wrong = any(not one.fine for one in asking)
    return (
        Need(
            tone="stop" if wrong else "attention", verb=_("See health"), href=reverse("site_health"),
            title=_("Mend the system") if wrong else _("Look after the system"),
            why="; ".join(f"{one.name}: {one.says}" for one in asking),
        ),
    )  # fmt: skip


def _of_materials(actor: record.Actor) -> tuple[Need, ...]:
    return tuple(
        Need(
            tone="attention" if waiting.urgent else "yours", title=waiting.title, why=waiting.detail,
            verb=_("See lot"), href=reverse(waiting.url_name, args=waiting.url_arguments),
        )
        for waiting in lots.needs_of(actor)
    )  # fmt: skip


def _of_recipes(actor: record.Actor) -> tuple[Need, ...]:
    return tuple(
        Need(
            tone="yours", title=waiting.title, why=waiting.detail, verb=_("See recipe"),
            href=reverse(waiting.url_name, args=waiting.url_arguments),
        )
        for waiting in recipes.needs_of(actor)
    )  # fmt: skip


def _of_batches(actor: record.Actor) -> tuple[Need, ...]:
    verbs = {
        "exception": _("See exception"), "review": _("Review record"), "late": _("Open step"), "check": _("Check"),
        "steps": _("See my work"), "stock": _("Put away"),
    }  # fmt: skip
    return tuple(
        Need(
            tone="attention" if waiting.urgent else "yours", title=waiting.title, why=waiting.detail,
            verb=verbs[waiting.kind], href=reverse(waiting.url_name, args=waiting.url_arguments),
        )
        for waiting in (*floor.needs_of(actor), *batches.needs_of(actor))
    )  # fmt: skip


def _tone(waiting: NeedShown) -> str:
    if waiting.kind == "signature":
        return "stop"
    if waiting.kind in ("statement", "assessment"):
        return "yours"
    return "attention" if waiting.urgent or waiting.kind in ("locked", "alert") else "yours"
