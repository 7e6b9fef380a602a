"""The plant's settings that people's rules depend on, as they come from its configuration."""

from datetime import timedelta
from typing import Final, Protocol, cast

from django.conf import settings

PASSWORDS_REMEMBERED: Final = 10
"""How many earlier passwords are not accepted again (21 CFR 11.300(b))."""
PARALLEL_SESSIONS: Final = 3
"""How many sessions one person has at the same time; the oldest ends when another begins."""
CEREMONY: Final = timedelta(minutes=5)
"""How long a browser waits for a passkey once it was asked for."""


class Policy(Protocol):
    """What `batchwright.site.configuration.Configuration` says about people."""

    site_name: str
    public_url: str
    public_host: str
    session_idle_minutes: int
    session_absolute_minutes: int
    signing_minutes: int
    lockout_attempts: int
    lockout_minutes: int
    password_days: int

    def strength_of(self, meaning: str) -> str:
        """How strongly a signature of this meaning is authenticated."""
        ...


def signing_life() -> timedelta:
    """Give how long a statement that was shown can be signed.

    Returns:
        A span; the end of the session ends it before.
    """
    return timedelta(minutes=current().signing_minutes)


def current() -> Policy:
    """Give the settings of this plant.

    Returns:
        The configuration.
    """
    return cast(Policy, settings.CONFIGURATION)
