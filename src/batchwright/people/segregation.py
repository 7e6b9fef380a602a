"""Segregation of duties: nobody verifies, approves or assesses own work, and nobody who runs the system makes product.

Pure. Source: 21 CFR 211.68(b), 211.101(d), 211.188(b)(11); EU GMP Part I 2.5 and Annex 11, clause 12.
"""

from collections.abc import Collection
from typing import Protocol

from django.utils.translation import gettext as _

from batchwright.people.permissions import Refused, role


class _Somebody(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


def require_other_person(actor: _Somebody, *previous_actor_ids: str) -> None:
    """Refuse an actor who took part before.

    Args:
        actor: Who wants to verify, approve or assess.
        *previous_actor_ids: Ids of everybody whose work this is.

    Raises:
        Refused: If the actor is one of them.
    """
    if actor.id in previous_actor_ids:
        raise Refused(
            _("Nobody verifies or approves own work"),
            value=actor.name, limit=_("another person"), remedy=_("Ask a colleague with the same role."),
        )  # fmt: skip


def require_other_subject(actor: _Somebody, username: str) -> None:
    """Refuse an act of people administration on oneself.

    Args:
        actor: Who acts.
        username: On whom.

    Raises:
        Refused: If both are the same person.
    """
    if actor.id == username:
        raise Refused(
            _("Nobody changes the own roles or log-in state"),
            value=actor.name, limit=_("another person"), remedy=_("Ask another administrator or quality assurance."),
        )  # fmt: skip


def require_compatible(role_codes: Collection[str]) -> None:
    """Refuse a set of roles that one person must not hold at the same time.

    Args:
        role_codes: All roles the person would hold.

    Raises:
        Refused: If a GMP role meets a role without part in manufacture, or a read-only role meets one that changes.
    """
    roles = [role(code) for code in sorted(set(role_codes))]
    if len({one.gmp for one in roles}) > 1:
        raise Refused(
            _("An administrator has no part in manufacture"),
            value=", ".join(one.code for one in roles), limit=_("either administrator or GMP roles"),
            remedy=_("Withdraw the one before assigning the other."),
        )  # fmt: skip
    if len({one.read_only for one in roles}) > 1:
        raise Refused(
            _("A person who only reads holds no role that changes records"),
            value=", ".join(one.code for one in roles), limit=_("either read-only roles or others"),
            remedy=_("Withdraw the one before assigning the other."),
        )  # fmt: skip
