"""The frame around every page: who is here, what needs them, where they can go, whether the record is whole."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.people import permissions
from batchwright.record.access import actor_of, may
from batchwright.record.runs import latest_outcome
from batchwright.site import plant_time
from batchwright.site.web import wording
from batchwright.site.web.needs import count_of
from batchwright.site.web.tour import Step, number_of, step_of

THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One line of the left rail."""

    label: str
    href: str
    shape: str
    key: str
    """Letter that leads to it after `g`."""
    current: bool = False
    """Whether the page lies in this place."""
    exact: bool = False
    """Whether the page is this place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChoice:
    """A role that the person may act in."""

    code: str
    name: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is signed in, and as what."""

    name: str
    role: str
    roles: tuple[RoleChoice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordState:
    """The footer's answer to "is the record whole?"."""

    words: str
    tone: str
    at: datetime | None
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Everything the frame shows."""

    site_name: str
    theme: str
    now: datetime
    home_url: str = "/"
    find_url: str = ""
    theme_url: str = ""
    role_url: str = ""
    account_url: str = ""
    leave_url: str = ""
    person: Person | None = None
    places: tuple[Place, ...] = ()
    need_count: int = 0
    record: RecordState | None = None
    pace: str = ""
    """How fast the plant's time runs, where it is simulated."""
    tour: Step | None = None
    """The step of the tour that is taken."""


def theme_of(request: HttpRequest) -> str:
    """Read what the person chose on this device.

    Args:
        request: The request; its cookie `theme` may hold anything.

    Returns:
        light, dark, or nothing where the device decides.
    """
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else ""


def frame_of(request: HttpRequest | None) -> Frame:
    """Give the frame of a page.

    Args:
        request: The request that is answered; None for pages that must not depend on one.

    Returns:
        The frame, with nobody in it if nobody is signed in.
    """
    site_name = settings.CONFIGURATION.site_name
    if request is None:
        return Frame(site_name=site_name, theme="", now=clock.now())
    nobody = Frame(site_name=site_name, theme=theme_of(request), now=clock.now(), home_url=reverse("home"))
    actor = actor_of(request)
    if actor is None:
        return nobody
    return replace(
        nobody,
        find_url=reverse("find"),
        theme_url=reverse("theme"),
        role_url=reverse("people:act_as"),
        account_url=reverse("people:account"),
        leave_url=reverse("account_logout"),
        person=_person(request, actor),
        places=_places(request),
        need_count=count_of(actor),
        record=_record_state(),
        pace=_pace(),
        tour=_tour(request, actor),
    )


def _person(request: HttpRequest, actor: record.Actor) -> Person:
    codes = people.current_role_codes(cast("people.User", request.user))
    roles = tuple(
        RoleChoice(code=code, name=str(permissions.role(code).name), current=code == actor.role) for code in codes
    )
    return Person(name=actor.name, role=str(permissions.role(actor.role).name), roles=roles)


def _tour(request: HttpRequest, actor: record.Actor) -> Step | None:
    number = number_of(request)
    return step_of(actor, number, request.path) if number and may(request, "batch.read") else None


def _places(request: HttpRequest) -> tuple[Place, ...]:
    """The rail: a place is shown to those who may read there."""
    listed = (
        (_("Now"), "home", "home", "account.use", "n"),
        (_("My work"), "execution:work", "work", "step.perform", "w"),
        (_("Batches"), "execution:batches", "batches", "batch.read", "b"),
        (_("Plant"), "plant:overview", "plant", "plant.read", "p"),
        (_("Materials"), "materials:lots", "materials", "lot.read", "m"),
        (_("Recipes"), "recipes:recipes", "recipes", "recipe.read", "r"),
        (_("People"), "people:people", "people", "user.read", "e"),
        (_("Training"), "people:training", "training", "training.read", "t"),
        (_("Record"), "record_entries", "record", "record.read", "c"),
        (_("Plant's health"), "site_health", "health", "site.watch", "h"),
    )
    hrefs = {name: reverse(name) for _label, name, _shape, _action, _key in listed}
    around = [href for name, href in hrefs.items() if name != "home" and request.path.startswith(href)]
    nearest = max(around, key=len, default=hrefs["home"] if request.path == hrefs["home"] else "")
    return tuple(
        Place(
            label=label, href=hrefs[name], shape=shape, current=hrefs[name] == nearest,
            exact=request.path == hrefs[name], key=key,
        )
        for label, name, shape, action, key in listed if may(request, action)
    )  # fmt: skip


def _pace() -> str:
    found = plant_time.pace(settings.CONFIGURATION)
    if found is None:
        return ""
    if found.speed == 1:
        return _("simulated time")
    return _("simulated time, %(speed)s times as fast") % {"speed": f"{found.speed:g}"}


def _record_state() -> RecordState:
    """Whether the record is whole, from the last check that came to a verdict; otherwise how far it is signed."""
    href = reverse("record_entries")
    outcome = latest_outcome()
    if outcome is not None and outcome.state == "broken":
        return RecordState(words=_("record does not hold"), tone="stop", at=outcome.finished_at, href=href)
    if outcome is not None:
        words = _("record whole to #%(to)s") % {"to": wording.count(outcome.covered_to)}
        return RecordState(words=words, tone="normal", at=outcome.finished_at, href=href)
    checkpoint = record.latest_checkpoint()
    if checkpoint is None:
        return RecordState(words=_("record not signed yet"), tone="waiting", at=None, href=href)
    words = _("record signed to #%(to)s") % {"to": wording.count(checkpoint.tree_size)}
    return RecordState(words=words, tone="waiting", at=checkpoint.at, href=href)
