"""What every command of execution does alike: reading control recipes, checking rows, raising exceptions."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.execution.control_recipe import ControlRecipe, Fits
from batchwright.execution.exceptions import Raised
from batchwright.execution.models import Attempt, Batch, BatchException, ControlText, Run
from batchwright.execution.plan import Plan
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.recipes import site
from batchwright.recipes.procedure import EquipmentRequirement

_KNOWN: dict[str, tuple[ControlRecipe, Plan]] = {}
_MOST_KNOWN = 200


def control_of(batch: Batch) -> tuple[ControlRecipe, Plan]:
    """Give the control recipe in force of a batch that the caller was allowed to read, and its procedure laid out.

    A control recipe is named by its digest and never changes, so each process lays it out once.

    Args:
        batch: The batch.

    Returns:
        The control recipe and its plan; both are frozen.

    Raises:
        DomainError: If the text in the database is not the one that the batch names.
    """
    return _KNOWN.get(batch.control_sha256) or controls_of([batch])[batch.pk]


def controls_of(batches: Sequence[Batch]) -> dict[int, tuple[ControlRecipe, Plan]]:
    """Give the control recipes in force of batches that the caller was allowed to read, with one query at the most.

    Args:
        batches: The batches.

    Returns:
        Key of the batch to its control recipe and its plan.

    Raises:
        DomainError: If a text in the database is not the one that its batch names.
    """
    unknown = {one.pk: one for one in batches if one.control_sha256 not in _KNOWN}
    found = {one.pk: _KNOWN[one.control_sha256] for one in batches if one.pk not in unknown}
    in_force = Q(*(Q(batch_id=one.pk, revision=one.revision) for one in unknown.values()), _connector=Q.OR)
    for text in ControlText.objects.filter(in_force) if unknown else ():
        batch = unknown.pop(text.batch_id)
        if text.sha256 != batch.control_sha256:
            raise DomainError(
                _("The control recipe is not the one that the batch names"), value=text.sha256,
                limit=batch.control_sha256, remedy=_("Verify the record."),
            )  # fmt: skip
        control = ControlRecipe.model_validate_json(text.canonical)
        while len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.pop(next(iter(_KNOWN)))
        _KNOWN[text.sha256] = found[batch.pk] = control, control.plan
    if unknown:
        raise ControlText.DoesNotExist(", ".join(str(one) for one in unknown.values()))
    return found


def fits_for(actor: record.Actor) -> Fits:
    """Give the question why a unit does not fit, answered by the units as they are described now.

    Args:
        actor: Who asks.

    Returns:
        A function of a unit's tag and requirements; sentences, none where the unit fits.
    """
    offered = site.offers(actor)

    def fits(unit: str, requirements: Sequence[EquipmentRequirement]) -> Sequence[str]:
        return (_("no unit of the site is described"),) if offered is None else offered.misses_of(unit, requirements)

    return fits


def raise_exceptions(
    entry: record.OpenEntry, batch: Batch, found: Sequence[Raised], *, by: record.Actor, run: Run | None = None,
    attempt: Attempt | None = None, number: str = "",
) -> list[BatchException]:  # fmt: skip
    """Write exceptions into an open entry.

    Args:
        entry: The entry of the act that raised them.
        batch: The batch.
        found: What was not as the recipe says.
        by: Who caused or noticed it.
        run: Run that it is about.
        attempt: Attempt that showed it.
        number: Number of the only one, where it was given out before; "" takes the next.

    Returns:
        The rows, each with its number.
    """
    return [
        entry.create(
            BatchException(
                number=number or str(entry.number("E")), batch=batch, run=run, attempt=attempt, kind=one.kind.value,
                severity=one.severity.value, sentence=one.sentence, path=one.path, field=one.field,
                value=one.value[:200], limit=one.limit[:200], raised_by=by.id, raised_by_name=by.name,
                raised_at=clock.now(),
            )
        )
        for one in found
    ]  # fmt: skip
