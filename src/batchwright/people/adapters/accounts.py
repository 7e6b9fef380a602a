"""django-allauth's hooks, turned to the plant's rules: nobody signs up, every log-in is an entry, failures lock.

allauth asks for proofs and keeps their pace (its rate limits stay on); whether a person may come in, and what is
recorded of it, is decided by `batchwright.people.sessions`.
"""

import base64
import hashlib
import secrets
from typing import Any, ClassVar, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import clear_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import get_user
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batchwright import record
from batchwright.kernel.errors import BatchwrightError
from batchwright.people import policy, sessions
from batchwright.people.models import ExternalIdentity, PlantSession, User
from batchwright.people.permissions import Refused
from batchwright.people.services import credentials
from batchwright.people.sessions import Attempt

TOKEN_KEY = "people.token"  # noqa: S105 - the name under which it is kept
"""Where the session keeps the token that names its `PlantSession`."""
ROLE_KEY = "people.role"
"""Where the session keeps the role in which the person acts."""


def attempt_of(request: HttpRequest, method: str) -> Attempt:
    """Say how and from where a request tries to prove an identity.

    Args:
        request: The request.
        method: The proof.

    Returns:
        The attempt.
    """
    return Attempt(method=method, address=str(request.META.get("REMOTE_ADDR", "")))


def turn_away(request: HttpRequest, refusal: BatchwrightError) -> HttpResponse:
    """Send somebody back to the log-in page with the reason.

    Args:
        request: The request.
        refusal: Why.

    Returns:
        A redirect.
    """
    clear_login(request)
    messages.error(request, str(refusal))
    return HttpResponseRedirect(reverse("account_login"))


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """Log-in by password, and what every log-in has in common."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        # It never says which of the two was wrong.
        "username_password_mismatch": gettext_lazy("User name or password is not right. The attempt is on record."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are enrolled, they do not sign up (21 CFR 11.100(b))."""
        return False

    def get_login_stages(self) -> list[str]:
        """After the first proof comes the second factor and nothing else."""
        return ["allauth.mfa.stages.AuthenticateStage"]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """The plant's own pages ask for the password where it matters."""
        return False

    def add_message(
        self, request: HttpRequest, level: int, *args: Any, message: str | None = None, **kwargs: Any
    ) -> None:
        """Leave out allauth's own pleasantries; say what is said in so many words."""
        if message:
            messages.add_message(request, level, message)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send nothing: the record and its pages tell."""

    def authenticate(self, request: HttpRequest, **given: Any) -> User | None:
        """Check user name and password; what fails is recorded and counts.

        Args:
            request: The request.
            **given: ``username`` and ``password``.

        Returns:
            The person, or None.

        Raises:
            ValidationError: If the log-in is locked, closed, or tried too often from one place.
        """
        typed = str(given.get("username", "")).strip()
        user = User.objects.select_related("sponsor").filter(username=typed.lower()).first()
        attempt = attempt_of(request, "password")
        try:
            if user is not None:
                sessions.require_unlocked(user)
            found: User | None = super().authenticate(request, **{**given, "username": typed.lower()})
        except sessions.Locked as locked:
            _refuse(user, typed, _("locked"), attempt, counts=False)
            raise ValidationError(str(locked)) from locked
        except ValidationError:
            _refuse(user, typed, _("too many attempts from one place"), attempt, counts=False)
            raise
        if found is None:
            _refuse(user, typed, _("wrong password") if user else _("unknown name"), attempt, counts=True)
            _say_if_locked(user)
            return None
        try:
            sessions.first_actor(found)
        except Refused as refusal:
            sessions.refuse_known(user=found, why=refusal.message, attempt=attempt, counts=False)
            raise ValidationError(str(refusal)) from refusal
        return found

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Refuse a locked or closed log-in whichever way the identity was proven.

        Args:
            request: The request.
            user: The person.
            **kwargs: What allauth tells besides.

        Returns:
            A redirect with the reason, or None to go on.
        """
        try:
            sessions.require_unlocked(user)
            sessions.first_actor(user)
        except Refused as refusal:
            method = ", ".join(_methods(request, user)) or "password"
            sessions.refuse_known(user=user, why=refusal.message, attempt=attempt_of(request, method), counts=False)
            return turn_away(request, refusal)
        return None

    def login(self, request: HttpRequest, user: User) -> None:
        """Let a person in: the entry first, then the session.

        Args:
            request: The request.
            user: The person.

        Raises:
            ImmediateHttpResponse: If the log-in was closed or locked meanwhile.
        """
        methods = _methods(request, user)
        token = secrets.token_hex(32)
        attempt = attempt_of(request, methods[-1] if methods else "password")
        try:
            actor = sessions.begin_session(user=user, methods=methods, attempt=attempt, token=token)
        except Refused as refusal:
            sessions.refuse_known(user=user, why=refusal.message, attempt=attempt, counts=False)
            raise ImmediateHttpResponse(turn_away(request, refusal)) from refusal
        # also where the identity was proven without a password, so that the session knows who reads the person
        user.backend = settings.AUTHENTICATION_BACKENDS[0]
        super().login(request, user)
        request.session[TOKEN_KEY] = token
        request.session[ROLE_KEY] = actor.role

    def logout(self, request: HttpRequest) -> None:
        """End the session: the entry first.

        Args:
            request: The request.
        """
        session = session_of(request)
        if session is not None and session.ended_at is None:
            sessions.end_session(session=session, why="logged out", actor=getattr(request, "actor", None))
        super().logout(request)

    def set_password(self, user: User, password: str) -> None:
        """Refuse: passwords change through `batchwright.people.services`."""
        user.save()


def session_of(request: HttpRequest) -> PlantSession | None:
    """Find the plant's own session behind a request.

    Args:
        request: The request.

    Returns:
        The session with its user, ended ones too, or None.
    """
    token = request.session.get(TOKEN_KEY)
    if not token:
        return None
    found = _SESSION.first(digest=sessions.token_digest(token))
    if found is not None and found.user_id == request.user.pk:
        found.user = cast(User, get_user(request))  # read at this very request, with the sponsor
    return found


def _with_digest(digest: str) -> QuerySet[PlantSession]:
    return PlantSession.objects.filter(session_key=digest)


_SESSION = record.Prepared(_with_digest, digest=str)


def _methods(request: HttpRequest, user: User) -> list[str]:
    names = {"socialaccount": "company log-in", "webauthn": "passkey", "totp": "one-time code"}
    found = [str(one.get("type") or one["method"]) for one in get_authentication_records(request, user)]
    return list(dict.fromkeys(names.get(one, one) for one in found))


def _refuse(user: User | None, typed: str, why: str, attempt: Attempt, *, counts: bool) -> None:
    if user is None:
        sessions.refuse_unknown(typed=typed, why=why, attempt=attempt)
    else:
        sessions.refuse_known(user=user, why=why, attempt=attempt, counts=counts)


def _say_if_locked(user: User | None) -> None:
    if user is None:
        return
    try:
        sessions.require_unlocked_now(user)
    except sessions.Locked as locked:
        raise ValidationError(str(locked)) from locked


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth carries no types
    """One-time codes and passkeys."""

    def encrypt(self, text: str) -> str:
        """Keep the secret of one-time codes unreadable in the database and its copies."""
        return _cipher().encrypt(text.encode()).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """Read the secret of one-time codes."""
        return _cipher().decrypt(encrypted_text.encode("ascii")).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Bind passkeys to the plant's public host, whatever name a request came by."""
        rules = policy.current()
        return {"id": rules.public_host, "name": rules.site_name}

    def get_totp_issuer(self) -> str:
        """Give the name under which an app lists the codes."""
        return policy.current().site_name


def _cipher() -> Fernet:
    key = hashlib.sha256(b"batchwright-one-time-codes/1\x00" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


class IdentityAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """Log-in through the company's provider: only for people whom the plant knows already."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """People are enrolled, they do not sign up."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Find the person: by the link, or at the first time by the verified address of exactly one active person.

        Args:
            request: The request.
            sociallogin: What the provider said.

        Raises:
            ImmediateHttpResponse: If there is no such person, or the link was cut.
        """
        issuer = str(sociallogin.provider.app.settings["server_url"])
        external_id = str(sociallogin.account.uid)
        attempt = attempt_of(request, "company log-in")
        links = ExternalIdentity.objects.select_related("user__sponsor")
        link = links.filter(issuer=issuer, external_id=external_id).first()
        user = _by_verified_address(sociallogin) if link is None else link.user
        cut = link is not None and link.unlinked_at is not None
        if user is None or cut or sociallogin.state.get("process") != "login":
            _refuse(user, external_id, _("identity is not linked"), attempt, counts=False)
            refusal = Refused(
                _("The company log-in is not linked to a person of this plant"),
                remedy=_("Ask quality assurance or an administrator to enrol you with your company address."),
            )
            raise ImmediateHttpResponse(turn_away(request, refusal))
        if link is None:
            credentials.link_identity(user=user, issuer=issuer, external_id=external_id)
        sociallogin.user = user

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Record that the provider refused, and say so.

        Args:
            request: The request.
            provider: The provider.
            error: Its error.
            exception: What was raised.
            extra_context: What allauth tells besides.

        Raises:
            ImmediateHttpResponse: Always, back to the log-in page.
        """
        why = _("the provider refused: %(error)s") % {"error": error or type(exception).__name__}
        sessions.refuse_unknown(typed="", why=why, attempt=attempt_of(request, "company log-in"))
        refusal = Refused(_("The company log-in failed"), value=error, remedy=_("Try again, or use your password."))
        raise ImmediateHttpResponse(turn_away(request, refusal))


def _by_verified_address(sociallogin: Any) -> User | None:
    addresses = [one.email for one in sociallogin.email_addresses if one.verified and one.email]
    if not addresses:
        return None
    found = list(User.objects.select_related("sponsor").filter(email__iexact=addresses[0], is_active=True)[:2])
    return found[0] if len(found) == 1 else None
