"""What every page of people has in common: who asks, what may be done, and how an act answers."""

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.generic.base import TemplateView
from django.views.generic.edit import FormView

from batchwright import record
from batchwright.kernel.errors import BatchwrightError
from batchwright.people import access
from batchwright.people.evidence import Evidence, PasskeyEvidence, PasswordEvidence
from batchwright.people.models import PlantSession
from batchwright.people.permissions import Refused

if TYPE_CHECKING:
    _Form = FormView[forms.Form]
else:  # Django's views take a parameter for the type checker alone
    _Form = FormView

KEY_LENGTH = 64


def actor_of(request: HttpRequest) -> record.Actor:
    """Give who asks; the middleware let only signed-in people come so far.

    Args:
        request: The request.

    Returns:
        The actor.
    """
    return cast(Any, request).actor  # type: ignore[no-any-return]


def evidence_of(request: HttpRequest) -> Evidence:
    """Read what a signer gave: the form of every signature has these fields.

    Args:
        request: The request.

    Returns:
        The passkey's assertion, or the password entered with the user id; not judged yet.

    Raises:
        BadInput: If the assertion cannot be read.
    """
    username = request.POST.get("username", "")[:63]
    if request.POST.get("method") == "passkey":
        return PasskeyEvidence.read(request.POST.get("assertion", ""), username=username)
    return PasswordEvidence(password=request.POST.get("password", "")[:256], username=username)


def plant_session_of(request: HttpRequest) -> PlantSession:
    """Give the session of who asks.

    Args:
        request: The request.

    Returns:
        The session.
    """
    return cast(Any, request).plant_session  # type: ignore[no-any-return]


def address_of(request: HttpRequest) -> str:
    """Give the network address of the browser.

    Args:
        request: The request.

    Returns:
        The address.
    """
    return str(request.META.get("REMOTE_ADDR", ""))


def key_of(request: HttpRequest) -> str | None:
    """Give the idempotency key that the form was shown with.

    Args:
        request: The request.

    Returns:
        The key, or None if the form had none.
    """
    return request.POST.get("idempotency_key", "")[:KEY_LENGTH] or None


def version_of(request: HttpRequest) -> int | None:
    """Give the version that the form was shown with.

    Args:
        request: The request.

    Returns:
        The version, or None if the form had none.
    """
    text = request.POST.get("expected_version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


class Page(TemplateView):
    """A page that reads."""

    action: ClassVar[str] = "account.use"
    """What must be held to see it."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse who may not see the page, before anything is read."""
        access.authorize(actor_of(request), self.action)
        return super().dispatch(request, *args, **kwargs)

    @property
    def actor(self) -> record.Actor:
        """Who asks."""
        return actor_of(self.request)


class Act(_Form):
    """A page that acts: a form, one command, and a redirect; what is refused is said beside the form."""

    action: ClassVar[str] = "account.use"
    template_name = "people/act.html"
    form_class: Any = forms.Form
    title: ClassVar[Any] = ""
    verb: ClassVar[Any] = ""
    destructive: ClassVar[bool] = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse who may not act, before anything is read."""
        access.authorize(actor_of(request), self.action)
        self.load()
        return super().dispatch(request, *args, **kwargs)

    @property
    def actor(self) -> record.Actor:
        """Who acts."""
        return actor_of(self.request)

    def load(self) -> None:
        """Read what the act is about; 404 where the actor may not know of it."""

    def act(self, form: forms.Form) -> record.Receipt | None:
        """Make the domain call.

        Args:
            form: The valid form.

        Returns:
            Where the entry stands, to be shown; None if there is nothing to say.
        """
        raise Refused(_("This page does nothing"))

    def where(self) -> str:
        """Say which page follows."""
        return self.request.path

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Act, and answer with a redirect, or with the form and what is wrong."""
        try:
            receipt = self.act(form)
        except record.Stale:
            raise
        except BatchwrightError as error:
            form.add_error(None, str(error))
            return self.render_to_response(
                self.get_context_data(form=form), status=403 if isinstance(error, Refused) else 400
            )
        if receipt is not None:
            messages.success(self.request, _("Recorded as entry #%(seq)s.") % {"seq": receipt.seq})
        return HttpResponseRedirect(self.where())

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        """Show the form with what is wrong beside each field."""
        return self.render_to_response(self.get_context_data(form=form), status=400)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what the form's page shows."""
        shown = {"title": self.title, "verb": self.verb, "destructive": self.destructive, "back": self.where()}
        return super().get_context_data(**{**shown, **kwargs})
