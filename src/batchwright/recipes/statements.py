"""What is shown to whoever signs a recipe: all of it, and how it differs; the command writes it anew and compares."""

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext as _

from batchwright.recipes.differences import differences
from batchwright.recipes.examination import ENGINE
from batchwright.recipes.models import Justification, RecipeVersion
from batchwright.recipes.placed import Placed

NOTHING: Final = "\N{EN DASH}"
MEANINGS: Final = MappingProxyType({"submit": "authored", "approve": "approved"})
"""The meaning of the signature on each step."""
STEPS: Final = MappingProxyType({"submit": ("draft", "review"), "approve": ("review", "approved")})


def of_version(
    version: RecipeVersion, step: str, found: Iterable[Placed], said: Iterable[Justification],
    before: RecipeVersion | None,
) -> str:  # fmt: skip
    """Write what is signed with a step of a version.

    Args:
        version: The version.
        step: submit or approve.
        found: What the check finds now.
        said: What was justified.
        before: The version that is effective now; None where there is none.

    Returns:
        The text.
    """
    recipe, (old, new) = version.recipe, STEPS[step]
    reasons = {one.finding: one.why for one in said}
    lines = [
        _("Master recipe %(recipe)s, version %(number)s: %(name)s")
        % {"recipe": recipe.identifier, "number": version.number, "name": recipe.name},
        _("Product: %(product)s; sponsor: %(sponsor)s")
        % {"product": recipe.product or NOTHING, "sponsor": recipe.tenant or NOTHING},
        _("State: %(before)s -> %(after)s") % {"before": old, "after": new},
        _("SHA-256 of what it says: %(digest)s") % {"digest": version.sha256},
        "",
        *_against(version, before),
        "",
        _("Checked by %(engine)s:") % {"engine": ENGINE},
        *_checks(found, reasons),
        "",
        _("The whole text:"),
        version.text.source,
    ]
    return "\n".join(lines)


def _against(version: RecipeVersion, before: RecipeVersion | None) -> list[str]:
    if before is None:
        return [_("No version is effective that this would follow.")]
    told = differences(before.text.master, version.text.master)
    head = _("Differences from version %(number)s, which is effective:") % {"number": before.number}
    return [head, *(f"- {one}" for one in told)] if told else [head, _("- none in what the recipe says")]


def _checks(found: Iterable[Placed], reasons: dict[str, str]) -> list[str]:
    lines = []
    for one in found:
        word = _("error") if one.severity == "error" else _("to look at")
        lines.append(f"- {word}: {one.finding}")
        if one.key in reasons:
            lines.append("  " + _("justified: %(why)s") % {"why": reasons[one.key]})
    return lines or [_("- nothing found")]
