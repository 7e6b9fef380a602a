"""Making a batch: the effective recipe, scaled to its size, with a unit for each requirement (21 CFR 211.188(a))."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from batchwright import people, recipes, record
from batchwright.execution.control_recipe import ControlRecipe, canonical, digest, make
from batchwright.execution.entries import BatchCreated
from batchwright.execution.models import Batch, ControlText
from batchwright.execution.services.common import fits_for
from batchwright.execution.states import State
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes import RecipeVersion

TAKEN = frozenset({"exceptions", "make", "sent", "work"})
"""Words in addresses where batches have their numbers: a batch called so would have no page."""


def control_for(
    actor: record.Actor, version: RecipeVersion, *, number: str, size: Quantity, units: Mapping[str, str],
    operator_decides: bool = False,
) -> ControlRecipe:  # fmt: skip
    """Make the control recipe that a batch would have, to be looked at before it is made.

    Args:
        actor: Who asks.
        version: The effective version.
        number: Of the batch.
        size: Of the batch.
        units: Tag of the unit for each element that asks for one, by its id; "" for the recipe.
        operator_decides: Whether an operator decides where the recipe says nothing.

    Returns:
        The control recipe.

    Raises:
        DomainError: If the size is outside the recipe's limits, or a requirement has no unit that fits.
    """
    return make(
        version.text.master, batch=number, size=size, at=clock.now(), units=units, fits=fits_for(actor),
        operator_decides=operator_decides,
    )  # fmt: skip


@record.command
def create_batch(
    *,
    actor: record.Actor,
    recipe: str,
    size: Quantity,
    units: Mapping[str, str],
    number: str = "",
    planned_for: datetime | None = None,
    operator_decides: bool = False,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Make a batch from the version of a recipe that is effective now.

    Args:
        actor: Who plans it.
        recipe: Identifier of the recipe.
        size: Size of the batch.
        units: Tag of the unit for each element that asks for one, by its id; "" for the recipe.
        number: Number of the batch; "" takes the next of the plant's series.
        planned_for: When it is to begin; aware.
        operator_decides: Whether an operator decides where the recipe says nothing, as recipes of other systems often
            do; each decision is recorded.
        reason: Why, where there is something to say.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands; its subject names the batch.

    Raises:
        Refused: If the actor may not.
        DomainError: If no version is effective, the number is taken, the size is outside the recipe's limits, or a
            requirement has no unit that fits.
    """
    version = recipes.effective_recipe(actor, recipe)
    if version is None:
        raise DomainError(
            _("No version of this recipe is effective"), value=recipe, remedy=_("Have a version made effective.")
        )
    data = BatchCreated(
        batch=number or "-", recipe=recipe, version=version.number, size=str(size), master_sha256=version.sha256,
        control_sha256="-", units=dict(units),
    )  # fmt: skip
    with record.entry(
        data, actor=actor, reason=reason, sponsor=version.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "batch.plan")
        fresh = entry.lock(version)
        if fresh.state != "effective":
            raise DomainError(_("This version is not effective any more"), value=fresh.state, limit="effective")
        name = number or str(entry.number("B"))
        if name.lower() in TAKEN:
            raise DomainError(
                _("This word is the address of a page"), value=name, limit=_("none of %s") % ", ".join(sorted(TAKEN)),
                remedy=_("Choose another."),
            )  # fmt: skip
        if Batch.objects.filter(number=name).exists():
            raise DomainError(_("This number is taken"), value=name, remedy=_("Choose another."))
        control = control_for(
            actor, version, number=name, size=size, units=units, operator_decides=operator_decides
        )
        batch = Batch(
            number=name, recipe_version=version, product=version.recipe.product, name=version.recipe.name,
            sponsor=version.recipe.sponsor, size=str(size), control_sha256=digest(control), state=State.IDLE.value,
            tokens=[], planned_for=planned_for, created_by=actor.id, created_at=clock.now(),
        )  # fmt: skip
        record.checked(batch)
        entry.subject = entry.create(batch)
        keep(entry, batch, control, why="the batch was made")
        entry.data = data.model_copy(update={"batch": name, "control_sha256": batch.control_sha256})
    return entry.receipt


def keep(entry: record.OpenEntry, batch: Batch, control: ControlRecipe, *, why: str) -> None:
    """Keep the text of a control recipe.

    Args:
        entry: The open entry.
        batch: The batch, with the revision and the digest of the control recipe.
        control: The control recipe.
        why: What made it.
    """
    entry.create(
        ControlText(
            batch=batch, revision=batch.revision, canonical=canonical(control).decode(), sha256=digest(control), why=why
        )
    )  # fmt: skip
