"""The frame around every page: who is here, what needs them, where they can go, whether the record is whole."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from batchwright.kernel import clock

THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One line of the left rail."""

    label: str
    href: str
    shape: str
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
    return Frame(site_name=site_name, theme=theme_of(request), now=clock.now(), home_url=reverse("home"))
