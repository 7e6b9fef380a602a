"""Containers and stock: what is where, and what people do with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from batchwright import people, record
from batchwright.materials import amounts, queries, services
from batchwright.materials.models import Allocation, Container, Lot
from batchwright.materials.services.common import today
from batchwright.materials.web import forms as asked
from batchwright.people import access
from batchwright.people.web.acting import Act, Page, key_of, version_of
from batchwright.record.web.sorting import Columns, MayBeEmpty

PER_PAGE = 100
DAYS = (30, 90, 365)
"""Choices of how near an expiry or a retest is."""


def container_of(actor: record.Actor, identifier: str) -> Container:
    """Find the container of an address, or answer that there is none."""
    found = queries.container(actor, identifier)
    if found is None or found.identifier != identifier:
        raise Http404
    return found


@dataclass(frozen=True, slots=True)
class Doing:
    """One thing people do with a container.

    Attributes:
        action: What must be held.
        verb: What stands on the button.
        form: The form.
        command: The command.
        renamed: Fields of the form by another name in the command.
        versioned: Whether the command takes the version that was shown.
        destructive: Whether it stands apart.
    """

    action: str
    verb: str | Promise
    form: type[forms.Form]
    command: Callable[..., record.Receipt]
    renamed: tuple[tuple[str, str], ...] = ()
    versioned: bool = False
    destructive: bool = False


ACTS: dict[str, Doing] = {
    "move": Doing("stock.move", _("Move container"), asked.MoveForm, services.move_container, versioned=True),
    "divide": Doing(
        "stock.move", _("Divide container"), asked.DivideForm, services.split_container, versioned=True
    ),
    "allocate": Doing("stock.allocate", _("Allocate material"), asked.PurposeForm, services.allocate_from),
    "use": Doing("stock.consume", _("Use material"), asked.IntoForm, services.consume),
    "sample": Doing("stock.sample", _("Take sample"), asked.SampleForm, services.sample, (("sample", "sample_name"),)),
    "count": Doing("stock.count", _("Record count"), asked.CountForm, services.count, versioned=True),
    "ship": Doing("stock.ship", _("Ship material"), asked.ShipForm, services.ship),
    "hold": Doing(
        "lot.hold", _("Put container on hold"), asked.ReasonForm, services.hold_container, versioned=True,
        destructive=True,
    ),
    "destroy": Doing("stock.destroy", _("Destroy material"), asked.DestroyForm, services.destroy, destructive=True),
}  # fmt: skip


class ContainerView(Page):
    """Can I use what is in it?"""

    action = "lot.read"
    template_name = "materials/container.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the container and what may be done with it."""
        one = container_of(self.actor, self.kwargs["identifier"])
        granted = access.held(self.actor)
        offered = [
            (name, act)
            for name, act in ACTS.items()
            if not (one.held and name == "hold") and act.action in granted
        ]
        return super().get_context_data(
            **kwargs, container=one, lot=one.lot, fitness=queries.fitness(one.lot, held=one.held), acts=offered,
            history=record.history(one, self.actor).order_by("-seq")[:20],
            allocations=queries.allocations(self.actor, one.lot).filter(container=one),
            sampled=one.pk in queries.sampled(self.actor, one.lot), signatures=people.signatures_on(self.actor, one),
        )  # fmt: skip


class ActView(Act):
    """Do something with a container."""

    template_name = "materials/act.html"
    container: Container
    doing: Doing

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find out what is asked, and whether it may be."""
        if kwargs["act"] not in ACTS:
            raise Http404
        self.doing = ACTS[kwargs["act"]]
        access.authorize(request.actor, self.doing.action)  # type: ignore[attr-defined]
        return super().dispatch(request, *args, **kwargs)

    def load(self) -> None:
        """Find the container."""
        self.container = container_of(self.actor, self.kwargs["identifier"])

    def get_form_class(self) -> type[forms.Form]:
        """Give the form of the act."""
        return self.doing.form

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer what can be chosen."""
        offered: dict[str, Any] = super().get_form_kwargs()
        if issubclass(self.doing.form, asked.MoveForm | asked.DivideForm):
            offered["locations"] = queries.locations(self.actor)
        if self.doing.form is asked.IntoForm:
            offered["lots"] = Lot.visible_to(self.actor).filter(origin="made").exclude(status="rejected")
        return offered

    def get_form(self, form_class: Any = None) -> forms.Form:
        """Let a number alone count in the unit of the material."""
        return asked.counted_in(super().get_form(form_class), self.container.lot.definition.unit)

    def where(self) -> str:
        """Back to the container."""
        return reverse("materials:container", args=[self.container.identifier])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say with which."""
        one, lot = self.container, self.container.lot
        detail = f"{one.identifier} · {lot.identifier} {lot.definition.name}"
        return super().get_context_data(
            **{
                "title": self.doing.verb, "verb": self.doing.verb, "destructive": self.doing.destructive,
                "detail": detail, "version": one.version, "container": one, "lot": lot, **kwargs,
            }
        )  # fmt: skip

    def act(self, form: forms.Form) -> record.Receipt:
        """Do it."""
        renamed = dict(self.doing.renamed)
        facts = {renamed.get(name, name): value for name, value in form.cleaned_data.items()}
        if self.doing.versioned:
            facts["expected_version"] = version_of(self.request)
        return self.doing.command(
            actor=self.actor, container=self.container, idempotency_key=key_of(self.request), **facts
        )


class EndAllocationView(Act):
    """End a promise without use."""

    action = "stock.allocate"
    template_name = "materials/act.html"
    form_class = asked.ReasonForm
    title = _("End allocation")
    verb = _("End allocation")
    destructive = True
    allocation: Allocation

    def load(self) -> None:
        """Find the promise."""
        found = Allocation.visible_to(self.actor).select_related("container__location").filter(pk=self.kwargs["key"])
        one = found.first()
        if one is None:
            raise Http404
        self.allocation = one

    def where(self) -> str:
        """Back to the container."""
        return reverse("materials:container", args=[self.allocation.container.identifier])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say which."""
        one = self.allocation
        amount = amounts.quantity(one.amount_e6, one.lot.definition.unit)
        detail = gettext("%(amount)s of %(lot)s for %(purpose)s") % {
            "amount": amount, "lot": one.lot.identifier, "purpose": one.purpose,
        }  # fmt: skip
        return super().get_context_data(
            **{"detail": detail, "version": one.version, "container": one.container, "lot": one.lot, **kwargs}
        )

    def act(self, form: forms.Form) -> record.Receipt:
        """End it."""
        return services.end_allocation(
            actor=self.actor, allocation=self.allocation, reason=form.cleaned_data["reason"],
            expected_version=version_of(self.request), idempotency_key=key_of(self.request),
        )  # fmt: skip


STOCK = Columns({
    "location": ("location__code", MayBeEmpty("lot__expires_on"), "lot_id"), "container": "identifier",
    "material": ("lot__definition__name", "lot_id"), "use_by": MayBeEmpty("lot__expires_on"),
}, first="location")  # fmt: skip


class StockView(Page):
    """What is where, and what expires first?"""

    action = "lot.read"
    template_name = "materials/stock.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what is in stock."""
        asked_for = {name: self.request.GET.get(name, "")[:40] for name in ("location", "material")}
        days = self.request.GET.get("days", "")
        within = int(days) if days in map(str, DAYS) else None
        found = queries.stock(self.actor, **asked_for, within=within)
        page = Paginator(STOCK.sort(found, self.request), PER_PAGE).get_page(self.request.GET.get("page"))
        rows = [(one, queries.fitness(one.lot, held=one.held)) for one in page.object_list]
        return super().get_context_data(
            **kwargs, **asked_for, page=page, sorted_by=STOCK.asked(self.request), rows=rows,
            days=within, choices=DAYS, totals=queries.totals(found),
            soon=today() + queries.SOON, locations=queries.locations(self.actor),
            materials=queries.definitions(self.actor),
        )  # fmt: skip


class AllocateView(Act):
    """Allocate material, first expired first out."""

    action = "stock.allocate"
    template_name = "materials/act.html"
    form_class = asked.AllocateForm
    title = _("Allocate material")
    verb = _("Allocate material")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the materials."""
        return {**super().get_form_kwargs(), "definitions": queries.definitions(self.actor)}

    def where(self) -> str:
        """Back to the stock."""
        return reverse("materials:stock")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say how it is chosen."""
        said = _("What expires first goes first; what is on hold, expired or not approved is passed over.")
        return super().get_context_data(**{"detail": said, **kwargs})

    def act(self, form: forms.Form) -> record.Receipt:
        """Allocate it."""
        return services.allocate(actor=self.actor, idempotency_key=key_of(self.request), **form.cleaned_data)
