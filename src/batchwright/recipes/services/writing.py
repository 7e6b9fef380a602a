"""Writing a recipe: begin it, begin another version, change a draft, repair an imported one, justify a finding."""

from typing import Any

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.people import Sponsor
from batchwright.recipes import entries
from batchwright.recipes import text as texts
from batchwright.recipes.examination import Examined
from batchwright.recipes.models import Justification, Origin, Recipe, RecipeVersion, VersionState
from batchwright.recipes.placed import Placed
from batchwright.recipes.procedure import MasterRecipe
from batchwright.recipes.services.common import (
    checked_against,
    fit,
    fit_sponsor,
    read,
    require_state,
    results_of,
    sentences,
    text_row,
)

_OPEN = (VersionState.DRAFT, VersionState.REVIEW)


@record.command
def draft_recipe(
    *,
    actor: record.Actor,
    source: str,
    sponsor: Sponsor | None = None,
    name: str | None = None,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Begin a recipe with its first version.

    Args:
        actor: Who writes it.
        source: YAML; its ``id`` becomes the recipe's identifier.
        sponsor: Whose product it makes; None for the plant's own.
        name: Of the file, for messages.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands; its subject is the version's.

    Raises:
        Refused: If the actor may not.
        DomainError: If there is such a recipe already.
        BadInput: If the text is no recipe, or of another sponsor.
    """
    people.authorize(actor, "recipe.author")
    master = read(source, name)
    row = new_recipe(master, master.id, sponsor)
    examined = checked_against(actor, source)
    version = first_version(row, source, master, examined, Origin.AUTHORED)
    data = entries.RecipeDrafted(recipe=row.identifier, number=version.number, sha256=version.sha256)
    with record.entry(
        data, actor=actor, subject=version, reason=reason, sponsor=row.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "recipe.author")
        keep_first(entry, row, version)
    return entry.receipt


def new_recipe(master: MasterRecipe, identifier: str, sponsor: Sponsor | None) -> Recipe:
    """Make the row of a recipe that is not here yet.

    Args:
        master: What its text says.
        identifier: What it is called in this plant.
        sponsor: Whose product it makes.

    Returns:
        The row, to be created inside an entry.

    Raises:
        BadInput: If the identifier is malformed, or the text names another sponsor.
    """
    row = Recipe(
        identifier=identifier, source_id=master.id, product=master.header.product, name=master.name, sponsor=sponsor
    )
    fit_sponsor(master, row.tenant)
    return record.checked(row)


def first_version(
    row: Recipe, source: str, master: MasterRecipe, examined: Examined, origin: Origin
) -> RecipeVersion:
    """Make the row of a first version with its text, to be created by `keep_first`."""
    kept = text_row(row, source, master)
    return RecipeVersion(
        recipe=row, number=1, origin=origin, text=kept, sha256=kept.sha256, **results_of(examined)
    )


def keep_first(entry: record.OpenEntry, row: Recipe, version: RecipeVersion) -> None:
    """Create a recipe with its first version.

    Args:
        entry: The open entry.
        row: The recipe.
        version: Its first version, with its text.

    Raises:
        DomainError: If the identifier is taken.
    """
    if Recipe.objects.filter(identifier=row.identifier).exists():
        raise DomainError(
            _("There is such a recipe already"), value=row.identifier, remedy=_("Begin another version of it.")
        )
    entry.create(row)
    _keep_text(entry, version)
    version.recipe = row
    entry.create(version)


def _keep_text(entry: record.OpenEntry, version: RecipeVersion) -> None:
    kept = version.text
    kept.recipe = version.recipe
    version.text = entry.create(kept)


@record.command
def draft_version(
    *,
    actor: record.Actor,
    recipe: Recipe,
    source: str | None = None,
    reason: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Begin another version; while one is written or reviewed there is no second.

    Args:
        actor: Who writes it.
        recipe: The recipe.
        source: YAML; None to begin with the latest version that was not withdrawn, with the next number in it.
        reason: Why it is changed.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands; its subject is the version's.

    Raises:
        Refused: If the actor may not.
        DomainError: If a version is being written or reviewed.
        BadInput: If the text is no recipe, or is about another one.
    """
    people.authorize(actor, "recipe.author")
    rows = RecipeVersion.objects.filter(recipe=recipe).select_related("text", "recipe__sponsor").order_by("-number")
    latest = rows.first()
    number = 1 if latest is None else latest.number + 1
    base = rows.exclude(state=VersionState.WITHDRAWN).first() or latest
    if source is None:
        if base is None:
            raise BadInput(_("There is no version to begin with"), value=recipe.identifier)
        source = texts.edited(base.text.source, {("version",): str(number)})
    master = read(source)
    fit(recipe, master)
    kept = text_row(recipe, source, master)
    version = RecipeVersion(
        recipe=recipe, number=number, text=kept, sha256=kept.sha256, **results_of(checked_against(actor, source))
    )
    data = entries.RecipeDrafted(
        recipe=recipe.identifier, number=number, sha256=kept.sha256, based_on=None if base is None else base.number
    )
    with record.entry(
        data, actor=actor, subject=version, reason=reason, sponsor=recipe.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "recipe.author")
        entry.lock(recipe)
        now = RecipeVersion.objects.filter(recipe=recipe).order_by("-number").first()
        if now is not None and now.state in _OPEN:
            raise DomainError(
                _("A version is being written or reviewed"), value=str(now.number), limit=_("one at a time"),
                remedy=_("Finish or withdraw it first."),
            )  # fmt: skip
        _keep_text(entry, version)
        entry.create(version)
    return entry.receipt


@record.command
def edit_draft(
    *,
    actor: record.Actor,
    version: RecipeVersion,
    source: str,
    reason: str = "",
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Change the text of a draft; the text before it is kept.

    Args:
        actor: Who writes.
        version: The draft.
        source: The whole new text.
        reason: Why.
        expected_version: Version of the row that the author saw.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is no draft any more, or nothing was changed.
        BadInput: If the text is no recipe, or is about another one.
        Stale: If somebody else changed it meanwhile.
    """
    people.authorize(actor, "recipe.author")
    change = _Change(actor, version, source)
    data = entries.RecipeEdited(**change.facts, before=version.sha256, after=change.kept.sha256)
    with record.entry(
        data, actor=actor, subject=version, reason=reason, sponsor=version.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "recipe.author")
        change.keep(entry, expected_version)
    return entry.receipt


@record.command
def repair_draft(
    *,
    actor: record.Actor,
    version: RecipeVersion,
    source: str,
    finding: str,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Mend one defect of an imported draft: the finding is gone afterwards, and no other error came in its place.

    Args:
        actor: Who mends it.
        version: The imported draft.
        source: The whole mended text.
        finding: Name of the finding that this answers, as `batchwright.recipes.lifecycle.key_of` gives it.
        reason: Why it is mended so.
        expected_version: Version of the row that the author saw.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is no imported draft, there is no such finding, it still stands, or another error came.
        BadInput: If the text is no recipe, or is about another one.
        Stale: If somebody else changed it meanwhile.
    """
    people.authorize(actor, "recipe.author")
    if version.origin != Origin.IMPORTED:
        raise DomainError(_("Only what came from another system is repaired"), value=version.origin,
                          remedy=_("Change the draft."))  # fmt: skip
    change = _Change(actor, version, source)
    answered = _answered(version, change.examined, finding)
    one = answered.finding
    data = entries.RecipeRepaired(
        **change.facts, code=one.code, where=one.where, finding=one.sentence, before=version.sha256,
        after=change.kept.sha256,
    )  # fmt: skip
    with record.entry(
        data, actor=actor, subject=version, reason=reason, sponsor=version.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "recipe.author")
        change.keep(entry, expected_version)
    return entry.receipt


def _answered(version: RecipeVersion, after: Examined, finding: str) -> Placed:
    """The finding that a repair answers, gone and without another in its place."""
    before = {one.key: one for one in version.found}
    left = {one.key: one for one in after.found}
    if finding not in before:
        remedy = _("Choose one of those shown.")
        raise DomainError(_("There is no such finding to answer"), value=finding, remedy=remedy)
    if finding in left:
        raise DomainError(_("The repair does not answer the finding"), value=str(left[finding].finding))
    came = [one for key, one in left.items() if key not in before and one.severity == "error"]
    known = {(one.finding.code, one.finding.where) for one in before.values()}
    worse = [one for one in came if (one.finding.code, one.finding.where) not in known]
    if worse:
        raise DomainError(_("The repair brings another error"), value=str(worse[0].finding),
                          remedy=_("Mend both, or choose another repair."))  # fmt: skip
    return before[finding]


class _Change:
    """Another text of a draft, read and checked before the entry is opened."""

    def __init__(self, actor: record.Actor, version: RecipeVersion, source: str) -> None:
        self.examined = checked_against(actor, source)
        master = self.examined.recipe or read(source)  # read again only for its refusal
        fit(version.recipe, master)
        self.version, self.master = version, master
        self.kept = text_row(version.recipe, source, master)
        if source == version.text.source:
            raise DomainError(_("Nothing was changed"), value=version.subject, remedy=_("Change the text first."))

    @property
    def facts(self) -> dict[str, Any]:
        """What every entry about it says."""
        told = sentences(self.version.text.master, self.master)
        return {"recipe": self.version.recipe.identifier, "number": self.version.number, "differences": told}

    def keep(self, entry: record.OpenEntry, expected_version: int | None) -> None:
        """Write it; product and name of the recipe follow its text until a version is approved."""
        version, recipe = self.version, self.version.recipe
        require_state(entry.lock(version), VersionState.DRAFT)
        entry.create(self.kept)
        entry.update(
            version, expected_version=expected_version, text=self.kept, sha256=self.kept.sha256,
            **results_of(self.examined),
        )  # fmt: skip
        said: dict[str, Any] = {"product": self.master.header.product[:60], "name": self.master.name}
        if said == {"product": recipe.product, "name": recipe.name}:
            return
        older = RecipeVersion.objects.filter(recipe=recipe, approved_at__isnull=False)
        if said["product"] != recipe.product and older.exists():
            raise BadInput(
                _("A recipe that was approved stays that of its product"), value=said["product"], limit=recipe.product,
                remedy=_("Write another recipe."),
            )  # fmt: skip
        entry.update(entry.lock(recipe), **said)


@record.command
def justify(
    *,
    actor: record.Actor,
    version: RecipeVersion,
    finding: str,
    why: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Say why an error that rests on what is not in the text may stand; it is shown to whoever approves.

    Args:
        actor: Who says so.
        version: The draft.
        finding: Name of the finding.
        why: The ground.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is no draft, there is no such finding, or it has to be mended.
    """
    one = next((one for one in version.found if one.key == finding), None)
    if one is None:
        raise DomainError(_("There is no such finding to justify"), value=finding)
    if not one.may_be_justified:
        raise DomainError(
            _("This finding cannot be justified"), value=one.finding.sentence, remedy=one.finding.remedy
        )
    data = entries.FindingJustified(
        recipe=version.recipe.identifier, number=version.number, code=one.finding.code, where=one.finding.where,
        finding=one.finding.sentence,
    )  # fmt: skip
    with record.entry(
        data, actor=actor, subject=version, reason=why, sponsor=version.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "recipe.author")
        require_state(entry.lock(version), VersionState.DRAFT)
        entry.create(Justification(for_version=version, finding=finding, why=why, by=actor.id))
    return entry.receipt
