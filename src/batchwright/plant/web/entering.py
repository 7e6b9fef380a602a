"""Who may enter the pages of the plant at all, and how a unit of an address is found."""

from typing import Any

from django.http import Http404, HttpRequest

from batchwright import record
from batchwright.people.web.acting import Act, Page, actor_of
from batchwright.plant import queries
from batchwright.plant.models import EquipmentElement


def refuse_sponsors(request: HttpRequest) -> None:
    """Answer a sponsor's person as if there were no plant: its logbooks name other sponsors' batches."""
    if actor_of(request).sponsor is not None:
        raise Http404


def unit_of(actor: record.Actor, tag: str) -> EquipmentElement:
    """Find the unit of an address, or answer that there is none."""
    found = queries.unit(actor, tag)
    if found is None or found.tag != tag:
        raise Http404
    return found


class PlantPage(Page):
    """A page that reads something of the plant."""

    action = "plant.read"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse sponsors before anything is read."""
        refuse_sponsors(request)
        return super().dispatch(request, *args, **kwargs)


class PlantAct(Act):
    """A page that does something to the plant."""

    template_name = "plant/act.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse sponsors before anything is read."""
        refuse_sponsors(request)
        return super().dispatch(request, *args, **kwargs)
