"""Finding lots, containers and materials by what is typed or scanned."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel.errors import BadInput
from batchwright.materials import queries
from batchwright.materials.adapters import scanning
from batchwright.materials.models import Container
from batchwright.people.access import may

MOST = 20


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that was found."""

    title: str
    what: str
    href: str
    exact: bool = False


def things(text: str, actor: record.Actor) -> tuple[Thing, ...]:
    """Find what the actor may see.

    Args:
        text: What was typed or scanned; a GS1 label leads to the container, or else to the lot.
        actor: Who looks.

    Returns:
        What was found; an exact hit alone.
    """
    if not may(actor, "lot.read"):
        return ()
    names = [text]
    if scanning.looks_scanned(text):
        try:
            found = scanning.read(text)
        except BadInput:
            return ()
        names = [name for name in (found.sscc, found.container, found.lot) if name]
    for name in names:
        exact = _exact(name, actor)
        if exact is not None:
            return (exact,)
    return _parts(names[-1], actor) if names else ()


def container(text: str, actor: record.Actor) -> Container | None:
    """Find the container that a scan or a typed name means.

    Args:
        text: What was typed or scanned.
        actor: Who looks.

    Returns:
        The container, or None if the actor may not know of it.
    """
    names = [text]
    if scanning.looks_scanned(text):
        try:
            found = scanning.read(text)
        except BadInput:
            return None
        names = [name for name in (found.sscc, found.container) if name]
    return next(filter(None, (queries.container(actor, name) for name in names)), None)


def _exact(name: str, actor: record.Actor) -> Thing | None:
    held = queries.container(actor, name)
    if held is not None:
        href = reverse("materials:container", args=[held.identifier])
        return Thing(held.identifier, _("container"), href, exact=True)
    lot = queries.lot(actor, name)
    if lot is not None:
        return Thing(lot.identifier, _("lot"), reverse("materials:lot", args=[lot.identifier]), exact=True)
    return None


def _parts(text: str, actor: record.Actor) -> tuple[Thing, ...]:
    lots = queries.lots(actor, text=text)[:MOST]
    materials = queries.definitions(actor, text=text)[:MOST]
    return (
        *(
            Thing(f"{one.identifier} {one.supplier_lot}{one.source_id}", _("lot"),
                  reverse("materials:lot", args=[one.identifier]))
            for one in lots
        ),
        *(Thing(one.name, _("material"), reverse("materials:definition", args=[one.code])) for one in materials),
    )  # fmt: skip
