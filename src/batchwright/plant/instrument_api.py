"""Instruments at the JSON edge, below ``/api/plant/instruments``: reads, for the plant's own people and machines."""

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router

from batchwright import record
from batchwright.people.web.acting import actor_of
from batchwright.plant import instrument_queries as queries
from batchwright.plant.models import Instrument

router = Router(tags=["plant"])
MOST = 500


def reader(request: HttpRequest) -> record.Actor:
    """Give who reads; a sponsor's people find nothing here, not even that there is something.

    Args:
        request: The request.

    Returns:
        The actor.

    Raises:
        Http404: For a sponsor's people.
    """
    actor = actor_of(request)
    if actor.sponsor is not None:
        raise Http404
    return actor


def _instrument(request: HttpRequest, tag: str) -> Instrument:
    found = queries.instrument(reader(request), tag)
    if found is None:
        raise Http404
    return found


@router.get("")
def instruments(request: HttpRequest, text: str = "", kind: str = "") -> list[dict[str, Any]]:
    """Give instruments with the verdict on each, at most 500.

    Args:
        request: The request.
        text: Part of a tag, a name, a serial number or of the tag of what it is mounted on.
        kind: Kind.

    Returns:
        Instruments by tag.
    """
    found = queries.instruments(reader(request), text=text, kind=kind)[:MOST]
    return [queries.shown(one) for one in queries.judged(list(found))]


@router.get("/{tag}")
def instrument(request: HttpRequest, tag: str) -> dict[str, Any]:
    """Give one instrument with the verdict on it.

    Args:
        request: The request.
        tag: Its tag.

    Returns:
        The instrument.
    """
    return queries.shown(queries.judged([_instrument(request, tag)])[0])


@router.get("/{tag}/calibrations")
def calibrations(request: HttpRequest, tag: str) -> list[dict[str, Any]]:
    """Give the calibrations of an instrument, the latest first.

    Args:
        request: The request.
        tag: Its tag.

    Returns:
        Calibrations as found and as left.
    """
    return [queries.told(row) for row in queries.calibrations(reader(request), _instrument(request, tag))[:MOST]]
