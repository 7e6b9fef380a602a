"""Materials, suppliers and locations."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from batchwright import people, record
from batchwright.materials import amounts, queries, services
from batchwright.materials.models import Definition
from batchwright.materials.services.common import today
from batchwright.materials.web import forms as asked
from batchwright.people.models import Sponsor
from batchwright.people.web.acting import Act, Page, key_of, version_of
from batchwright.record.web.sorting import Columns

DEFINITIONS = Columns({
    "code": "code", "name": "name", "kind": "kind", "unit": "unit", "specification": "specification",
    "storage": "storage_class",
}, first="code")  # fmt: skip
SUPPLIERS = Columns({"code": "code", "company": "name", "site": "place", "approval": "approval"}, first="code")


class DefinitionsView(Page):
    """Which materials are there?"""

    action = "lot.read"
    template_name = "materials/definitions.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the materials that fit."""
        text = self.request.GET.get("text", "")[:60]
        rows = DEFINITIONS.sort(queries.definitions(self.actor, text=text), self.request)
        return super().get_context_data(**kwargs, text=text, rows=rows, sorted_by=DEFINITIONS.asked(self.request))


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
        each = None if found.sample_e6 is None else amounts.quantity(found.sample_e6, found.unit)
        return super().get_context_data(
            **kwargs, definition=found, lots=lots[:50], count=lots.count(), amount_each=each,
            on_record=record.history(found, self.actor).exists(),
        )  # fmt: skip


class SuppliersView(Page):
    """From whom may material come?"""

    action = "lot.read"
    template_name = "materials/suppliers.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the suppliers and locations."""
        return super().get_context_data(
            **kwargs, rows=SUPPLIERS.sort(queries.suppliers(self.actor), self.request), today=today(),
            sorted_by=SUPPLIERS.asked(self.request), locations=queries.locations(self.actor),
        )  # fmt: skip


class SupplierView(Page):
    """May material come from it, and who says so?"""

    action = "lot.read"
    template_name = "materials/supplier.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the supplier with its signatures and lots."""
        one = queries.suppliers(self.actor).filter(code=self.kwargs["code"]).first()
        if one is None:
            raise Http404
        ended = one.approved_until is not None and one.approved_until < today()
        return super().get_context_data(
            **kwargs, one=one, today=today(), approved=one.approval == "approved" and not ended,
            signatures=people.signatures_on(self.actor, one), lots=queries.lots(self.actor).filter(supplier=one)[:50],
        )  # fmt: skip


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


class PlanSamplingView(Act):
    """Say how a material is sampled."""

    action = "material.define"
    template_name = "materials/act.html"
    form_class = asked.SamplingForm
    title = _("Plan sampling")
    verb = _("Plan sampling")
    definition: Definition

    def load(self) -> None:
        """Find the material."""
        found = queries.definition(self.actor, self.kwargs["code"])
        if found is None:
            raise Http404
        self.definition = found

    def where(self) -> str:
        """Back to the material."""
        return reverse("materials:definition", args=[self.definition.code])

    def get_initial(self) -> dict[str, Any]:
        """Begin with the plan that holds."""
        one = self.definition
        limit = None if one.limit_ppm is None else Decimal(one.limit_ppm) / 10_000
        amount = None if one.sample_e6 is None else amounts.quantity(one.sample_e6, one.unit)
        return {"sampling": one.sampling, "sampling_table": one.sampling_table, "amount": amount,
                "limit_percent": limit}  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say of which."""
        said = {"detail": self.definition.name, "version": self.definition.version}
        notice = _("It holds for deliveries from now on; lots that are here keep what was asked when they came.")
        return super().get_context_data(**{**said, "notice": notice, **kwargs})

    def act(self, form: forms.Form) -> record.Receipt:
        """Plan it."""
        return services.plan_sampling(
            actor=self.actor, definition=self.definition, expected_version=version_of(self.request),
            idempotency_key=key_of(self.request), **form.cleaned_data,
        )  # fmt: skip
