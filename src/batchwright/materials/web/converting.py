"""Splitting, merging and reworking lots: containers are scanned one after the other, each with the amount that goes in.

The containers stand in the address, so that each scan leaves a page that can be looked at, gone back from and sent on;
the form that acts carries, beside each amount, the version of the container that was seen.
"""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batchwright import record
from batchwright.kernel.errors import BadInput
from batchwright.materials import amounts, finding, queries, services
from batchwright.materials.models import Container
from batchwright.materials.services.lots import Part
from batchwright.materials.web import forms as asked
from batchwright.people.web.acting import Act, key_of

MOST_PARTS = 20


class ConvertView(Act):
    """Split, merge or rework lots."""

    action = "lot.convert"
    template_name = "materials/convert.html"
    form_class = asked.ConvertForm
    title = gettext_lazy("Split, merge or rework lots")
    verb = gettext_lazy("Make new lot")
    _made = ""

    def load(self) -> None:
        """Find the containers that were scanned."""
        self.containers: list[Container] = []
        self.unknown: list[str] = []
        for name in dict.fromkeys(self.request.GET.getlist("container")[:MOST_PARTS]):
            found = finding.container(name, self.actor)
            if found is None:
                self.unknown.append(name)
            elif found not in self.containers:
                self.containers.append(found)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take one more scan in, under the plain name of its container."""
        names = [one.identifier for one in self.containers]
        if not self.unknown and names != request.GET.getlist("container"):
            query = request.GET.copy()
            query.setlist("container", names)
            return redirect(f"{request.path}?{query.urlencode()}")
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the locations, and ask an amount of each container."""
        return {
            **super().get_form_kwargs(), "locations": queries.locations(self.actor), "containers": self.containers
        }

    def get_initial(self) -> dict[str, Any]:
        """More than one container is a merge; everything goes in unless said otherwise."""
        kind = self.request.GET.get("kind") or ("merged" if len(self.containers) > 1 else "split")
        all_of = {
            f"amount_{one.identifier}": str(amounts.quantity(one.amount_e6, one.lot.definition.unit))
            for one in self.containers
            if one.amount_e6
        }
        return {"kind": kind, **(all_of if len(self.containers) > 1 else {})}

    def where(self) -> str:
        """On to the new lot."""
        return reverse("materials:lot", args=[self._made]) if self._made else reverse("materials:stock")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the containers with their fields."""
        shown = super().get_context_data(**kwargs)
        form = shown["form"]
        shown["parts"] = [
            (one, form[f"amount_{one.identifier}"], form[f"version_{one.identifier}"],
             queries.fitness(one.lot, held=one.held))
            for one in self.containers
        ]  # fmt: skip
        shown.update(unknown=self.unknown, common=[form["kind"], form["location"], form["reason"]])
        return shown

    def act(self, form: forms.Form) -> record.Receipt:
        """Make the new lot."""
        if not self.containers:
            raise BadInput(_("No container was named"), remedy=_("Scan the containers that go in."))
        given = form.cleaned_data
        parts = [
            Part(one, given[f"amount_{one.identifier}"], given[f"version_{one.identifier}"]) for one in self.containers
        ]
        receipt = services.convert_lots(
            actor=self.actor, kind=given["kind"], parts=parts, location=given["location"], reason=given["reason"],
            idempotency_key=key_of(self.request),
        )  # fmt: skip
        self._made = receipt.subject.removeprefix("lot/")
        return receipt
