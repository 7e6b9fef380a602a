"""A second person who says who he or she is on the first one's tablet: user id and password, in the very request.

It begins no session and leaves none behind. A failure is recorded and counts towards the lock like one of a log-in or
of a signature (21 CFR 11.300(d)); the act that asked for the second person names the one who was found as its checker
(21 CFR 211.68(b), 211.101(c), 211.188(b)(11)).
"""

from django.contrib.auth import hashers
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.people import access, entries, sessions, signing
from batchwright.people.models import User
from batchwright.people.permissions import Refused
from batchwright.people.segregation import require_other_person
from batchwright.people.services.credentials import NotProven, prove_password
from batchwright.people.sessions import Attempt


def identify(*, username: str, password: str, first: record.Actor, action: str, address: str) -> record.Actor:
    """Find out who stands beside the first person; called before the entry of the act, for a password takes its time.

    The act asks `batchwright.people.authorize` for the second person again inside its entry.

    Args:
        username: User id, as the second person typed it.
        password: Password, as the second person typed it.
        first: Who acts; the second person is another one.
        action: What the second person has to be allowed to do, such as to verify a step.
        address: Network address of the browser.

    Returns:
        The second person in the first of the own roles that holds the action.

    Raises:
        NotProven: If user id and password do not belong together; which of the two is not said.
        Locked: If the log-in is locked.
        Refused: If it is the first person, or one whose log-in is closed, who has not accepted the accountability
            statement, or who holds no role for it.
    """
    attempt = Attempt(method=entries.SECOND_PERSON, address=address)
    typed = username.strip().lower()
    user = User.objects.filter(username=typed).first()
    if user is None:
        hashers.make_password(password)  # takes as long as a check, so that time does not tell who has a log-in
        sessions.refuse_unknown(typed=username, why=_("unknown name"), attempt=attempt)
        raise _not_proven()
    try:
        fresh = prove_password(user=user, password=password, attempt=attempt)
    except NotProven as error:
        raise _not_proven() from error
    except Refused as refusal:
        _keep(user, refusal, attempt)
        raise
    try:
        require_other_person(first, fresh.username)
        signing.require_ready(fresh)
        second = _in_role(fresh, action)
    except Refused as refusal:
        _keep(fresh, refusal, attempt)
        raise
    return second


def _in_role(user: User, action: str) -> record.Actor:
    held = [access.actor_of(user, code) for code in access.current_role_codes(user)]
    second = next((one for one in held if access.may(one, action)), None)
    if second is None:
        raise Refused(
            _("%(name)s holds no role that may check this") % {"name": user.printed_name},
            value=", ".join(one.role for one in held) or _("no role"), limit=action,
            remedy=_("Ask somebody else to check it."),
        )  # fmt: skip
    return second


def _keep(user: User, refusal: Refused, attempt: Attempt) -> None:
    """Record why a person whose log-in exists was not taken as the second one; it is no failed proof."""
    sessions.refuse_known(user=user, why=refusal.message, attempt=attempt, counts=False)


def _not_proven() -> NotProven:
    return NotProven(
        _("User id and password of the second person are not right"),
        remedy=_("Type them again. The attempt is on record."),
    )
