"""The search-or-scan box: one exact hit leads straight there; otherwise a list of what the reader may see."""

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.execution import finding as execution
from batchwright.materials import finding as materials
from batchwright.people.models import User
from batchwright.plant import finding as plant
from batchwright.recipes import finding as recipes

MOST = 20
LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing that was found."""

    title: str
    what: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search gave."""

    text: str
    hits: tuple[Hit, ...] = ()
    exact: str = ""
    """Address of the one thing that was meant, if it is sure."""


def find(text: str, actor: record.Actor) -> Found:
    """Look for something by what is typed or scanned.

    Args:
        text: An entry number (`#4,812`), a subject (`user/a.novak`), a user name, or a part of a name.
        actor: Who looks; what the actor may not see is not found.

    Returns:
        What was found.
    """
    wanted = text.strip()[:LONGEST]
    if not wanted:
        return Found(text="")
    things: list[plant.Thing | materials.Thing] = [
        *plant.things(wanted, actor), *materials.things(wanted, actor), *recipes.things(wanted, actor),
        *execution.things(wanted, actor),
    ]  # fmt: skip
    exact = next((one.href for one in things if one.exact), "")
    exact = exact or _entry_address(wanted, actor) or _subject_address(wanted, actor)
    if exact:
        return Found(text=wanted, exact=exact)
    hits = (
        *(Hit(title=one.title, what=one.what, href=one.href) for one in things),
        *_people(wanted, actor), *_subjects(wanted, actor),
    )  # fmt: skip
    return Found(text=wanted, hits=hits, exact=hits[0].href if len(hits) == 1 else "")


def _entry_address(wanted: str, actor: record.Actor) -> str:
    digits = wanted.removeprefix("#").replace(",", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        return ""
    seq = int(digits)
    seen = record.entries_visible_to(actor).filter(seq=seq).exists()
    return reverse("record_entry", kwargs={"seq": seq}) if seen else ""


def _subject_address(wanted: str, actor: record.Actor) -> str:
    return subject_address(wanted) if record.history(wanted, actor).exists() else ""


def subject_address(subject: str) -> str:
    """Give the page of a subject's history.

    Args:
        subject: For example `user/a.novak`.

    Returns:
        Its address.
    """
    return reverse("record_subject", kwargs={"subject": subject})


def _people(wanted: str, actor: record.Actor) -> tuple[Hit, ...]:
    named = Q(printed_name__icontains=wanted) | Q(username__istartswith=wanted)
    found = User.visible_to(actor).filter(named).order_by("username")[:MOST]
    return tuple(
        Hit(title=person.printed_name, what=_("person"), href=subject_address(person.subject)) for person in found
    )


def _subjects(wanted: str, actor: record.Actor) -> tuple[Hit, ...]:
    begins = record.entries_visible_to(actor).filter(subject__startswith=wanted)
    found = begins.order_by("subject").values_list("subject", flat=True).distinct()[:MOST]
    return tuple(Hit(title=subject, what=_("record"), href=subject_address(subject)) for subject in found)
