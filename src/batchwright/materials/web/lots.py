"""Lots: can it be used, where did it come from, where did it go, what would a recall touch?"""

import csv
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from batchwright import people, record
from batchwright.materials import graphs, queries, recalls, services, tracing
from batchwright.materials.adapters import labelling
from batchwright.materials.models import Lot, Movement, Status
from batchwright.materials.services.filling import batch_of
from batchwright.materials.templatetags.material_words import status_word
from batchwright.materials.web.forms import ReceiveForm, counted_in
from batchwright.people.web.acting import Act, Page, actor_of, key_of
from batchwright.record.web.sorting import Columns, MadeColumns, MayBeEmpty

PER_PAGE = 50
LOTS = Columns(
    {
        "lot": "pk", "material": "definition__name", "status": "status", "names": ("supplier_lot", "source_id"),
        "made": MayBeEmpty("made_on"), "use_by": MayBeEmpty("expires_on"), "retest": MayBeEmpty("retest_on"),
    },
    first="-lot",
)  # fmt: skip
CONTAINERS = Columns({"container": "identifier", "location": "location__name", "amount": "amount_e6"}, first="-amount")
NODES = MadeColumns(
    {
        "steps": lambda one: one.column, "lot": lambda one: one.key, "material": lambda one: one.material,
        "status": lambda one: one.status,
    },
    first="steps",
)  # fmt: skip
AFFECTED = MadeColumns(
    {
        "stage": lambda one: one.stage, "lot": lambda one: one.key, "material": lambda one: one.material,
        "status": lambda one: one.status, "made": lambda one: one.made_on or None,
        "stock": lambda one: one.on_hand_e6, "shipped": lambda one: one.shipped_e6,
    },
    first="stage",
)  # fmt: skip


def lot_of(actor: record.Actor, identifier: str) -> Lot:
    """Find the lot of an address, or answer that there is none."""
    found = queries.lot(actor, identifier)
    if found is None or found.identifier != identifier:
        raise Http404
    return found


class LotsView(Page):
    """Which lots are there?"""

    action = "lot.read"
    template_name = "materials/lots.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the lots that fit."""
        asked = {name: self.request.GET.get(name, "")[:60] for name in ("text", "material", "status", "due")}
        found = queries.lots(
            self.actor, text=asked["text"], material=asked["material"], status=asked["status"], due=bool(asked["due"])
        )
        page = Paginator(LOTS.sort(found, self.request), PER_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            **kwargs, **asked, page=page, sorted_by=LOTS.asked(self.request),
            statuses=Status.choices, narrow=any(asked.values()),
            materials=queries.definitions(self.actor),
        )  # fmt: skip


class LotView(Page):
    """Can I use it, and where is it?"""

    action = "lot.read"
    template_name = "materials/lot.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add everything about the lot."""
        actor = self.actor
        one = lot_of(actor, self.kwargs["identifier"])
        used = queries.used_for(actor, one)
        every = queries.containers(actor, one)
        containers = list(CONTAINERS.sort(every, self.request)[:PER_PAGE])
        sampled = queries.sampled(actor, one)
        return super().get_context_data(
            **kwargs, lot=one, fitness=queries.fitness(one), spells=queries.spells(one), containers=containers,
            sorted_by=CONTAINERS.asked(self.request),
            balance=queries.balance(actor, one), allocations=queries.allocations(actor, one)[:PER_PAGE],
            movements=queries.movements(actor, one)[:PER_PAGE], made_from=queries.made_from(actor, one)[:PER_PAGE],
            used_count=used.count(), used_for=used[:PER_PAGE], signatures=people.signatures_on(actor, one),
            held=every.filter(held=True).count(), more_containers=max(every.count() - PER_PAGE, 0),
            on_record=record.history(one, actor).exists(), reconciled=queries.reconciliations(actor, one)[:5],
            sampled=len(sampled), sampled_keys=sampled,
            unsampled=every.filter(to_sample=True).exclude(pk__in=sampled).exists(),
            batch=batch_of(one) if one.origin == "made" else "",
        )  # fmt: skip


class GenealogyView(Page):
    """Where did it come from, where did it go?"""

    action = "lot.read"
    template_name = "materials/genealogy.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the drawing and the table behind it."""
        actor = self.actor
        one = lot_of(actor, self.kwargs["identifier"])
        back, forward = tracing.trace(actor, one, "back"), tracing.trace(actor, one, "forward")
        columns = {key: -level for key, level in back.levels.items()} | forward.levels
        rows = {row.pk: row for row in tracing.lots_of(actor, columns)}
        opened = frozenset(self.request.GET.getlist("open"))
        nodes = [
            graphs.Node(
                key, rows[key].identifier, rows[key].definition.code, rows[key].status, column,
                reverse("materials:genealogy", args=[rows[key].identifier]),
            )
            for key, column in columns.items()
        ]  # fmt: skip
        edges = [*back.edges, *forward.edges]
        drawing = graphs.draw(
            nodes, _links(actor, edges, rows), start=one.pk, opened=opened,
            statuses={code: status_word(code) for code in Status.values},
        )  # fmt: skip
        nodes.sort(key=lambda node: (node.column, node.material, node.key))
        table = Paginator(NODES.sort(nodes, self.request), PER_PAGE)
        return super().get_context_data(
            **kwargs, lot=one, drawing=drawing, opened=sorted(opened & drawing.groups), back=len(back.reached),
            forward=len(forward.reached), page=table.get_page(self.request.GET.get("page")), rows=rows,
            sorted_by=NODES.asked(self.request),
        )  # fmt: skip


def _links(actor: record.Actor, edges: list[tracing.Edge], rows: dict[int, Lot]) -> list[graphs.Link]:
    """Put what moved on the lines, where movements are known."""
    moved: dict[tuple[int, int], int] = {}
    known = Movement.visible_to(actor).filter(into_lot__isnull=False)
    if len(rows) <= tracing.FEW:
        known = known.filter(lot_id__in=rows)
    for parent, child, amount in known.order_by().values_list("lot_id", "into_lot_id", "amount_e6"):
        moved[parent, child] = moved.get((parent, child), 0) + amount
    return [
        graphs.Link(one.parent, one.child, moved.get((one.parent, one.child)), rows[one.parent].definition.unit)
        for one in edges
    ]


class RecallView(Page):
    """What would a recall touch?"""

    action = "lot.read"
    template_name = "materials/recall.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what is touched."""
        one = lot_of(self.actor, self.kwargs["identifier"])
        impact = recalls.impact(self.actor, one)
        return super().get_context_data(
            **kwargs, lot=one, impact=impact, nearest=AFFECTED.sort(impact.nearest, self.request),
            sorted_by=AFFECTED.asked(self.request), in_stock=recalls.in_stock(self.actor, impact),
            most=recalls.CONTAINERS,
        )  # fmt: skip


@require_GET
def recall_export(request: HttpRequest, identifier: str, form: str) -> HttpResponse:
    """Give a recall as a table or for machines.

    Args:
        request: The request.
        identifier: The lot.
        form: csv or json.

    Returns:
        The file.
    """
    actor = actor_of(request)
    people.authorize(actor, "lot.read")
    if form not in ("csv", "json"):
        raise Http404
    one = lot_of(actor, identifier)
    name = f'attachment; filename="recall-{identifier}.{form}"'
    if form == "json":
        return JsonResponse(recalls.report(actor, one), headers={"Content-Disposition": name})
    answer = HttpResponse(content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name})
    csv.writer(answer).writerows(recalls.table(recalls.touched(actor, one)))
    return answer


@require_GET
def labels(request: HttpRequest, identifier: str, form: str) -> HttpResponse:
    """Give the labels of a lot's containers.

    Args:
        request: The request.
        identifier: The lot.
        form: pdf or zpl.

    Returns:
        The file.
    """
    actor = actor_of(request)
    people.authorize(actor, "lot.read")
    one = lot_of(actor, identifier)
    if form not in ("pdf", "zpl"):
        raise Http404
    made = [labelling.label_of(part) for part in queries.containers(actor, one)]
    if form == "zpl":
        return HttpResponse(labelling.zpl(made), content_type="text/plain; charset=utf-8")
    return HttpResponse(labelling.pdf(made), content_type="application/pdf")


class OfLot(Act):
    """An act on one lot."""

    template_name = "materials/act.html"
    lot: Lot

    def load(self) -> None:
        """Find the lot."""
        self.lot = lot_of(self.actor, self.kwargs["identifier"])

    def where(self) -> str:
        """Back to the lot."""
        return reverse("materials:lot", args=[self.lot.identifier])

    def get_form(self, form_class: Any = None) -> forms.Form:
        """Let a number alone count in the unit of the material."""
        return counted_in(super().get_form(form_class), self.lot.definition.unit)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say of which."""
        detail = f"{self.lot.identifier} · {self.lot.definition.name}"
        return super().get_context_data(**{"detail": detail, "lot": self.lot, "version": self.lot.version, **kwargs})


class ReceiveView(Act):
    """Receive a lot."""

    action = "lot.receive"
    template_name = "materials/act.html"
    form_class = ReceiveForm
    title = gettext_lazy("Receive lot")
    verb = gettext_lazy("Receive lot")
    _made = ""

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer what can be received."""
        return {
            **super().get_form_kwargs(), "definitions": queries.definitions(self.actor),
            "suppliers": queries.suppliers(self.actor).filter(approval="approved"),
            "locations": queries.locations(self.actor),
        }  # fmt: skip

    def where(self) -> str:
        """On to the new lot."""
        return reverse("materials:lot", args=[self._made]) if self._made else reverse("materials:lots")

    def act(self, form: forms.Form) -> record.Receipt:
        """Receive it."""
        receipt = services.receive_lot(actor=self.actor, idempotency_key=key_of(self.request), **form.cleaned_data)
        self._made = receipt.subject.removeprefix("lot/")
        return receipt

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what follows."""
        said = _("It stands in quarantine until quality assurance decides on it.")
        return super().get_context_data(**{"detail": said, **kwargs})
