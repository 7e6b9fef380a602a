"""Stopping a lot, and deciding on lots, held containers and suppliers with a signature."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batchwright import record
from batchwright.materials import queries, services, statements
from batchwright.materials.models import Container, Lot, Supplier
from batchwright.materials.services.common import today
from batchwright.materials.services.definitions import registrars_of
from batchwright.materials.services.holding import DECISIONS, workers_on
from batchwright.materials.web import forms as asked
from batchwright.materials.web.containers import container_of
from batchwright.materials.web.lots import OfLot, lot_of
from batchwright.people.web.acting import key_of, version_of
from batchwright.people.web.signing import SignedAct


class HoldView(OfLot):
    """Put a lot on hold."""

    action = "lot.hold"
    form_class = asked.ReasonForm
    title = gettext_lazy("Put lot on hold")
    verb = gettext_lazy("Put lot on hold")
    destructive = True

    def act(self, form: forms.Form) -> record.Receipt:
        """Stop it."""
        return services.hold_lot(
            actor=self.actor, lot=self.lot, reason=form.cleaned_data["reason"],
            expected_version=version_of(self.request), idempotency_key=key_of(self.request),
        )  # fmt: skip


class _SignedOnLot(SignedAct):
    """A signed decision on a lot."""

    action = "lot.decide"
    trail = "materials/trail.html"
    row: Lot

    def load(self) -> None:
        """Find the lot."""
        self.row = lot_of(self.actor, self.kwargs["identifier"])

    def where(self) -> str:
        """Back to the lot."""
        return reverse("materials:lot", args=[self.row.identifier])

    def detail(self) -> str:
        """Say which."""
        return f"{self.row.identifier} · {self.row.definition.name}"

    def facts(self) -> dict[str, Any]:
        """Name the lot in the trail."""
        return {"lot": self.row}


class DecideView(_SignedOnLot):
    """Approve or reject a lot."""

    form_class = asked.ReasonForm

    def load(self) -> None:
        """Find the lot, and what is decided."""
        if self.kwargs["meaning"] not in DECISIONS:
            raise Http404
        super().load()
        self.title = _("Approve lot") if self.kwargs["meaning"] == "approved" else _("Reject lot")

    def workers(self) -> tuple[str, ...]:
        """Whoever made it may reject it."""
        return workers_on(self.row) if self.kwargs["meaning"] == "approved" else ()

    def meaning(self, given: dict[str, Any]) -> str:
        """As the decision."""
        return statements.MEANINGS[self.kwargs["meaning"]]

    def shown(self, given: dict[str, Any]) -> str:
        """Write what is signed."""
        return statements.of_lot(self.row, self.kwargs["meaning"], given["reason"])

    def act(self, given: dict[str, Any], signature: dict[str, Any]) -> record.Receipt:
        """Decide."""
        return services.decide_lot(
            actor=self.actor, lot=self.row, status=self.kwargs["meaning"], reason=given["reason"], **signature
        )


class RetestView(_SignedOnLot):
    """Set the next retest."""

    form_class = asked.RetestForm
    title = gettext_lazy("Set next retest")

    def form(self) -> forms.Form:
        """Propose the day that follows from the definition."""
        days = self.row.definition.retest_days
        initial = None if days is None else today() + timedelta(days=days)
        if initial is not None and self.row.expires_on is not None:
            initial = min(initial, self.row.expires_on)
        return asked.RetestForm(self.request.GET or None, initial={"retest_on": initial})

    def meaning(self, given: dict[str, Any]) -> str:
        """The lot stays approved for longer."""
        return "approved"

    def shown(self, given: dict[str, Any]) -> str:
        """Write what is signed."""
        return statements.of_retest(self.row, given["retest_on"], given["reason"])

    def act(self, given: dict[str, Any], signature: dict[str, Any]) -> record.Receipt:
        """Set it."""
        return services.retest_lot(actor=self.actor, lot=self.row, **given, **signature)


class FreeView(SignedAct):
    """Free a held container."""

    action = "lot.decide"
    form_class = asked.ReasonForm
    title = gettext_lazy("Free container")
    trail = "materials/trail.html"
    row: Container

    def load(self) -> None:
        """Find the container."""
        self.row = container_of(self.actor, self.kwargs["identifier"])

    def where(self) -> str:
        """Back to the container."""
        return reverse("materials:container", args=[self.row.identifier])

    def detail(self) -> str:
        """Say which."""
        return f"{self.row.identifier} · {self.row.lot.identifier} {self.row.lot.definition.name}"

    def facts(self) -> dict[str, Any]:
        """Name lot and container in the trail."""
        return {"container": self.row, "lot": self.row.lot}

    def workers(self) -> tuple[str, ...]:
        """Whoever held it does not free it."""
        return (self.row.held_by,)

    def meaning(self, given: dict[str, Any]) -> str:
        """It may be used again."""
        return "approved"

    def shown(self, given: dict[str, Any]) -> str:
        """Write what is signed."""
        return statements.of_container(self.row, given["reason"])

    def act(self, given: dict[str, Any], signature: dict[str, Any]) -> record.Receipt:
        """Free it."""
        return services.free_container(actor=self.actor, container=self.row, reason=given["reason"], **signature)


class DecideSupplierView(SignedAct):
    """Approve a supplier or withdraw the approval."""

    action = "supplier.decide"
    form_class = asked.SupplierDecisionForm
    title = gettext_lazy("Decide on supplier")
    trail = "materials/trail.html"
    row: Supplier

    def load(self) -> None:
        """Find the supplier."""
        found = queries.suppliers(self.actor).filter(code=self.kwargs["code"]).first()
        if found is None:
            raise Http404
        self.row = found

    def where(self) -> str:
        """Back to the supplier."""
        return reverse("materials:supplier", args=[self.row.code])

    def workers(self) -> tuple[str, ...]:
        """Whoever registered it does not approve it."""
        return registrars_of(self.row) if self.request.GET.get("approval") == "approved" else ()

    def meaning(self, given: dict[str, Any]) -> str:
        """As the decision."""
        return statements.MEANINGS[given["approval"]]

    def shown(self, given: dict[str, Any]) -> str:
        """Write what is signed."""
        return statements.of_supplier(self.row, given["approval"], given["approved_until"], given["reason"])

    def act(self, given: dict[str, Any], signature: dict[str, Any]) -> record.Receipt:
        """Decide."""
        return services.decide_supplier(actor=self.actor, supplier=self.row, **given, **signature)
