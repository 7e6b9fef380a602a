"""Training: who is trained in what, and the signatures that make it so."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from batchwright import record
from batchwright.kernel.errors import BatchwrightError
from batchwright.people import access, meanings, queries, services, signing
from batchwright.people.models import Edition, Qualification, TrainingRecord, User
from batchwright.people.permissions import Refused
from batchwright.people.services.training import shown
from batchwright.people.web.acting import (
    Act,
    Page,
    actor_of,
    address_of,
    evidence_of,
    key_of,
    plant_session_of,
    version_of,
)
from batchwright.people.web.forms import CorrectForm, IssueForm, PlanForm, QualificationForm, beginning, end


class TrainingView(Page):
    """Who is trained in what?"""

    action = "training.read"
    template_name = "people/training.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the table of people and qualifications."""
        editions, rows = queries.trainings(self.actor)
        return super().get_context_data(**kwargs, editions=editions, rows=rows)


class QualificationView(Page):
    """What is trained, in which edition?"""

    action = "training.read"
    template_name = "people/qualification.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the editions and what asks for it."""
        found = queries.qualification(self.actor, self.kwargs["code"])
        if found is None:
            raise Http404
        return super().get_context_data(
            **kwargs, qualification=found, editions=found.editions.all(), needs=found.needs.all()
        )


class TrainingRecordView(Page):
    """Does this training hold?"""

    action = "training.read"
    template_name = "people/training_record.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the training, its signatures with their state, and what can be signed next."""
        training = _training(self.actor, self.kwargs["key"])
        return super().get_context_data(
            **kwargs,
            training=training,
            signatures=queries.signatures_on(self.actor, training),
            entries=record.history(training, self.actor).order_by("-seq"),
            next_meaning=_next_meaning(self.actor, training),
        )


def _training(actor: record.Actor, key: int) -> TrainingRecord:
    found = queries.training(actor, key)
    if found is None:
        raise Http404
    return found


def _next_meaning(actor: record.Actor, training: TrainingRecord) -> meanings.Meaning | None:
    """What the actor can sign on this training now, if anything."""
    own = training.user.username == actor.id
    code = ""
    if training.read_at is None and own:
        code = "read_and_understood"
    elif training.read_at is not None and training.achieved_at is None and not own:
        code = "assessed_competent"
    return meanings.meaning(code) if code and access.may(actor, f"sign.{code}") else None


class TrainingSignView(View):
    """Show exactly what is signed, and sign it."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse who may not sign so, before anything is read."""
        meaning = kwargs["meaning"]
        if meaning not in ("read_and_understood", "assessed_competent"):
            raise Http404
        access.authorize(actor_of(request), f"sign.{meaning}")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, key: int, meaning: str) -> HttpResponse:
        """Show it."""
        return self._panel(request, _training(actor_of(request), key), meaning)

    def post(self, request: HttpRequest, key: int, meaning: str) -> HttpResponse:
        """Sign it; what was refused is on record, and the page says why."""
        training = _training(actor_of(request), key)
        command = services.sign_read if meaning == "read_and_understood" else services.sign_assessment
        try:
            command(
                actor=actor_of(request), training=training, name=request.POST.get("statement", ""),
                given=evidence_of(request), session=plant_session_of(request), address=address_of(request),
                idempotency_key=key_of(request),
            )  # fmt: skip
        except record.Stale:
            raise
        except BatchwrightError as error:
            status = 403 if isinstance(error, Refused) else 400
            return self._panel(request, training, meaning, error=str(error), status=status)
        return redirect("people:training-record", key=key)

    def _panel(
        self, request: HttpRequest, training: TrainingRecord, meaning: str, *, error: str = "", status: int = 200
    ) -> HttpResponse:
        """Prepare what is shown anew: a statement is signed once and grows old."""
        actor = actor_of(request)
        errors = [error] if error else []
        prepared = None
        try:
            prepared = signing.prepare(
                actor=actor, row=training, meaning=meaning, shown=shown(training, meaning),
                session=plant_session_of(request),
            )  # fmt: skip
        except Refused as refusal:
            errors.append(str(refusal))
            status = 403
        context = {
            "training": training, "errors": errors, "prepared": prepared, "meaning": meanings.meaning(meaning),
            "back": reverse("people:training-record", args=[training.pk]),
        }  # fmt: skip
        return render(request, "people/training_sign.html", context, status=status)


class PlanView(Act):
    """Plan a training."""

    action = "training.plan"
    form_class = PlanForm
    title = gettext_lazy("Plan training")
    verb = gettext_lazy("Plan training")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the plant's people and the effective editions."""
        effective = [one.pk for one in queries.effective_editions(self.actor)]
        return {
            **super().get_form_kwargs(),
            "people": User.visible_to(self.actor).filter(is_active=True, sponsor__isnull=True),
            "editions": Edition.visible_to(self.actor).filter(pk__in=effective),
        }

    def where(self) -> str:
        """Back to the table."""
        return reverse("people:training")

    def act(self, form: forms.Form) -> record.Receipt:
        """Plan it."""
        given = form.cleaned_data
        return services.plan_training(
            actor=self.actor, user=given["person"], edition=given["edition"], idempotency_key=key_of(self.request)
        )


class DefineView(Act):
    """Define a qualification."""

    action = "training.define"
    form_class = QualificationForm
    title = gettext_lazy("Define qualification")
    verb = gettext_lazy("Define qualification")

    def where(self) -> str:
        """Back to the table."""
        return reverse("people:training")

    def act(self, form: forms.Form) -> record.Receipt:
        """Define it."""
        given = form.cleaned_data
        return services.define_qualification(
            actor=self.actor, code=given["code"], title=given["title"], document=given["document"],
            edition=given["edition"], effective_at=beginning(given["effective"]), validity_days=given["validity_days"],
            needed_for=tuple(filter(None, map(str.strip, given["needed_for"].split(",")))),
            idempotency_key=key_of(self.request),
        )  # fmt: skip


class IssueView(Act):
    """Issue an edition."""

    action = "training.define"
    form_class = IssueForm
    title = gettext_lazy("Issue edition")
    verb = gettext_lazy("Issue edition")
    qualification: Qualification

    def load(self) -> None:
        """Find the qualification."""
        found = queries.qualification(self.actor, self.kwargs["code"])
        if found is None:
            raise Http404
        self.qualification = found

    def where(self) -> str:
        """Back to the qualification."""
        return reverse("people:qualification", args=[self.qualification.code])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say of what."""
        return super().get_context_data(**{"detail": self.qualification.title, **kwargs})

    def act(self, form: forms.Form) -> record.Receipt:
        """Issue it."""
        given = form.cleaned_data
        return services.issue_edition(
            actor=self.actor, qualification=self.qualification, document=given["document"], edition=given["edition"],
            effective_at=beginning(given["effective"]), validity_days=given["validity_days"], reason=given["reason"],
            idempotency_key=key_of(self.request),
        )  # fmt: skip


class CorrectView(Act):
    """Correct a training's end; its assessment does not hold any more."""

    action = "training.plan"
    form_class = CorrectForm
    title = gettext_lazy("Correct training")
    verb = gettext_lazy("Correct training")
    destructive = True
    training: TrainingRecord

    def load(self) -> None:
        """Find the training."""
        self.training = _training(self.actor, self.kwargs["key"])

    def where(self) -> str:
        """Back to the training."""
        return reverse("people:training-record", args=[self.training.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what follows."""
        warning = _("The signature of the assessment becomes void: the training has to be planned and signed anew.")
        return super().get_context_data(
            **{"detail": self.training.subject, "notice": warning, "version": self.training.version, **kwargs}
        )

    def act(self, form: forms.Form) -> record.Receipt:
        """Correct it."""
        return services.correct_training(
            actor=self.actor, training=self.training, expires_at=end(form.cleaned_data["expires"]),
            reason=form.cleaned_data["reason"], expected_version=version_of(self.request),
            idempotency_key=key_of(self.request),
        )  # fmt: skip
