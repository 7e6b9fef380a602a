"""Charts for pages: without a style of their own, which the content security policy refuses; see `recipes.css`."""

from collections.abc import Callable, Mapping

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from batchwright.recipes import chart
from batchwright.recipes.chart_svg import Mark, svg
from batchwright.recipes.procedure import MasterRecipe
from batchwright.recipes.showing import way_to


def drawing(
    recipe: MasterRecipe, level: str, href: Callable[[str], str] | None = None, here: str = "",
    marks: Mapping[str, Mark] | None = None,
) -> SafeString | None:  # fmt: skip
    """Draw one level of a recipe.

    Args:
        recipe: The recipe.
        level: Id of the element whose inside is drawn; "" for the outermost.
        href: Address of the page of an element.
        here: Id of the element that the page is about, to be marked.
        marks: Where steps of a running batch stand, by `batchwright.recipes.chart_svg.key_of`.

    Returns:
        The drawing, or None where nothing is drawn there.
    """
    if not level:
        logic, elements, title = recipe.logic, recipe.elements, recipe.name or recipe.id
        if logic.is_empty and elements:
            return drawing(recipe, elements[0].id, href, here, marks)
    else:
        way = way_to(recipe, level)
        if not way:
            return None
        logic, elements, title = way[-1].logic, way[-1].elements, way[-1].name or way[-1].id
    if logic.is_empty:
        return None
    states: dict[str, str | Mark] = {here: _("shown here")} if here else {}
    drawn = svg(chart.layout(logic, elements, title), href, {**states, **(marks or {})}, style=False)
    return mark_safe(drawn)  # noqa: S308 - made by our own code, which escapes every text
