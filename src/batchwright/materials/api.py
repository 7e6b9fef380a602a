"""Materials at the JSON edge, below ``/api/materials``: reads, and allocation."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from ninja.errors import HttpError
from ninja.utils import check_csrf

from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.materials import amounts, queries, recalls, services, tracing
from batchwright.materials.models import Lot
from batchwright.people.web.acting import actor_of

router = Router(tags=["materials"])
MOST = 500


class LotShown(Schema):
    """A lot."""

    lot: str
    material: str
    status: str
    supplier_lot: str
    source_id: str
    expires_on: date | None
    retest_on: date | None
    usable: bool
    why_not: list[str]


class ContainerShown(Schema):
    """A container."""

    container: str
    lot: str
    location: str
    amount: str
    held: bool


class ToAllocate(Schema):
    """What is to be promised: of a container, or of a material by expiry."""

    amount: str
    purpose: str
    container: str = ""
    material: str = ""
    idempotency_key: str | None = None


def _shown(one: Lot) -> LotShown:
    judged = queries.fitness(one)
    return LotShown(
        lot=one.identifier, material=one.definition.code, status=one.status, supplier_lot=one.supplier_lot,
        source_id=one.source_id, expires_on=one.expires_on, retest_on=one.retest_on, usable=judged.usable,
        why_not=list(judged.why),
    )  # fmt: skip


def _lot(request: HttpRequest, identifier: str) -> Lot:
    found = queries.lot(actor_of(request), identifier)
    if found is None:
        raise Http404
    return found


@router.get("/lots", response=list[LotShown])
def lots(request: HttpRequest, text: str = "", material: str = "", status: str = "") -> list[LotShown]:
    """Give lots that the caller may know of, the newest first, at most 500.

    Args:
        request: The request.
        text: Part of a name.
        material: Code of the material.
        status: Status.

    Returns:
        Lots.
    """
    found = queries.lots(actor_of(request), text=text, material=material, status=status)
    return [_shown(one) for one in found[:MOST]]


@router.get("/lots/{identifier}", response=LotShown)
def lot(request: HttpRequest, identifier: str) -> LotShown:
    """Give one lot.

    Args:
        request: The request.
        identifier: As printed.

    Returns:
        The lot.
    """
    return _shown(_lot(request, identifier))


@router.get("/lots/{identifier}/trace")
def trace(request: HttpRequest, identifier: str, back: bool = False) -> dict[str, Any]:
    """Trace a lot.

    Args:
        request: The request.
        identifier: As printed.
        back: What it was made from instead of what was made of it.

    Returns:
        Lots and descents.
    """
    actor, one = actor_of(request), _lot(request, identifier)
    found = tracing.trace(actor, one, "back" if back else "forward")
    names = {row.pk: row.identifier for row in tracing.lots_of(actor, found.levels)}
    return {
        "lot": one.identifier, "direction": found.direction,
        "lots": [{"lot": names[key], "steps": level} for key, level in found.levels.items()],
        "descents": [
            {"from": names[edge.parent], "to": names[edge.child], "kind": edge.kind} for edge in found.edges
        ],
    }  # fmt: skip


@router.get("/lots/{identifier}/recall")
def recall(request: HttpRequest, identifier: str) -> dict[str, Any]:
    """Say what a recall touches.

    Args:
        request: The request.
        identifier: As printed.

    Returns:
        Lots, shipments, sponsors.
    """
    return recalls.report(actor_of(request), _lot(request, identifier))


@router.get("/stock", response=list[ContainerShown])
def stock(request: HttpRequest, location: str = "") -> list[ContainerShown]:
    """Give what is in stock, at most 500 containers.

    Args:
        request: The request.
        location: Code of a location.

    Returns:
        Containers.
    """
    return [
        ContainerShown(
            container=one.identifier, lot=one.lot.identifier, location=one.location.code, held=one.held,
            amount=str(amounts.quantity(one.amount_e6, one.lot.definition.unit)),
        )
        for one in queries.stock(actor_of(request), location=location)[:MOST]
    ]  # fmt: skip


@router.post("/allocations")
def allocate(request: HttpRequest, asked: ToAllocate) -> dict[str, Any]:
    """Allocate material.

    Args:
        request: The request.
        asked: What is to be promised.

    Returns:
        The entry.

    Raises:
        HttpError: If the request does not come from a page or client of this plant.
        BadInput: If there is no such container or material.
    """
    if check_csrf(request) is not None:
        raise HttpError(403, "The request carries no valid CSRF token.")
    actor, amount = actor_of(request), Quantity.parse(asked.amount)
    common: dict[str, Any] = {
        "actor": actor, "amount": amount, "purpose": asked.purpose, "idempotency_key": asked.idempotency_key,
    }  # fmt: skip
    container = queries.container(actor, asked.container) if asked.container else None
    material = queries.definition(actor, asked.material) if asked.material else None
    if container is not None:
        receipt = services.allocate_from(container=container, **common)
    elif material is not None:
        receipt = services.allocate(definition=material, **common)
    else:
        raise BadInput("There is no such container or material", value=asked.container or asked.material)
    return {"entry": receipt.seq, "repeated": receipt.repeated}
