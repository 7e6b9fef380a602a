"""Materials, suppliers and locations."""

from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from batchwright import record
from batchwright.materials import queries, services
from batchwright.materials.models import Supplier
from batchwright.materials.services.common import today
from batchwright.materials.web import forms as asked
from batchwright.people.models import Sponsor
from batchwright.people.web.acting import Act, Page, key_of, version_of


class DefinitionsView(Page):
    """Which materials are there?"""

    action = "lot.read"
    template_name = "materials/definitions.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the materials that fit."""
        text = self.request.GET.get("text", "")[:60]
        return super().get_context_data(**kwargs, text=text, rows=queries.definitions(self.actor, text=text))


class DefinitionView(Page):
    """What must it be, and which lots of it are there?"""

    action = "lot.read"
    template_name = "materials/definition.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the material and its lots."""
        found = queries.definition(self.actor, self.kwargs["code"])
        if found is None:
            raise Http404
        lots = queries.lots(self.actor, material=found.code)
        return super().get_context_data(**kwargs, definition=found, lots=lots[:50], count=lots.count())


class SuppliersView(Page):
    """From whom may material come?"""

    action = "lot.read"
    template_name = "materials/suppliers.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the suppliers and locations."""
        return super().get_context_data(
            **kwargs, rows=queries.suppliers(self.actor), locations=queries.locations(self.actor), today=today()
        )


class _Define(Act):
    """Something new."""

    action = "material.define"
    template_name = "materials/act.html"

    def where(self) -> str:
        """Back to the list."""
        return reverse("materials:suppliers")


class DefineView(_Define):
    """Define a material."""

    form_class = asked.DefineForm
    title = _("Define material")
    verb = _("Define material")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the sponsors."""
        return {**super().get_form_kwargs(), "sponsors": Sponsor.visible_to(self.actor)}

    def where(self) -> str:
        """Back to the materials."""
        return reverse("materials:definitions")

    def act(self, form: forms.Form) -> record.Receipt:
        """Define it."""
        return services.define_material(actor=self.actor, idempotency_key=key_of(self.request), **form.cleaned_data)


class RegisterView(_Define):
    """Register a supplier."""

    form_class = asked.SupplierForm
    title = _("Register supplier")
    verb = _("Register supplier")

    def act(self, form: forms.Form) -> record.Receipt:
        """Register it."""
        return services.register_supplier(actor=self.actor, idempotency_key=key_of(self.request), **form.cleaned_data)


class DefineLocationView(_Define):
    """Define a location."""

    form_class = asked.LocationForm
    title = _("Define location")
    verb = _("Define location")

    def act(self, form: forms.Form) -> record.Receipt:
        """Define it."""
        return services.define_location(actor=self.actor, idempotency_key=key_of(self.request), **form.cleaned_data)


class DecideSupplierView(_Define):
    """Approve a supplier or withdraw the approval."""

    action = "supplier.decide"
    form_class = asked.SupplierDecisionForm
    title = _("Decide on supplier")
    verb = _("Decide on supplier")
    supplier: Supplier

    def load(self) -> None:
        """Find the supplier."""
        found = queries.suppliers(self.actor).filter(code=self.kwargs["code"]).first()
        if found is None:
            raise Http404
        self.supplier = found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say of which."""
        return super().get_context_data(
            **{"detail": self.supplier.name, "version": self.supplier.version, **kwargs}
        )

    def act(self, form: forms.Form) -> record.Receipt:
        """Decide."""
        return services.decide_supplier(
            actor=self.actor, supplier=self.supplier, expected_version=version_of(self.request),
            idempotency_key=key_of(self.request), **form.cleaned_data,
        )  # fmt: skip
