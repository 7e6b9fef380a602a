"""Putting away what a batch made: how many containers of which kind, what is in each, and where they stand."""

from typing import Any

from django import forms
from django.db.models import Case, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batchwright import materials, record
from batchwright.execution import queries, services
from batchwright.execution.models import Batch
from batchwright.execution.outputs import Output
from batchwright.execution.web.commanding import OfBatch
from batchwright.materials.web.forms import QuantityField, counted_in, offer
from batchwright.people.web.acting import version_of
from batchwright.recipes.web.forms import reason_field


class PutAwayForm(forms.Form):
    """Full containers of one kind, one that is not full, and where all of them stand."""

    kind = forms.CharField(
        label=gettext_lazy("Kind of container"), max_length=40, help_text=gettext_lazy("Such as drum, bag or tray.")
    )
    number = forms.IntegerField(label=gettext_lazy("Full containers"), min_value=0, max_value=500)
    amount = QuantityField(label=gettext_lazy("In each full one"), max_length=60, required=False)
    part = QuantityField(label=gettext_lazy("In one that is not full"), max_length=60, required=False)
    location = forms.ModelChoiceField(
        materials.Location.objects.none(), label=gettext_lazy("Location"), to_field_name="code"
    )
    reason = reason_field(required=False)

    def __init__(self, *args: Any, locations: Any, unit: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, location=locations)
        counted_in(self, unit, "amount", "part")
        self.fields["part"].help_text = _("Empty if all are full.")
        self.fields["reason"].help_text = _("Only where more is filled than was made, or it is put away late.")

    def fills(self) -> list[materials.Fill]:
        """What is filled, as the command takes it."""
        given = self.cleaned_data
        full = [materials.Fill(given["amount"], given["number"], given["kind"])] if given["number"] else []
        return full + ([materials.Fill(given["part"], 1, given["kind"])] if given["part"] is not None else [])

    def clean(self) -> dict[str, Any]:
        """Full containers hold something."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("number") and given.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("Say what is in each of the %s full containers.") % given["number"])
        return given


class PutAwayView(OfBatch):
    """Put away what a batch made."""

    action = "lot.make"
    template_name = "execution/put_away.html"
    form_class = PutAwayForm
    title = gettext_lazy("Put away")
    verb = gettext_lazy("Put away")
    output: Output | None

    def load(self) -> None:
        """Find the batch, and what it made."""
        super().load()
        self.output = queries.output(self.actor, self.batch)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the locations, those that fit first; of the same product the latest kind of container comes to mind."""
        offered = materials.locations(self.actor)
        if self.output is None:
            return {**super().get_form_kwargs(), "locations": offered, "unit": "1"}
        definition = self.output.definition
        rank = Case(When(storage_class=definition.storage_class, then=Value(0)), default=Value(1))
        offered = offered.order_by(rank, "code")
        before = materials.Container.visible_to(self.actor).filter(lot__definition=definition).exclude(kind="")
        latest = before.order_by("-id").first()
        initial = {"location": offered.first(), "kind": "" if latest is None else latest.kind}
        return {**super().get_form_kwargs(), "initial": initial, "locations": offered, "unit": definition.unit}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the reconciliation, and what stands against putting away."""
        shown: dict[str, Any] = {"output": self.output, "version": None}
        if self.output is None:
            shown["notice"] = against(self.batch)
        else:
            shown["version"] = (self.output.lot or self.batch).version
        return super().get_context_data(**{**shown, **kwargs})

    def act(self, form: forms.Form) -> record.Receipt:
        """Put it away."""
        fills = form.fills() if isinstance(form, PutAwayForm) else []
        return services.put_away(
            **self.common(), fills=fills, location=form.cleaned_data["location"], reason=form.cleaned_data["reason"],
            expected_version=version_of(self.request),
        )  # fmt: skip

    def where(self) -> str:
        """Back to the batch, where its containers stand."""
        return reverse("execution:batch", args=[self.batch.number]) + "#stock"


def against(batch: Batch) -> str:
    """Say why a batch has nothing to put away.

    Args:
        batch: A batch without an output.

    Returns:
        A sentence.
    """
    if batch.ended_at is None:
        return _("The batch has not ended; its product is put away when it is complete.")
    return _("The product of this batch is no material of the plant, or it made none.")
