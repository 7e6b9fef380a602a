"""Training: who is trained in what, and the signatures that make it so."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batchwright import record
from batchwright.people import access, meanings, queries, services
from batchwright.people.models import Edition, Qualification, TrainingRecord, User
from batchwright.people.services.training import shown
from batchwright.people.web.acting import Act, Page, key_of, version_of
from batchwright.people.web.forms import CorrectForm, IssueForm, PlanForm, QualificationForm, beginning, end
from batchwright.people.web.signing import SignedAct


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


class TrainingSignView(SignedAct):
    """Show exactly what is signed of a training, and sign it."""

    title = gettext_lazy("Sign training")
    trail = "people/training_trail.html"
    row: TrainingRecord

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find out what is signed; who may sign so is looked at before anything is read."""
        if kwargs["meaning"] not in ("read_and_understood", "assessed_competent"):
            raise Http404
        self.action = f"sign.{kwargs['meaning']}"
        return super().dispatch(request, *args, **kwargs)

    def load(self) -> None:
        """Find the training."""
        self.row = _training(self.actor, self.kwargs["key"])

    def meaning(self, given: dict[str, Any]) -> str:
        """As the address says."""
        return str(self.kwargs["meaning"])

    def shown(self, given: dict[str, Any]) -> str:
        """Write what is signed."""
        return shown(self.row, self.kwargs["meaning"])

    def act(self, given: dict[str, Any], signature: dict[str, Any]) -> record.Receipt:
        """Sign it."""
        read = self.kwargs["meaning"] == "read_and_understood"
        command = services.sign_read if read else services.sign_assessment
        return command(actor=self.actor, training=self.row, **signature)

    def where(self) -> str:
        """Back to the training."""
        return reverse("people:training-record", args=[self.row.pk])

    def detail(self) -> str:
        """Say whose."""
        return self.row.user.printed_name

    def facts(self) -> dict[str, Any]:
        """Name the training in the trail."""
        return {"training": self.row}


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
