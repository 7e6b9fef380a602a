"""The tables of people: who they are, what they may do, what they were trained in, what they signed.

Nothing here is ever deleted: an id is never given to somebody else (21 CFR 11.100(a)), so a person who leaves is
disabled and a role that ends is dated. Every table has `visible_to`, the one place where another sponsor's rows are
left out.
"""

from batchwright.people.models.identity import ExternalIdentity, Passkey, PastPassword, Sponsor, User
from batchwright.people.models.roles import Assignment, Grant, Role
from batchwright.people.models.signatures import Challenge, PlantSession, Signature
from batchwright.people.models.training import Edition, Need, Qualification, TrainingRecord

__all__ = [
    "Assignment",
    "Challenge",
    "Edition",
    "ExternalIdentity",
    "Grant",
    "Need",
    "Passkey",
    "PastPassword",
    "PlantSession",
    "Qualification",
    "Role",
    "Signature",
    "Sponsor",
    "TrainingRecord",
    "User",
]  # fmt: skip
