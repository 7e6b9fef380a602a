"""Lots that are made here, samples by plan, reconciliation."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batchwright import record
from batchwright.materials import amounts, queries, services
from batchwright.materials.services.sampling import unsampled
from batchwright.materials.web import forms as asked
from batchwright.materials.web.lots import OfLot
from batchwright.people.web.acting import Act, key_of, version_of


class MakeView(Act):
    """Begin a lot that is made here."""

    action = "lot.make"
    template_name = "materials/act.html"
    form_class = asked.MakeForm
    title = gettext_lazy("Begin lot")
    verb = gettext_lazy("Begin lot")
    _made = ""

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer what is made here."""
        made = queries.definitions(self.actor).filter(kind__in=("intermediate", "product"))
        return {**super().get_form_kwargs(), "definitions": made}

    def where(self) -> str:
        """On to the new lot."""
        return reverse("materials:lot", args=[self._made]) if self._made else reverse("materials:lots")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what follows."""
        said = _("It has no containers yet: what is used for it and what is filled follow.")
        return super().get_context_data(**{"detail": said, **kwargs})

    def act(self, form: forms.Form) -> record.Receipt:
        """Begin it."""
        receipt = services.make_lot(actor=self.actor, idempotency_key=key_of(self.request), **form.cleaned_data)
        self._made = receipt.subject.removeprefix("lot/")
        return receipt


class CertifyView(OfLot):
    """Enter what the certificate of a lot says of its potency."""

    action = "lot.certify"
    form_class = asked.CertifyForm
    title = gettext_lazy("Enter potency")
    verb = gettext_lazy("Enter potency")

    def act(self, form: forms.Form) -> record.Receipt:
        """Enter it."""
        return services.certify_lot(
            actor=self.actor, lot=self.lot, expected_version=version_of(self.request),
            idempotency_key=key_of(self.request), **form.cleaned_data,
        )  # fmt: skip


class FillView(OfLot):
    """Fill what was made into a container."""

    action = "lot.make"
    form_class = asked.FillForm
    title = gettext_lazy("Fill container")
    verb = gettext_lazy("Fill container")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the locations."""
        return {**super().get_form_kwargs(), "locations": queries.locations(self.actor)}

    def act(self, form: forms.Form) -> record.Receipt:
        """Fill it."""
        return services.produce(
            actor=self.actor, lot=self.lot, idempotency_key=key_of(self.request), **form.cleaned_data
        )


class CountInView(OfLot):
    """List a container of a lot that was taken over from another system."""

    action = "stock.count"
    form_class = asked.CountInForm
    title = gettext_lazy("Count container in")
    verb = gettext_lazy("Count container in")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the locations."""
        return {**super().get_form_kwargs(), "locations": queries.locations(self.actor)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what it is for."""
        said = _("One container of it that stands in the store, as it was counted there; then print its label.")
        return super().get_context_data(**{"notice": said, **kwargs})

    def act(self, form: forms.Form) -> record.Receipt:
        """List it."""
        return services.count_in(
            actor=self.actor, lot=self.lot, idempotency_key=key_of(self.request), **form.cleaned_data
        )


class SampleLotView(OfLot):
    """Take the planned samples of a delivery."""

    action = "stock.sample"
    form_class = asked.SampleLotForm
    title = gettext_lazy("Take planned samples")
    verb = gettext_lazy("Take planned samples")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say of which containers, and how much."""
        each, unit = self.lot.definition.sample_e6, self.lot.definition.unit
        waiting = [one.identifier for one in unsampled(self.lot)]
        said = _("Nothing is left to sample by plan.")
        if waiting and each is not None:
            said = _("%(amount)s of each of %(n)s containers: %(names)s.") % {
                "amount": amounts.quantity(each, unit), "n": len(waiting), "names": ", ".join(waiting),
            }  # fmt: skip
        return super().get_context_data(**{"notice": said, **kwargs})

    def act(self, form: forms.Form) -> record.Receipt:
        """Take them."""
        return services.sample_lot(
            actor=self.actor, lot=self.lot, sample_name=form.cleaned_data["sample_name"],
            expected_version=version_of(self.request), idempotency_key=key_of(self.request),
        )  # fmt: skip


class ReconcileView(OfLot):
    """Set what came in of a lot beside what became of it."""

    action = "stock.count"
    template_name = "materials/reconcile.html"
    form_class = asked.ReconcileForm
    title = gettext_lazy("Reconcile lot")
    verb = gettext_lazy("Reconcile lot")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the figures."""
        return super().get_context_data(**{"balance": queries.balance(self.actor, self.lot), **kwargs})

    def act(self, form: forms.Form) -> record.Receipt:
        """Reconcile it."""
        return services.reconcile_lot(
            actor=self.actor, lot=self.lot, expected_version=version_of(self.request),
            idempotency_key=key_of(self.request), **form.cleaned_data,
        )  # fmt: skip
