"""One's own account: password, one-time codes, passkeys, the accountability statement, sessions."""

from datetime import timedelta
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput
from batchwright.people import passwords, queries, services, sessions
from batchwright.people.adapters import webauthn
from batchwright.people.adapters.accounts import ROLE_KEY, attempt_of
from batchwright.people.models import Passkey, User
from batchwright.people.permissions import Refused
from batchwright.people.statement import ACCOUNTABILITY, ACCOUNTABILITY_VERSION
from batchwright.people.web.acting import Act, Page, actor_of, key_of, plant_session_of
from batchwright.people.web.forms import CodesForm, PasskeyForm, PasswordForm, RevokeForm

FRESH = timedelta(minutes=5)
"""How long after the log-in a person without a password needs no other proof."""


def me(request: HttpRequest) -> User:
    """Give the person who asks.

    Args:
        request: The request.

    Returns:
        The person, as read just now.
    """
    return User.visible_to(actor_of(request)).get(username=actor_of(request).id)


def proven(request: HttpRequest, password: str) -> User:
    """Check the own password once more; who has none proves it by a fresh log-in.

    Args:
        request: The request.
        password: What was typed.

    Returns:
        The person, as read just now.

    Raises:
        Refused: If it is wrong, or the log-in is not fresh.
    """
    user = me(request)
    if user.has_usable_password():
        return services.prove_password(user=user, password=password, attempt=attempt_of(request, "password"))
    if clock.now() - plant_session_of(request).started_at > FRESH:
        raise Refused(
            _("You have no password here"), limit=_("a log-in of the last 5 minutes"),
            remedy=_("Sign out, sign in through your company and repeat this."),
        )  # fmt: skip
    return user


def _has_codes(user: User) -> bool:
    return bool(get_adapter().is_mfa_enabled(user, [Authenticator.Type.TOTP]))


class AccountView(Page):
    """What proves who I am, and where am I signed in?"""

    template_name = "people/account.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the person's credentials and sessions."""
        user = me(self.request)
        return super().get_context_data(
            **kwargs,
            person=user,
            passkeys=queries.passkeys(self.actor, user),
            identities=queries.identities(self.actor, user),
            has_codes=_has_codes(user),
            sessions=queries.own_sessions(self.actor),
            this_session=plant_session_of(self.request),
            signatures=queries.signatures_by(self.actor, user),
            statement=ACCOUNTABILITY,
            statement_accepted=user.statement_version == ACCOUNTABILITY_VERSION,
        )


class PasswordView(Act):
    """Choose a new password."""

    form_class = PasswordForm
    title = gettext_lazy("Change password")
    verb = gettext_lazy("Change password")

    def where(self) -> str:
        """Back to the account."""
        return reverse("people:account")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say why, where the person has no choice."""
        return super().get_context_data(**{"notice": passwords.must_change(me(self.request)), **kwargs})

    def act(self, form: forms.Form) -> record.Receipt | None:
        """Prove the present password, set the new one, go on in this session alone."""
        user = proven(self.request, form.cleaned_data["current"])
        receipt = services.change_password(
            actor=self.actor, user=user, password=form.cleaned_data["password"],
            session=plant_session_of(self.request), idempotency_key=key_of(self.request),
        )  # fmt: skip
        update_session_auth_hash(self.request, User.visible_to(self.actor).get(pk=user.pk))
        return receipt


class StatementView(Act):
    """Read and accept the accountability statement."""

    template_name = "people/statement.html"
    title = gettext_lazy("Accountability statement")
    verb = gettext_lazy("Accept statement")

    def where(self) -> str:
        """Back to the account."""
        return reverse("people:account")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the statement."""
        return super().get_context_data(**{"statement": ACCOUNTABILITY, **kwargs})

    def act(self, form: forms.Form) -> record.Receipt | None:
        """Accept it."""
        return services.accept_statement(actor=self.actor, user=me(self.request), idempotency_key=key_of(self.request))


class CodesView(Act):
    """Set up one-time codes."""

    template_name = "people/codes.html"
    form_class = CodesForm
    title = gettext_lazy("Set up one-time codes")
    verb = gettext_lazy("Set up codes")

    def where(self) -> str:
        """Back to the account."""
        return reverse("people:account")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the secret, as a picture to scan and as text; a new one each time the page is opened."""
        adapter = get_adapter()
        secret = totp.get_totp_secret(regenerate=self.request.method == "GET")
        svg = adapter.build_totp_svg(adapter.build_totp_url(me(self.request), secret))
        return super().get_context_data(**{"secret": secret, "svg": svg[svg.index("<svg") :], **kwargs})

    def act(self, form: forms.Form) -> record.Receipt | None:
        """Check a first code and the password, then keep the secret."""
        user = proven(self.request, form.cleaned_data["password"])
        secret = totp.get_totp_secret()
        if not totp.validate_totp_code(secret, form.cleaned_data["code"]):
            raise BadInput(
                _("This code does not belong to the secret shown"),
                remedy=_("Type the code that the app shows now; check the clock of the device."),
            )
        receipt = services.enrol_totp(actor=self.actor, user=user, secret=secret, idempotency_key=key_of(self.request))
        totp.clear_totp_secret(self.request)
        return receipt


class CodesRemoveView(Act):
    """Remove one-time codes."""

    form_class = RevokeForm
    title = gettext_lazy("Remove one-time codes")
    verb = gettext_lazy("Remove codes")
    destructive = True

    def where(self) -> str:
        """Back to the account."""
        return reverse("people:account")

    def act(self, form: forms.Form) -> record.Receipt | None:
        """Remove them."""
        user = proven(self.request, form.cleaned_data["password"])
        return services.remove_totp(
            actor=self.actor, user=user, reason=form.cleaned_data["reason"], idempotency_key=key_of(self.request)
        )


class PasskeyAddView(Act):
    """Enrol a passkey: for log-in and for signatures, in one ceremony."""

    template_name = "people/passkey.html"
    form_class = PasskeyForm
    title = gettext_lazy("Enrol passkey")
    verb = gettext_lazy("Enrol passkey")

    def where(self) -> str:
        """Back to the account."""
        return reverse("people:account")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the options of the ceremony."""
        return super().get_context_data(
            **{"creation_options": webauthn.registration_options(me(self.request)), **kwargs}
        )

    def act(self, form: forms.Form) -> record.Receipt | None:
        """Check the ceremony and the password, then bind the key to the person."""
        registered = webauthn.registered(form.cleaned_data["credential"])
        user = proven(self.request, form.cleaned_data["password"])
        return services.enrol_passkey(
            actor=self.actor, user=user, label=form.cleaned_data["label"], registered=registered,
            idempotency_key=key_of(self.request),
        )  # fmt: skip


class PasskeyRevokeView(Act):
    """Revoke one's own passkey."""

    form_class = RevokeForm
    title = gettext_lazy("Revoke passkey")
    verb = gettext_lazy("Revoke passkey")
    destructive = True
    passkey: Passkey

    def load(self) -> None:
        """Find it among one's own."""
        found = queries.passkeys(self.actor, me(self.request)).filter(pk=self.kwargs["key"]).first()
        if found is None:
            raise Http404
        self.passkey = found

    def where(self) -> str:
        """Back to the account."""
        return reverse("people:account")

    def act(self, form: forms.Form) -> record.Receipt | None:
        """Revoke it."""
        proven(self.request, form.cleaned_data["password"])
        return services.revoke_passkey(
            actor=self.actor, passkey=self.passkey, reason=form.cleaned_data["reason"],
            idempotency_key=key_of(self.request),
        )  # fmt: skip


@require_POST
def end_session(request: HttpRequest, key: int) -> HttpResponse:
    """End another of one's own sessions.

    Args:
        request: The request.
        key: Key of the session.

    Returns:
        A redirect to the account.
    """
    session = queries.own_sessions(actor_of(request)).filter(pk=key).select_related("user__sponsor").first()
    if session is None:
        raise Http404
    sessions.end_session(session=session, why="ended elsewhere", actor=actor_of(request))
    return redirect("people:account")


@require_POST
def act_as(request: HttpRequest) -> HttpResponse:
    """Go on in another of one's own roles.

    Args:
        request: The request, with the role and the page to come back to.

    Returns:
        A redirect.
    """
    actor = services.switch_role(actor=actor_of(request), user=me(request), role=request.POST.get("role", ""))
    request.session[ROLE_KEY] = actor.role
    messages.success(request, _("You act as %(role)s now.") % {"role": actor.role})
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return HttpResponseRedirect(back if safe and back else "/")
