"""What every command of recipes does alike: reading a text, checking it, who wrote it, and rows of its texts."""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.recipes import differences, site
from batchwright.recipes import text as texts
from batchwright.recipes.examination import ENGINE, Examined, examine
from batchwright.recipes.lifecycle import blocking
from batchwright.recipes.models import Justification, Recipe, RecipeText, RecipeVersion, VersionState
from batchwright.recipes.placed import Placed
from batchwright.recipes.procedure import MasterRecipe
from batchwright.record.canonical import encode

WRITING = (
    "recipe.drafted/1", "recipe.edited/1", "recipe.imported/1", "recipe.repaired/1", "recipe.justified/1",
    "recipe.submitted/1",
)  # fmt: skip
"""Entries by which somebody takes part in a version and is no longer independent of it."""


def canonical(recipe: MasterRecipe) -> str:
    """Write a recipe as canonical JSON (RFC 8785).

    Args:
        recipe: The recipe.

    Returns:
        What is hashed and signed.
    """
    return encode(recipe.model_dump(mode="json", exclude_none=True)).decode()


def digest_of(canonical_text: str) -> str:
    """Give the SHA-256 of a canonical text, in hexadecimal digits."""
    return hashlib.sha256(canonical_text.encode()).hexdigest()


def read(source: str, name: str | None = None) -> MasterRecipe:
    """Read a text that is going to be kept.

    Args:
        source: YAML.
        name: Of the file, for messages.

    Returns:
        The recipe.

    Raises:
        BadInput: If it is no recipe; with line, value and reason.
    """
    return texts.read(source, name).recipe


def text_row(recipe: Recipe, source: str, master: MasterRecipe) -> RecipeText:
    """Make the row of a text, to be created inside an entry."""
    said = canonical(master)
    return RecipeText(recipe=recipe, source=source, canonical=said, sha256=digest_of(said))


def checked_against(actor: record.Actor, source: str) -> Examined:
    """Check a text with what the site offers."""
    return examine(source, site.offers(actor))


def results_of(examined: Examined) -> dict[str, Any]:
    """Give the columns of a version that hold the latest check."""
    return {"findings": [one.as_json() for one in examined.found], "engine": ENGINE, "checked_at": clock.now()}


def sentences(old: MasterRecipe, new: MasterRecipe) -> list[str]:
    """Tell what has changed, in the field's words."""
    return [str(one) for one in differences.differences(old, new)]


def fit(recipe: Recipe, master: MasterRecipe) -> None:
    """Refuse a text that is not about this recipe.

    Args:
        recipe: The recipe.
        master: What the text says.

    Raises:
        BadInput: If it calls itself otherwise, or is of another sponsor.
    """
    if master.id != recipe.source_id:
        raise BadInput(_("The text is about another recipe"), value=master.id, limit=recipe.source_id)
    fit_sponsor(master, recipe.tenant)


def fit_sponsor(master: MasterRecipe, tenant: str | None) -> None:
    """Refuse a text that names another sponsor than the recipe has."""
    if master.header.sponsor and master.header.sponsor != tenant:
        raise BadInput(
            _("The text names another sponsor than the recipe has"), value=master.header.sponsor,
            limit=tenant or _("none: the plant's own"), remedy=_("Correct header.sponsor."),
        )  # fmt: skip


def require_state(version: RecipeVersion, *states: VersionState) -> None:
    """Refuse an act on a version that does not stand where the act is possible.

    Args:
        version: The version, as it is now.
        *states: Where it may stand.

    Raises:
        DomainError: If it stands elsewhere.
    """
    if version.state not in states:
        raise DomainError(
            _("This cannot be done with a version that stands there"), value=str(version.get_state_display()),
            limit=", ".join(str(one.label) for one in states), remedy=_("Begin another version."),
        )  # fmt: skip


def justified(version: RecipeVersion) -> dict[str, Justification]:
    """Give the justifications of a version, which the caller was allowed to read, by finding; the latest counts."""
    return {one.finding: one for one in Justification.objects.filter(for_version=version)}


def require_sound(version: RecipeVersion, found: Iterable[Placed]) -> None:
    """Refuse a version with errors that nobody mended or justified.

    Args:
        version: The version.
        found: What the check found.

    Raises:
        DomainError: If there is one; the first is named.
    """
    left = blocking([one.finding for one in found], justified(version))
    if left:
        raise DomainError(
            _("The recipe has errors: %(first)s") % {"first": left[0].sentence}, value=str(len(left)),
            limit=_("none that is not justified"), remedy=left[0].remedy or _("Mend it in the text."),
        )  # fmt: skip


def writers_of(version: RecipeVersion) -> tuple[str, ...]:
    """Give who took part in writing a version and therefore does not approve it.

    Args:
        version: The version, which the caller was allowed to read.

    Returns:
        Ids of actors.
    """
    made = record.Entry.objects.filter(subject=version.subject, type__in=WRITING)
    return tuple(dict.fromkeys(made.order_by("seq").values_list("actor", flat=True)))
