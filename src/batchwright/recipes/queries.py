"""Reading recipes: each function begins at what the actor may see."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.core.cache import cache
from django.db.models import Q, QuerySet

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.recipes import lifecycle
from batchwright.recipes.models import Justification, Recipe, RecipeVersion
from batchwright.recipes.procedure import RecipeElement
from batchwright.recipes.services.common import justified, writers_of
from batchwright.recipes.services.importing import REPORT
from batchwright.recipes.showing import elements
from batchwright.recipes.yaml_tree import read_tree
from batchwright.record import stores

_OPEN = ("draft", "review", "approved")


def recipes(actor: record.Actor, *, text: str = "", state: str = "") -> QuerySet[Recipe]:
    """Find recipes.

    Args:
        actor: Who reads.
        text: Part of an identifier, name or product; "" for all.
        state: Only those with a version that stands there; "" for any.

    Returns:
        Recipes by identifier.

    Raises:
        Refused: If the actor may not see recipes.
    """
    people.authorize(actor, "recipe.read")
    found = Recipe.visible_to(actor)
    if text:
        found = found.filter(
            Q(identifier__icontains=text) | Q(name__icontains=text) | Q(product__icontains=text)
        )
    if state:
        found = found.filter(pk__in=RecipeVersion.visible_to(actor).filter(state=state).values("recipe_id"))
    return found


def recipe(actor: record.Actor, identifier: str) -> Recipe | None:
    """Find one recipe.

    Args:
        actor: Who reads.
        identifier: What it is called.

    Returns:
        The recipe, or None if the actor may not know of it.

    Raises:
        Refused: If the actor may not see recipes.
    """
    return recipes(actor).filter(identifier=identifier).first()


def versions(actor: record.Actor, one: Recipe) -> QuerySet[RecipeVersion]:
    """Give the versions of a recipe, the latest first.

    Args:
        actor: Who reads.
        one: The recipe.

    Returns:
        Versions with their texts.

    Raises:
        Refused: If the actor may not see recipes.
    """
    people.authorize(actor, "recipe.read")
    return RecipeVersion.visible_to(actor).filter(recipe=one).order_by("-number")


def version(actor: record.Actor, identifier: str, number: int) -> RecipeVersion | None:
    """Find one version.

    Args:
        actor: Who reads.
        identifier: Of its recipe.
        number: Its number.

    Returns:
        The version, or None if the actor may not know of it.

    Raises:
        Refused: If the actor may not see recipes.
    """
    people.authorize(actor, "recipe.read")
    return RecipeVersion.visible_to(actor).filter(recipe__identifier=identifier, number=number).first()


def effective_recipe(actor: record.Actor, identifier: str, at: datetime | None = None) -> RecipeVersion | None:
    """Give the version that is, was or will be in force at a moment.

    Args:
        actor: Who reads.
        identifier: Of the recipe.
        at: An aware moment; None for now.

    Returns:
        The version, or None if none is.

    Raises:
        Refused: If the actor may not see recipes.
        BadInput: If the moment has no zone.
    """
    people.authorize(actor, "recipe.read")
    moment = clock.now() if at is None else clock.ensure_utc(at)
    return (
        RecipeVersion.visible_to(actor)
        .filter(recipe__identifier=identifier, effective_from__lte=moment)
        .filter(Q(superseded_at__isnull=True) | Q(superseded_at__gt=moment))
        .first()
    )


def is_sound(one: RecipeVersion) -> bool:
    """Say whether the latest check of a version, which the actor was allowed to read, leaves nothing to mend."""
    return not lifecycle.blocking([found.finding for found in one.found], justified(one))


def line_of(one: RecipeVersion, way: tuple[RecipeElement, ...]) -> int | None:
    """Say in which line of its text an element of a version begins.

    Args:
        one: The version, which the actor was allowed to read.
        way: The elements down to it; none for the recipe.

    Returns:
        The line; None for the recipe, and for an element that its text does not have.
    """
    if not way:
        return None
    key = f"recipe-lines:{one.text_id}:{one.sha256}"
    lines: dict[str, int] | None = cache.get(key)
    if lines is None:
        places = read_tree(one.text.source, None)
        lines = {element.id: places.place_of(path)[0] for path, element, _where in elements(one.text.master)}
        cache.set(key, lines)  # a text never changes
    return lines.get(way[-1].id)


def standing(one: RecipeVersion) -> lifecycle.Standing:
    """Say what a version, which the actor was allowed to read, is now."""
    return lifecycle.standing(one, clock.now())


@dataclass(frozen=True, slots=True)
class Listed:
    """A recipe as the list shows it.

    Attributes:
        recipe: The recipe.
        in_force: The version in force now.
        open: The version that waits for somebody, if there is one.
    """

    recipe: Recipe
    in_force: RecipeVersion | None
    open: RecipeVersion | None


def listed(actor: record.Actor, rows: list[Recipe]) -> list[Listed]:
    """Add to recipes which version is in force and which waits, with one query.

    Args:
        actor: Who reads.
        rows: Recipes that the actor may see.

    Returns:
        One line for each.
    """
    now = clock.now()
    found: dict[int, list[RecipeVersion]] = {}
    every = RecipeVersion.visible_to(actor).filter(recipe__in=rows).defer("text__source", "text__canonical", "findings")
    for one in every.order_by("-number"):
        found.setdefault(one.recipe_id, []).append(one)
    return [
        Listed(
            row,
            next((one for one in found.get(row.pk, ())
                  if lifecycle.standing(one, now) is lifecycle.Standing.IN_FORCE), None),
            next((one for one in found.get(row.pk, ()) if one.state in _OPEN), None),
        )
        for row in rows
    ]  # fmt: skip


def waiting(actor: record.Actor, state: str) -> list[RecipeVersion]:
    """Give the versions that stand in a state and in whose way the actor is not: not own work for approval.

    Args:
        actor: Who asks.
        state: draft, review or approved.

    Returns:
        Versions, the oldest first.

    Raises:
        Refused: If the actor may not see recipes.
    """
    people.authorize(actor, "recipe.read")
    found = RecipeVersion.visible_to(actor).filter(state=state).defer("text__source", "text__canonical").order_by("id")
    return [one for one in found if state != "review" or actor.id not in writers_of(one)]


def justifications(actor: record.Actor, one: RecipeVersion) -> dict[str, Justification]:
    """Give what was justified in a version, by name of the finding.

    Args:
        actor: Who reads.
        one: The version.

    Returns:
        The latest justification of each finding.

    Raises:
        Refused: If the actor may not see recipes.
    """
    people.authorize(actor, "recipe.read")
    return justified(one) if Justification.visible_to(actor).filter(for_version=one).exists() else {}


def writers(actor: record.Actor, one: RecipeVersion) -> tuple[str, ...]:
    """Give who took part in writing a version and therefore does not approve it.

    Args:
        actor: Who reads.
        one: The version, which the actor was allowed to read.

    Returns:
        User names.

    Raises:
        Refused: If the actor may not see recipes.
    """
    people.authorize(actor, "recipe.read")
    return writers_of(one)


def history(actor: record.Actor, one: Recipe) -> QuerySet[record.Entry]:
    """Give what happened to a recipe and its versions.

    Args:
        actor: Who reads.
        one: The recipe.

    Returns:
        Entries, the latest first.

    Raises:
        Refused: If the actor may not see recipes.
    """
    people.authorize(actor, "recipe.read")
    own = Q(subject=one.subject) | Q(subject__startswith=f"{one.subject}/")
    return record.entries_visible_to(actor).filter(own).order_by("-seq")


def import_report(actor: record.Actor, one: RecipeVersion) -> dict[str, Any] | None:
    """Give the report of the import that a version began with.

    Args:
        actor: Who reads.
        one: The version.

    Returns:
        What was taken over, what was not, and what is wrong; None if it was not imported.

    Raises:
        Refused: If the actor may not see recipes.
    """
    entry = history(actor, one.recipe).filter(subject=one.subject, type="recipe.imported/1").first()
    if entry is None:
        return None
    digest = next(kept["sha256"] for kept in entry.content["attachments"] if kept["name"] == REPORT)
    return cast("dict[str, Any]", json.loads(stores.blobs().get(digest)))
