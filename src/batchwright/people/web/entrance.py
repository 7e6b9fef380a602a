"""Signing in and out: allauth's views, with what they refuse recorded."""

from allauth.account.internal.decorators import login_not_required
from allauth.account.views import LoginView, LogoutView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django import forms
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _

from batchwright.people import sessions
from batchwright.people.adapters.accounts import attempt_of, turn_away
from batchwright.people.models import User
from batchwright.people.permissions import Refused


class SignInView(LoginView):  # type: ignore[misc]  # allauth carries no types
    """Log-in by user name and password; the adapter records what it refuses."""


@method_decorator(login_not_required, name="dispatch")
class PasskeySignInView(LoginWebAuthnView):  # type: ignore[misc]
    """Log-in by passkey alone."""

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        """Record a passkey that proved nobody; whose it claims to be is only a claim and locks nobody."""
        sessions.refuse_unknown(typed="", why=_("passkey not accepted"), attempt=attempt_of(self.request, "passkey"))
        response: HttpResponse = super().form_invalid(form)
        return response


@method_decorator(login_not_required, name="dispatch")
class SecondFactorView(AuthenticateView):  # type: ignore[misc]
    """The second proof, where a person has set one up."""

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        """Record and count a wrong code or passkey: the password was right already."""
        user: User = self.stage.login.user
        method = "one-time code" if "code" in self.request.POST else "passkey"
        attempt = attempt_of(self.request, method)
        sessions.refuse_known(user=user, why=_("second factor not accepted"), attempt=attempt, counts=True)
        try:
            sessions.require_unlocked_now(user)
        except Refused as refusal:
            return turn_away(self.request, refusal)
        response: HttpResponse = super().form_invalid(form)
        return response


class SignOutView(LogoutView):  # type: ignore[misc]
    """Log-out, by a form alone."""
