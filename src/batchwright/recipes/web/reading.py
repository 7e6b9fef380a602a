"""Recipes: which is in force, is it right, how does it differ, what happened to it?"""

import difflib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import escape
from django.utils.http import content_disposition_header, urlencode
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET

from batchwright import people, record
from batchwright.kernel.errors import BatchwrightError
from batchwright.people.web.acting import Page, actor_of
from batchwright.recipes import exporting, queries, showing, site
from batchwright.recipes.differences import differences
from batchwright.recipes.models import Recipe, RecipeVersion, VersionState
from batchwright.recipes.procedure import MasterRecipe, RecipeElement
from batchwright.recipes.web.drawing import drawing
from batchwright.record.web.sorting import Columns

PER_PAGE = 50
_LATEST = 12


def recipe_of(actor: record.Actor, identifier: str) -> Recipe:
    """Find the recipe of an address, or answer that there is none."""
    found = queries.recipe(actor, identifier)
    if found is None:
        raise Http404
    return found


def version_of(actor: record.Actor, identifier: str, number: int) -> RecipeVersion:
    """Find the version of an address, or answer that there is none."""
    found = queries.version(actor, identifier, number)
    if found is None:
        raise Http404
    return found


RECIPES = Columns({"recipe": "identifier", "product": ("product", "identifier")}, first="recipe")


class RecipesView(Page):
    """Which recipes are there, and who needs to act?"""

    action = "recipe.read"
    template_name = "recipes/recipes.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the recipes that fit."""
        asked = {name: self.request.GET.get(name, "")[:60] for name in ("text", "state")}
        found = queries.recipes(self.actor, **asked)
        page = Paginator(RECIPES.sort(found, self.request), PER_PAGE).get_page(self.request.GET.get("page"))
        rows = queries.listed(self.actor, list(page.object_list))
        return super().get_context_data(
            **kwargs, **asked, page=page, sorted_by=RECIPES.asked(self.request), rows=rows, states=VersionState.choices,
            narrow=any(asked.values()),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AskedShown:
    """What an element asks of equipment, and which units of the site do it."""

    asked: showing.Asked
    matching: site.Matching | None


class VersionView(Page):
    """Is this recipe right?"""

    action = "recipe.read"
    template_name = "recipes/version.html"

    def chosen(self) -> RecipeVersion:
        """The version that is shown."""
        return version_of(self.actor, self.kwargs["identifier"], self.kwargs["number"])

    @cached_property
    def in_force(self) -> RecipeVersion | None:
        """The version in force."""
        return queries.effective_recipe(self.actor, self.kwargs["identifier"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add everything about the version."""
        actor, one = self.actor, self.chosen()
        recipe, offered = one.text.master, site.offers(self.actor)
        way = showing.way_to(recipe, self.request.GET.get("level", "")[:200])
        return super().get_context_data(
            **kwargs, **_level(recipe, way, _address(one)), here_line=queries.line_of(one, way),
            version=one, recipe=one.recipe, master=recipe,
            standing=queries.standing(one), lines=_lines(one), justified=queries.justifications(actor, one),
            formula=[line for line in showing.lines(recipe) if not line.where],
            settings=[line for line in showing.lines(recipe) if line.where], equipment=_equipment(offered, recipe),
            site_known=offered is not None, signatures=people.signatures_on(actor, one),
            versions=queries.versions(actor, one.recipe).defer("text__source", "text__canonical"),
            entries=queries.history(actor, one.recipe)[:_LATEST],
            in_force=self.in_force,
            own=actor.id in queries.writers(actor, one), ready=queries.is_sound(one),
        )  # fmt: skip


class RecipeView(VersionView):
    """The version in force; where there is none, the latest."""

    def chosen(self) -> RecipeVersion:
        """The version that is shown."""
        one = recipe_of(self.actor, self.kwargs["identifier"])
        found = self.in_force or queries.versions(self.actor, one).first()
        if found is None:
            raise Http404
        return found


def _address(one: RecipeVersion) -> str:
    return reverse("recipes:version", args=[one.recipe.identifier, one.number])


def _level(recipe: MasterRecipe, way: tuple[RecipeElement, ...], address: str) -> dict[str, Any]:
    """The chart of a level; of an element without one, that around it and the element's own particulars."""
    drawn = next((one for one in reversed(way) if not one.logic.is_empty), None)
    here = way[-1] if way else None
    return {
        "way": way, "here": here, "facts": () if here is None else showing.facts(here.phase),
        "chart": drawing(
            recipe, "" if drawn is None else drawn.id, lambda name: f"{address}?{urlencode({'level': name})}#procedure",
            here="" if here is None or here is drawn else here.id,
        ),
        "own_settings": [] if here is None else [
            line for line in showing.lines(recipe) if line.where and line.where.split(" / ")[-1] == here.id
        ],
    }  # fmt: skip


def _lines(one: RecipeVersion) -> SafeString:
    """The text line by line, with what was found in it; written here, for a template takes 10 ms for 600 lines."""
    worst: dict[int, str] = {}
    for found in one.found:
        if worst.get(found.line) != "error":
            worst[found.line] = found.severity
    marked = {line: f' data-severity="{escape(severity)}"' for line, severity in worst.items()}
    lines = enumerate(one.text.source.splitlines(), start=1)
    items = (f'<li id="L{n}"{marked.get(n, "")}><code>{escape(text)}</code></li>' for n, text in lines)
    return mark_safe("".join(items))  # noqa: S308 - every text is escaped above


def _equipment(offered: site.SiteOffers | None, recipe: MasterRecipe) -> list[AskedShown]:
    return [
        AskedShown(one, None if offered is None else offered.matching(one.requirements))
        for one in showing.equipment(recipe)
    ]


class DifferencesView(Page):
    """What has changed between two versions?"""

    action = "recipe.read"
    template_name = "recipes/differences.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the differences, as sentences and line by line."""
        one = recipe_of(self.actor, self.kwargs["identifier"])
        rows = list(queries.versions(self.actor, one).defer("text__source", "text__canonical"))
        old, new = self._two([row.number for row in rows])
        before, after = (version_of(self.actor, one.identifier, number) for number in (old, new))
        return super().get_context_data(
            **kwargs, recipe=one, versions=rows, before=before, after=after,
            told=differences(before.text.master, after.text.master), text=text_differences(before, after),
        )  # fmt: skip

    def _two(self, numbers: list[int]) -> tuple[int, int]:
        """The versions that are asked for; else the latest and the one before it."""
        asked = [self.request.GET.get(name, "") for name in ("old", "new")]
        wanted = [int(one) if one.isascii() and one.isdigit() and len(one) < 9 else None for one in asked]
        new = wanted[1] if wanted[1] is not None else numbers[0]
        older = [number for number in numbers if number < new]
        old = wanted[0] if wanted[0] is not None else (older or numbers)[0]
        if old not in numbers or new not in numbers:
            raise Http404
        return old, new


@dataclass(frozen=True, slots=True)
class TextDifference:
    """A line that was taken away or added, or lies beside one."""

    mark: str
    old: int | None
    new: int | None
    text: str


def text_differences(before: RecipeVersion, after: RecipeVersion) -> list[list[TextDifference]]:
    """Compare two texts line by line.

    Args:
        before: The version before.
        after: The version after.

    Returns:
        Groups of lines, each with three lines around what has changed.
    """
    old, new = before.text.source.splitlines(), after.text.source.splitlines()
    groups = []
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(3):
        shown: list[TextDifference] = []
        for what, first, last, begin, end in group:
            if what == "equal":
                both = zip(range(first, last), range(begin, end), strict=True)
                shown += [TextDifference(" ", at + 1, to + 1, old[at]) for at, to in both]
                continue
            shown += [TextDifference("-", at + 1, None, old[at]) for at in range(first, last)]
            shown += [TextDifference("+", None, to + 1, new[to]) for to in range(begin, end)]
        groups.append(shown)
    return groups


@require_GET
def export(request: HttpRequest, identifier: str, number: int, form: str) -> HttpResponse:
    """Give a version as a file.

    Args:
        request: The request.
        identifier: The recipe.
        number: The version.
        form: yaml as authored, xml for BatchML V0700, json for the canonical text that was hashed.

    Returns:
        The file.
    """
    actor = actor_of(request)
    people.authorize(actor, "recipe.read")
    if form not in exporting.FORMS:
        raise Http404
    one = version_of(actor, identifier, number)
    try:
        content = exporting.exported(one, form)
    except BatchwrightError as error:
        return HttpResponse(str(error), status=409, content_type="text/plain; charset=utf-8")
    name = f"{identifier}-{number}.{form}"
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(content, content_type=exporting.FORMS[form], headers={"Content-Disposition": disposition})
