"""Repairing an imported draft by a file: each repair is one command and one entry, made one after another."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel.errors import DomainError
from batchwright.recipes.entries import RecipeImported, RecipeRepaired
from batchwright.recipes.models import RecipeVersion
from batchwright.recipes.repairs import Repair, Repairs, answered, ends_so, mended
from batchwright.recipes.services.writing import repair_draft


@dataclass(frozen=True, slots=True)
class Repaired:
    """One repair that was made.

    Attributes:
        repair: The repair.
        where: The place that it answered.
        receipt: Where its entry stands; None where it stood in the record before.
    """

    repair: Repair
    where: str
    receipt: record.Receipt | None


def repair_all(*, actor: record.Actor, version: RecipeVersion, repairs: Repairs) -> Iterator[Repaired]:
    """Make the repairs of a file, one by one; what was made before the first that is refused stays.

    Args:
        actor: Who repairs.
        version: The imported draft.
        repairs: The file.

    Yields:
        Each repair when it is recorded; again after an interruption, those made before come without a new entry.

    Raises:
        Refused: If the actor may not.
        DomainError: If the draft came from another file, or a repair names a finding that there is not, leaves it, or
            brings another error.
        BadInput: If a change leads nowhere.
    """
    require_file(version, repairs.file_sha256)
    for repair, where in repairs.one_by_one():
        version = RecipeVersion.objects.select_related("text", "recipe__sponsor").get(pk=version.pk)
        found = answered(version.found, repair, where)
        if found is None:
            _require_made(version, repair, where)
            yield Repaired(repair, where, None)
            continue
        source = mended(version.text.source, found.finding.place, repair)
        receipt = repair_draft(
            actor=actor, version=version, source=source, finding=found.key, reason=repair.why,
            expected_version=version.version,
        )  # fmt: skip
        yield Repaired(repair, where, receipt)


def require_file(version: RecipeVersion, sha256: str) -> None:
    """Refuse repairs that were written for another file.

    Args:
        version: The imported draft, which the caller was allowed to read.
        sha256: SHA-256 of the file that they were written for; "" for any.

    Raises:
        DomainError: If the draft came from another.
    """
    entry = record.Entry.objects.filter(subject=version.subject, type="recipe.imported/1").first()
    data = None if entry is None else entry.typed
    came_from = data.file_sha256 if isinstance(data, RecipeImported) else ""
    if sha256 and sha256 != came_from:
        raise DomainError(
            _("These repairs were written for another file"), value=came_from or _("none"), limit=sha256,
            remedy=_("Import that file, or write repairs for this one."),
        )  # fmt: skip


def _require_made(version: RecipeVersion, repair: Repair, where: str) -> None:
    """A finding that is not there was answered by the same repair before, or the file is about something else."""
    entries = record.Entry.objects.filter(subject=version.subject, type="recipe.repaired/1")
    for one in entries:
        data = one.typed
        if isinstance(data, RecipeRepaired) and data.code == repair.finding and ends_so(data.where, where):
            return
    raise DomainError(
        _("There is no such finding to answer"), value=f"{repair.finding}: {where}",
        remedy=_("See `batchwright recipes check`."),
    )  # fmt: skip
