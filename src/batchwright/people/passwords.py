"""Passwords: long, not guessable, not used before, aged; kept as argon2 digests only (21 CFR 11.300(a), (b))."""

from datetime import timedelta

from django.contrib.auth import hashers
from django.contrib.auth.password_validation import UserAttributeSimilarityValidator, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput
from batchwright.people import policy
from batchwright.people.models import PastPassword, User


def digest(password: str | None, *, user: User) -> str:
    """Check a new password and give what is stored of it.

    Args:
        password: What was chosen; None for a person who logs in through the company's provider alone.
        user: The person; for one who is enrolled already, earlier passwords are compared too.

    Returns:
        The digest; takes about 0.1 s by design, so it is made before the entry is opened.

    Raises:
        BadInput: If the password is too weak or was used before.
    """
    if password is None:
        return hashers.make_password(None)
    try:
        validate_password(password, user)
        UserAttributeSimilarityValidator(user_attributes=("username", "printed_name", "email")).validate(password, user)
    except ValidationError as error:
        raise BadInput(
            " ".join(message.rstrip(".") + "." for message in error.messages), remedy=_("Choose another password.")
        ) from error
    if user.pk and _was_used(password, user):
        raise BadInput(
            _("This password was used before"),
            limit=_("none of the last %(count)s") % {"count": policy.PASSWORDS_REMEMBERED},
            remedy=_("Choose another password."),
        )
    return hashers.make_password(password)


def _was_used(password: str, user: User) -> bool:
    past = user.past_passwords.order_by("-set_at")[: policy.PASSWORDS_REMEMBERED]
    return any(hashers.check_password(password, one.digest) for one in past)


def remember(entry: record.OpenEntry, user: User) -> None:
    """Keep a new password's digest among those not accepted again; called inside the entry that sets it.

    Args:
        entry: The open entry.
        user: The person, with the new digest.
    """
    if user.has_usable_password():
        entry.create(PastPassword(user=user, digest=user.password, set_at=clock.now()))


def must_change(user: User) -> str:
    """Say why a person has to choose a new password before going on.

    Args:
        user: The person.

    Returns:
        The reason, or "" if none.
    """
    if not user.has_usable_password():
        return ""
    if user.must_change_password:
        return _("This password was given by somebody else. Choose your own.")
    days = policy.current().password_days
    if days and user.password_changed_at is not None and clock.now() - user.password_changed_at >= timedelta(days=days):
        return _("This password is older than %(days)s days. Choose another.") % {"days": days}
    return ""
