"""What logging in and out leaves in the record."""

from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext as _

from batchwright import record
from batchwright.people.entries.people import AboutUser

SECOND_PERSON = "second person"
"""Method of an attempt to be taken as the second person of an act; it begins no session."""


@record.entry_type("login.succeeded/1")
class LoginSucceeded(AboutUser):
    """A person logged in."""

    methods: list[str]
    address: str
    role: str

    def sentence(self) -> str:
        return _("%(username)s logged in by %(methods)s") % {
            "username": self.username,
            "methods": ", ".join(self.methods),
        }


@record.entry_type("login.refused/1")
class LoginRefused(record.EntryData):
    """A log-in was refused.

    A name that belongs to nobody stands here only as a salted commitment: it may be a password typed too early.
    """

    username: str = ""
    commitment: str = ""
    salt: str = ""
    why: str
    method: str
    address: str
    attempts: int = 0

    def sentence(self) -> str:
        who = self.username or _("an unknown name")
        if self.method == SECOND_PERSON:
            return _("%(who)s refused as second person: %(why)s") % {"who": who, "why": self.why}
        return _("Log-in of %(who)s refused: %(why)s") % {"who": who, "why": self.why}


@record.entry_type("login.alert/1")
class LoginAlert(record.EntryData):
    """Repeated failures reached the limit; quality assurance and administrators see this at once (21 CFR 11.300(d))."""

    username: str
    attempts: int
    locked_until: datetime
    why: str
    method: str
    address: str

    def sentence(self) -> str:
        return _("%(attempts)s failed attempts: %(username)s is locked") % {
            "attempts": self.attempts,
            "username": self.username,
        }


@record.entry_type("login.ended/1")
class LoginEnded(AboutUser):
    """A session ended."""

    why: str

    def sentence(self) -> str:
        return _("Session of %(username)s ended: %(why)s") % {"username": self.username, "why": self.why}


@record.entry_type("role.switched/1")
class RoleSwitched(AboutUser):
    """A person went on in another of the own roles."""

    before: str
    after: str

    def sentence(self) -> str:
        return _("%(username)s goes on as %(role)s") % {"username": self.username, "role": self.after}


@record.entry_type("password.changed/1")
class PasswordChanged(AboutUser):
    """A person chose a new password."""

    def sentence(self) -> str:
        return _("%(username)s changed the password") % {"username": self.username}


@record.entry_type("password.reset/1")
class PasswordReset(AboutUser):
    """A password was set by somebody else and must be changed at the next log-in."""

    reason_required: ClassVar[bool] = True

    def sentence(self) -> str:
        return _("Password of %(username)s reset") % {"username": self.username}


@record.entry_type("second_factor.enrolled/1")
class SecondFactorEnrolled(AboutUser):
    """One-time codes were set up."""

    kind: str

    def sentence(self) -> str:
        return _("%(username)s set up one-time codes") % {"username": self.username}


@record.entry_type("second_factor.removed/1")
class SecondFactorRemoved(AboutUser):
    """One-time codes were removed."""

    reason_required: ClassVar[bool] = True
    kind: str

    def sentence(self) -> str:
        return _("One-time codes of %(username)s removed") % {"username": self.username}


@record.entry_type("passkey.enrolled/1")
class PasskeyEnrolled(AboutUser):
    """A public key was bound to a person; with it anybody can check that person's signatures."""

    credential_id: str
    label: str
    public_key: str
    algorithm: int

    def sentence(self) -> str:
        return _("%(username)s enrolled the passkey %(label)s") % {"username": self.username, "label": self.label}


@record.entry_type("passkey.revoked/1")
class PasskeyRevoked(AboutUser):
    """A public key no longer signs for a person."""

    reason_required: ClassVar[bool] = True
    credential_id: str
    label: str

    def sentence(self) -> str:
        return _("Passkey %(label)s of %(username)s revoked") % {"username": self.username, "label": self.label}


@record.entry_type("identity.linked/1")
class IdentityLinked(AboutUser):
    """An identity of the company's provider was linked to a person."""

    issuer: str
    external_id: str

    def sentence(self) -> str:
        return _("%(username)s linked to an identity of %(issuer)s") % {
            "username": self.username,
            "issuer": self.issuer,
        }


@record.entry_type("identity.unlinked/1")
class IdentityUnlinked(AboutUser):
    """A link to an identity of the company's provider was cut."""

    reason_required: ClassVar[bool] = True
    issuer: str
    external_id: str

    def sentence(self) -> str:
        return _("%(username)s no longer linked to %(issuer)s") % {"username": self.username, "issuer": self.issuer}


@record.entry_type("statement.accepted/1")
class StatementAccepted(AboutUser):
    """A person accepted to be accountable for acts under the own signature (21 CFR 11.10(j))."""

    edition: str
    text: str

    def sentence(self) -> str:
        return _("%(username)s accepted the accountability statement, edition %(edition)s") % {
            "username": self.username,
            "edition": self.edition,
        }


@record.entry_type("signature.refused/1")
class SignatureRefused(AboutUser):
    """A signature was attempted and refused."""

    meaning: str
    signed_subject: str
    method: str
    why: str

    def sentence(self) -> str:
        return _("Signature of %(username)s on %(subject)s refused: %(why)s") % {
            "username": self.username,
            "subject": self.signed_subject,
            "why": self.why,
        }
