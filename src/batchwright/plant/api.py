"""The plant at the JSON edge, below ``/api/plant``: reads, for the plant's own people and machines alone."""

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Query, Router

from batchwright.plant import judging, queries, telling
from batchwright.plant.facts import Intended
from batchwright.plant.instrument_api import reader
from batchwright.plant.instrument_api import router as instrument_router
from batchwright.plant.models import EquipmentElement
from batchwright.record.moments import Moment

router = Router(tags=["plant"])
router.add_router("/instruments", instrument_router)
MOST = 500


def _unit(request: HttpRequest, tag: str) -> EquipmentElement:
    found = queries.unit(reader(request), tag)
    if found is None:
        raise Http404
    return found


@router.get("/tree")
def tree(request: HttpRequest) -> list[dict[str, Any]]:
    """Give what the plant consists of, with the state of each unit.

    Args:
        request: The request.

    Returns:
        The enterprise with all that it holds.
    """
    return [telling.of_branch(one) for one in queries.tree(reader(request))]


@router.get("/units")
def units(
    request: HttpRequest, text: str = "", area: str = "", state: str = "", usable: bool | None = None
) -> list[dict[str, Any]]:
    """Give units with state and verdict.

    Args:
        request: The request.
        text: Part of a tag, a name or a class.
        area: Tag of an area.
        state: State.
        usable: Only those that can or cannot be used.

    Returns:
        Units by tag.
    """
    found = queries.units(reader(request), text=text, area=area, state=state, usable=usable)
    return [telling.of_unit(one) for one in found]


@router.get("/units/{tag}")
def unit(request: HttpRequest, tag: str) -> dict[str, Any]:
    """Give one unit: state, verdict and what it offers.

    Args:
        request: The request.
        tag: Its tag.

    Returns:
        The unit.
    """
    one = _unit(request, tag)
    return {
        **telling.of_element(one), **telling.of_unit(queries.unit_shown(reader(request), one)),
        "offers": telling.of_offers(queries.offered(reader(request), one)),
    }  # fmt: skip


@router.get("/units/{tag}/verdict")
def verdict(
    request: HttpRequest, tag: str, at: Moment | None = None, product: str = "", batch: str = ""
) -> dict[str, Any]:
    """Say whether a unit can be used, now or at a time that has passed.

    Args:
        request: The request.
        tag: Its tag.
        at: The time, with its zone; now if left out.
        product: What is to be made; with it changeover and clearance count.
        batch: Which batch.

    Returns:
        The verdict.
    """
    intended = Intended(product, batch) if product else None
    return telling.of_verdict(judging.verdict_of(_unit(request, tag), at, intended))


@router.get("/logbook")
def logbook(request: HttpRequest, unit: str = "", kind: str = "", text: str = "") -> list[dict[str, Any]]:
    """Give the logbook, the latest lines first, at most 500.

    Args:
        request: The request.
        unit: Tag of a unit.
        kind: Kind of line.
        text: Part of a batch, product or detail.

    Returns:
        Lines.
    """
    one = _unit(request, unit) if unit else None
    return [telling.of_line(line) for line in queries.logbook(reader(request), one=one, kind=kind, text=text)[:MOST]]


@router.get("/campaigns")
def campaigns(request: HttpRequest, only_open: bool = False) -> list[dict[str, Any]]:
    """Give campaigns, the latest first, at most 500.

    Args:
        request: The request.
        only_open: Whether only those that are open.

    Returns:
        Campaigns.
    """
    found = queries.campaigns(reader(request), only_open=only_open)[:MOST]
    return [telling.of_campaign(one, one.batches) for one in found]


@router.get("/match")
def match(
    request: HttpRequest, asks: list[str] = Query([]), product: str = "", batch: str = ""  # type: ignore[type-arg]  # noqa: B008
) -> dict[str, Any]:
    """Say which units do what is asked.

    Args:
        request: The request.
        asks: Requirements, such as ``working-volume at least 150 L``; once for each.
        product: What is to be made: then changeover and clearance count.
        batch: Which batch of it.

    Returns:
        Fits, and alternatives with every reason.
    """
    actor = reader(request)
    known = queries.vocabulary(actor)
    asked = [telling.read_requirement(one, known) for one in asks]
    intended = Intended(product, batch) if product else None
    return telling.of_matching(queries.match_units(actor, asked, intended=intended))
