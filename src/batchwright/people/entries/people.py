"""What acts of people administration leave in the record."""

from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext as _

from batchwright import record


class AboutUser(record.EntryData):
    """About one person."""

    username: str


@record.entry_type("sponsor.enrolled/1")
class SponsorEnrolled(record.EntryData):
    """A company became a sponsor of the plant."""

    code: str
    name: str

    def sentence(self) -> str:
        return _("Sponsor %(name)s enrolled as %(code)s") % {"name": self.name, "code": self.code}


@record.entry_type("user.enrolled/1")
class UserEnrolled(record.EntryData):
    """A person got a log-in; who checked the identity is the actor, how is the reason (21 CFR 11.100(b))."""

    username: str
    printed_name: str
    roles: list[str] = []
    expires_at: datetime | None = None

    def sentence(self) -> str:
        return _("%(name)s enrolled as %(username)s") % {"name": self.printed_name, "username": self.username}


@record.entry_type("user.changed/1")
class UserChanged(AboutUser):
    """A name or address was corrected."""

    reason_required: ClassVar[bool] = True

    def sentence(self) -> str:
        return _("Particulars of %(username)s corrected") % {"username": self.username}


@record.entry_type("user.disabled/1")
class UserDisabled(AboutUser):
    """A log-in was closed."""

    reason_required: ClassVar[bool] = True

    def sentence(self) -> str:
        return _("Log-in %(username)s disabled") % {"username": self.username}


@record.entry_type("user.enabled/1")
class UserEnabled(AboutUser):
    """A log-in was opened again."""

    reason_required: ClassVar[bool] = True

    def sentence(self) -> str:
        return _("Log-in %(username)s enabled") % {"username": self.username}


@record.entry_type("user.unlocked/1")
class UserUnlocked(AboutUser):
    """A log-in that had been locked after failed attempts was opened again."""

    reason_required: ClassVar[bool] = True

    def sentence(self) -> str:
        return _("Log-in %(username)s unlocked") % {"username": self.username}


@record.entry_type("roles.seeded/1")
class RolesSeeded(record.EntryData):
    """The default table of roles and actions was taken over."""

    roles: list[str]
    actions: list[str]
    """The actions that were new to this plant; they are never seeded a second time."""
    grants: int

    def sentence(self) -> str:
        return _("%(roles)s roles with %(grants)s grants taken over from the default table") % {
            "roles": len(self.roles),
            "grants": self.grants,
        }


@record.entry_type("role.granted/1")
class RoleGranted(record.EntryData):
    """A role got an action."""

    reason_required: ClassVar[bool] = True
    role: str
    action: str

    def sentence(self) -> str:
        return _("Role %(role)s may now %(action)s") % {"role": self.role, "action": self.action}


@record.entry_type("role.revoked/1")
class RoleRevoked(record.EntryData):
    """A role lost an action."""

    reason_required: ClassVar[bool] = True
    role: str
    action: str

    def sentence(self) -> str:
        return _("Role %(role)s may no longer %(action)s") % {"role": self.role, "action": self.action}


@record.entry_type("role.assigned/1")
class RoleAssigned(AboutUser):
    """A person got a role."""

    role: str
    valid_from: datetime
    valid_until: datetime | None = None

    def sentence(self) -> str:
        return _("Role %(role)s assigned to %(username)s") % {"role": self.role, "username": self.username}


@record.entry_type("role.withdrawn/1")
class RoleWithdrawn(AboutUser):
    """A person lost a role."""

    reason_required: ClassVar[bool] = True
    role: str

    def sentence(self) -> str:
        return _("Role %(role)s withdrawn from %(username)s") % {"role": self.role, "username": self.username}
