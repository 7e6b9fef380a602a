"""Who acts: the identity that every entry carries (21 CFR 11.10(e): "operator entries and actions")."""

from dataclasses import dataclass

from batchwright.kernel.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, or the site itself, acting in one role.

    Attributes:
        id: The identity, never reused: a user name, or ``site`` for the plant's own processes.
        name: The printed name as it was when the act was done (21 CFR 11.50(a)(1)).
        role: The code of the one role in which the person acts.
        sponsor: The code of the sponsor on whose behalf the person acts; ``None`` for the plant's own people.
    """

    id: str
    name: str
    role: str
    sponsor: str | None = None

    def __post_init__(self) -> None:
        """Refuse an actor who cannot be named.

        Raises:
            DomainError: If id, name or role is blank.
        """
        for part in ("id", "name", "role"):
            if not str(getattr(self, part)).strip():
                raise DomainError(
                    f"An actor has no {part}", value=repr(self), remedy="Sign in again, or name the process that acts."
                )


SITE = Actor(id="site", name="Batchwright site process", role="site")
"""The plant's own processes: start-up, migration, key handling."""
