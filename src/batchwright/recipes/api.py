"""Recipes at the JSON edge, below ``/api/recipes``: reads, and the check of a text."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from batchwright import people
from batchwright.people.web.acting import actor_of
from batchwright.recipes import queries, site
from batchwright.recipes.examination import ENGINE, examine
from batchwright.recipes.models import RecipeVersion
from batchwright.record.moments import Moment

router = Router(tags=["recipes"])
MOST = 500


class RecipeShown(Schema):
    """A recipe."""

    recipe: str
    name: str
    product: str
    in_force: int | None
    waiting: int | None


class VersionShown(Schema):
    """A version."""

    recipe: str
    version: int
    state: str
    sha256: str
    effective_from: datetime | None
    superseded_at: datetime | None
    engine: str
    findings: list[dict[str, Any]]


class Text(Schema):
    """A recipe's text."""

    source: str


class CheckedText(Schema):
    """What a check found."""

    readable: bool
    engine: str
    findings: list[dict[str, Any]]


def shown(one: RecipeVersion) -> VersionShown:
    """Lay a version out.

    Args:
        one: The version.

    Returns:
        What machines read.
    """
    return VersionShown(
        recipe=one.recipe.identifier, version=one.number, state=one.state, sha256=one.sha256,
        effective_from=one.effective_from, superseded_at=one.superseded_at, engine=one.engine, findings=one.findings,
    )  # fmt: skip


@router.get("/recipes", response=list[RecipeShown])
def recipes(request: HttpRequest, text: str = "", state: str = "") -> list[RecipeShown]:
    """Give recipes that the caller may know of, at most 500.

    Args:
        request: The request.
        text: Part of a name.
        state: Only those with a version that stands there.

    Returns:
        Recipes.
    """
    actor = actor_of(request)
    rows = list(queries.recipes(actor, text=text, state=state)[:MOST])
    return [
        RecipeShown(
            recipe=one.recipe.identifier, name=one.recipe.name, product=one.recipe.product,
            in_force=None if one.in_force is None else one.in_force.number,
            waiting=None if one.open is None else one.open.number,
        )
        for one in queries.listed(actor, rows)
    ]  # fmt: skip


@router.get("/recipes/{identifier}/effective", response=VersionShown)
def effective(request: HttpRequest, identifier: str, at: Moment | None = None) -> VersionShown:
    """Give the version in force at a moment.

    Args:
        request: The request.
        identifier: The recipe.
        at: The moment with its zone; now without.

    Returns:
        The version.
    """
    found = queries.effective_recipe(actor_of(request), identifier, at)
    if found is None:
        raise Http404
    return shown(found)


@router.get("/recipes/{identifier}/versions/{number}", response=VersionShown)
def version(request: HttpRequest, identifier: str, number: int) -> VersionShown:
    """Give one version.

    Args:
        request: The request.
        identifier: The recipe.
        number: The version.

    Returns:
        The version.
    """
    found = queries.version(actor_of(request), identifier, number)
    if found is None:
        raise Http404
    return shown(found)


@router.post("/check", response=CheckedText)
def check_text(request: HttpRequest, given: Text) -> CheckedText:
    """Check a text; nothing is kept.

    Args:
        request: The request.
        given: The text.

    Returns:
        What was found.
    """
    actor = actor_of(request)
    people.authorize(actor, "recipe.read")
    examined = examine(given.source, site.offers(actor))
    found = [one.as_json() for one in examined.found]
    return CheckedText(readable=examined.recipe is not None, engine=ENGINE, findings=found)
