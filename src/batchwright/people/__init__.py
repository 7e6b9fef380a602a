"""People: who they are, what they may do, what they were trained in, and what they signed.

A *user* is a person with a log-in, never deleted and never re-used (21 CFR 11.100). A *role* is held by *assignment*
for a time, and each *action* belongs to roles in one table, denied by default (11.10(d), (g)). A *sponsor* is a
tenant: its people see its subjects alone. A *signature* carries the printed name, the time, the meaning and the hash
of what was shown (11.50) and is void as soon as what it covers changes (11.70). A *training* on the effective edition
of a document is what lets a person act (11.10(i)). This module is the face that other capabilities use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from batchwright.people.permissions import Refused
from batchwright.people.segregation import require_other_person

if TYPE_CHECKING:
    from batchwright.people.access import actor_of, authorize, current_role_codes
    from batchwright.people.models import Signature, Sponsor, User
    from batchwright.people.needs import needs_of
    from batchwright.people.queries import signatures_on
    from batchwright.people.services.identifying import identify
    from batchwright.people.signing import (
        PasskeyEvidence,
        PasswordEvidence,
        SignatureRefused,
        prepare,
        sign,
        signed_entry,
    )
    from batchwright.people.statement import Statement
    from batchwright.people.training import require_training
    from batchwright.people.validity import signature_status

__all__ = [
    "PasskeyEvidence", "PasswordEvidence", "Refused", "Signature", "SignatureRefused", "Sponsor", "Statement", "User",
    "actor_of", "authorize", "current_role_codes", "identify", "needs_of", "prepare", "require_other_person",
    "require_training", "sign", "signature_status", "signatures_on", "signed_entry",
]  # fmt: skip

# Django imports this package before it has loaded any model, so whatever needs models is fetched at first use.
_LAZY = {
    **dict.fromkeys(("actor_of", "authorize", "current_role_codes"), "access"),
    **dict.fromkeys(("Signature", "Sponsor", "User"), "models"),
    "identify": "services.identifying",
    "needs_of": "needs",
    "signatures_on": "queries",
    **dict.fromkeys(
        ("PasskeyEvidence", "PasswordEvidence", "SignatureRefused", "prepare", "sign", "signed_entry"), "signing"
    ),
    "Statement": "statement",
    "require_training": "training",
    "signature_status": "validity",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
