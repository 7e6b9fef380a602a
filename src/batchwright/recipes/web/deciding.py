"""The steps of a version on pages: submitted and approved with a signature, in force, out of use."""

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views import View

from batchwright import people, record
from batchwright.kernel.errors import BatchwrightError, DomainError
from batchwright.people import meanings
from batchwright.people.web.acting import actor_of, address_of, evidence_of, key_of, plant_session_of
from batchwright.recipes import queries, services
from batchwright.recipes.models import RecipeVersion, VersionState
from batchwright.recipes.services.common import checked_against, require_state
from batchwright.recipes.services.lifecycle import require_ready, shown_for
from batchwright.recipes.statements import MEANINGS, STEPS
from batchwright.recipes.web import forms as asked
from batchwright.recipes.web.editing import OfVersion
from batchwright.recipes.web.reading import version_of


class _SignedStep(View):
    """Show the whole version and how it differs, and sign it."""

    action: ClassVar[str]
    step: ClassVar[str]
    title: ClassVar[Any]
    version: RecipeVersion

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse who may not sign, before anything is read."""
        people.authorize(actor_of(request), self.action)
        self.version = version_of(actor_of(request), kwargs["identifier"], kwargs["number"])
        return super().dispatch(request, *args, **kwargs)

    def act(self, **given: Any) -> record.Receipt:
        """Make the domain call."""
        raise NotImplementedError

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Show what is signed."""
        return self._panel(request)

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Sign it; what was refused is on record, and the page says why."""
        try:
            self.act(
                actor=actor_of(request), version=self.version, name=request.POST.get("statement", ""),
                given=evidence_of(request), address=address_of(request), session=plant_session_of(request),
                idempotency_key=key_of(request),
            )  # fmt: skip
        except record.Stale:
            raise
        except BatchwrightError as error:
            return self._panel(request, error=str(error), status=403 if isinstance(error, people.Refused) else 400)
        return HttpResponseRedirect(self._where())

    def _where(self) -> str:
        return reverse("recipes:version", args=[self.version.recipe.identifier, self.version.number])

    def _panel(self, request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
        actor, errors, prepared = actor_of(request), [error] if error else [], None
        try:
            require_state(self.version, VersionState(STEPS[self.step][0]))
            examined = checked_against(actor, self.version.text.source)
            require_ready(self.version, examined)
            if self.step == "approve":
                people.require_other_person(actor, *queries.writers(actor, self.version))
            prepared = people.prepare(
                actor=actor, row=self.version, meaning=MEANINGS[self.step],
                shown=shown_for(actor, self.version, self.step, examined), session=plant_session_of(request),
            )  # fmt: skip
        except people.Refused as refusal:
            errors, status = [*dict.fromkeys([*errors, str(refusal)])], 403
        except DomainError as error_of_state:
            errors, status = [*errors, str(error_of_state)], status if errors else 400
        context = {
            "errors": errors, "prepared": prepared, "meaning": meanings.meaning(MEANINGS[self.step]),
            "address": request.get_full_path(), "title": self.title, "back": self._where(), "shown": self.version,
            "recipe": self.version.recipe, "detail": f"{self.version} · {self.version.recipe.name}",
        }  # fmt: skip
        return render(request, "recipes/sign.html", context, status=status)


class SubmitView(_SignedStep):
    """Sign a draft as who prepared it."""

    action = "recipe.submit"
    step = "submit"
    title = gettext_lazy("Submit recipe")

    def act(self, **given: Any) -> record.Receipt:
        """Submit it."""
        return services.submit(**given)


class ApproveView(_SignedStep):
    """Sign a version as the second person."""

    action = "recipe.approve"
    step = "approve"
    title = gettext_lazy("Approve recipe")

    def act(self, **given: Any) -> record.Receipt:
        """Approve it."""
        return services.approve(**given)


class ReturnView(OfVersion):
    """Give a version back to its author."""

    action = "recipe.approve"
    form_class = asked.ReasonForm
    title = gettext_lazy("Return to author")
    verb = gettext_lazy("Return to author")

    def act(self, form: forms.Form) -> record.Receipt:
        """Return it."""
        return services.return_to_author(**self.common(), reason=form.cleaned_data["reason"])


class MakeEffectiveView(OfVersion):
    """Put an approved version in force."""

    action = "recipe.make_effective"
    form_class = asked.EffectiveForm
    title = gettext_lazy("Make recipe effective")
    verb = gettext_lazy("Make recipe effective")

    def act(self, form: forms.Form) -> record.Receipt:
        """Put it in force."""
        return services.make_effective(**self.common(), **form.cleaned_data)


class WithdrawView(OfVersion):
    """Take a version out of use."""

    action = "recipe.read"
    form_class = asked.ReasonForm
    title = gettext_lazy("Withdraw version")
    verb = gettext_lazy("Withdraw version")
    destructive = True

    def load(self) -> None:
        """A draft is withdrawn by who may write; anything later by who makes recipes effective."""
        super().load()
        people.authorize(self.actor, "recipe.author" if self.version.state == "draft" else "recipe.make_effective")

    def act(self, form: forms.Form) -> record.Receipt:
        """Withdraw it."""
        return services.withdraw(**self.common(), reason=form.cleaned_data["reason"])
