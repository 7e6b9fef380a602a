"""What the plant is: its elements and classes, how these are cleaned, and what they ask for between batches."""

from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.people.web.acting import key_of, version_of
from batchwright.plant import definition_queries, queries, services
from batchwright.plant.models import EquipmentClass, EquipmentElement
from batchwright.plant.web import definition_forms as asked
from batchwright.plant.web.entering import PlantAct, PlantPage


def _class_of(actor: record.Actor, code: str) -> EquipmentClass:
    found = definition_queries.equipment_class(actor, code)
    if found is None:
        raise Http404
    return found


def _flat(branches: list[queries.Branch], depth: int = 0) -> list[tuple[int, EquipmentElement]]:
    rows: list[tuple[int, EquipmentElement]] = []
    for one in branches:
        rows += [(depth, one.element), *_flat(list(one.parts), depth + 1)]
    return rows


class EquipmentView(PlantPage):
    """What does the plant consist of?"""

    template_name = "plant/equipment.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add elements and classes."""
        rows = _flat(queries.tree(self.actor))
        return super().get_context_data(**kwargs, rows=rows, classes=queries.classes(self.actor))


class ClassView(PlantPage):
    """What does this class offer, how is it cleaned, and what does it ask for between batches?"""

    template_name = "plant/class.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add everything about the class."""
        one, now = _class_of(self.actor, self.kwargs["code"]), clock.now()
        rules = list(definition_queries.rules(self.actor, one))
        return super().get_context_data(
            **kwargs, one=one, capabilities=definition_queries.of_class(self.actor, one).values(),
            editions=definition_queries.editions(self.actor, one), now=now, rules=rules,
            effective=definition_queries.effective_editions(self.actor, one),
            rule=next((rule.pk for rule in rules if rule.effective_at <= now), None),
            members=queries.elements(self.actor).filter(equipment_class=one),
        )  # fmt: skip


class DefinesView(PlantAct):
    """Define something of the plant."""

    action = "plant.define"
    template_name = "plant/define.html"

    def where(self) -> str:
        """Back to what the plant consists of."""
        return reverse("plant:equipment")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the codes of what can be offered."""
        known = queries.vocabulary(self.actor) if "offered" in self.get_form_class().base_fields else {}
        return super().get_context_data(**{"known": sorted(known.values(), key=lambda one: one.code), **kwargs})


class AddView(DefinesView):
    """Add an element."""

    form_class = asked.AddEquipmentForm
    title = _("Add equipment")
    verb = _("Add equipment")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer what can hold it, and the classes."""
        offered = {"elements": queries.elements(self.actor), "classes": queries.classes(self.actor)}
        return {**super().get_form_kwargs(), **offered}

    def get_initial(self) -> dict[str, Any]:
        """Propose the place that the page before it was about."""
        return {"parent": self.request.GET.get("parent", "")[:40]}

    def act(self, form: forms.Form) -> record.Receipt:
        """Add it."""
        return services.add_equipment(actor=self.actor, idempotency_key=key_of(self.request), **form.cleaned_data)


class OfElement(DefinesView):
    """An act on one element."""

    element: EquipmentElement

    def load(self) -> None:
        """Find it."""
        found = queries.element(self.actor, self.kwargs["tag"])
        if found is None or found.tag != self.kwargs["tag"]:
            raise Http404
        self.element = found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say which."""
        shown = {"detail": str(self.element), "version": self.element.version}
        return super().get_context_data(**{**shown, **kwargs})


class ChangeView(OfElement):
    """Change what is said of an element."""

    form_class = asked.ChangeEquipmentForm
    title = _("Change equipment")
    verb = _("Change equipment")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer what can hold it."""
        offered = queries.elements(self.actor).exclude(pk=self.element.pk)
        return {**super().get_form_kwargs(), "elements": offered, "classes": queries.classes(self.actor)}

    def get_initial(self) -> dict[str, Any]:
        """Propose what is said now."""
        one, own = self.element, definition_queries.own_offers(self.actor, self.element)
        return {
            "name": one.name, "parent": one.parent, "serial_number": one.serial_number,
            "offered": "\n".join(f"{code} {value}" for code, value in own.items()),
        }  # fmt: skip

    def act(self, form: forms.Form) -> record.Receipt:
        """Change it; what it offers is written anew only where it differs."""
        given = dict(form.cleaned_data)
        if given["offered"] == definition_queries.own_offers(self.actor, self.element):
            given["offered"] = None
        return services.change_equipment(
            actor=self.actor, element=self.element, expected_version=version_of(self.request),
            idempotency_key=key_of(self.request), **given,
        )  # fmt: skip


class RetireView(OfElement):
    """Retire an element."""

    form_class = asked.GroundForm
    title = _("Retire equipment")
    verb = _("Retire equipment")
    destructive = True

    def act(self, form: forms.Form) -> record.Receipt:
        """Retire it."""
        return services.retire_equipment(
            actor=self.actor, element=self.element, expected_version=version_of(self.request),
            idempotency_key=key_of(self.request), **form.cleaned_data,
        )  # fmt: skip


class DefineClassView(DefinesView):
    """Define a class and what its units offer."""

    form_class = asked.ClassForm
    title = _("Define class")
    verb = _("Define class")

    def act(self, form: forms.Form) -> record.Receipt:
        """Define it."""
        return services.define_class(actor=self.actor, idempotency_key=key_of(self.request), **form.cleaned_data)


class OfClass(DefinesView):
    """An act on one class."""

    equipment_class: EquipmentClass

    def load(self) -> None:
        """Find it."""
        self.equipment_class = _class_of(self.actor, self.kwargs["code"])

    def where(self) -> str:
        """Back to the class."""
        return reverse("plant:class", args=[self.equipment_class.code])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say which."""
        one = self.equipment_class
        return super().get_context_data(**{"detail": f"{one.code} {one.name}", "one": one, **kwargs})


class ProcedureView(OfClass):
    """Issue a cleaning procedure of a class, or its next edition."""

    form_class = asked.ProcedureForm
    title = _("Issue cleaning procedure")
    verb = _("Issue cleaning procedure")

    def get_initial(self) -> dict[str, Any]:
        """Propose what the edition before it said."""
        code = self.request.GET.get("code", "")[:40]
        last = definition_queries.editions(self.actor, self.equipment_class).filter(code=code).first()
        if last is None:
            return {}
        holds = {"clean_hold_minutes": last.clean_hold_minutes, "dirty_hold_minutes": last.dirty_hold_minutes}
        return {
            "code": last.code, "title": last.title, "kind": last.kind,
            **{name: "" if minutes is None else _hold(minutes) for name, minutes in holds.items()},
        }  # fmt: skip

    def act(self, form: forms.Form) -> record.Receipt:
        """Issue it."""
        return services.issue_cleaning_procedure(
            actor=self.actor, equipment_class=self.equipment_class, idempotency_key=key_of(self.request),
            **form.cleaned_data,
        )  # fmt: skip


def _hold(minutes: int) -> str:
    for size, unit in ((24 * 60, "d"), (60, "h")):
        if minutes % size == 0:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"


class ChangeoverView(OfClass):
    """Say what a class asks for between batches."""

    form_class = asked.ChangeoverForm
    title = _("Set changeover rule")
    verb = _("Set changeover rule")

    def get_initial(self) -> dict[str, Any]:
        """Propose the rule before it."""
        last = definition_queries.rules(self.actor, self.equipment_class).first()
        names = ("same_product", "other_product", "campaign_batches", "campaign_days", "needs_clearance")
        return {} if last is None else {name: getattr(last, name) for name in names}

    def act(self, form: forms.Form) -> record.Receipt:
        """Set it."""
        return services.set_changeover_rule(
            actor=self.actor, equipment_class=self.equipment_class, idempotency_key=key_of(self.request),
            **form.cleaned_data,
        )  # fmt: skip
