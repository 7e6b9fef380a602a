"""The batches of the demo plant: planned, running and waiting for review, made through the same commands as everywhere.

What is seeded stands still; `batchwright.execution.operators` then performs it as people would.
"""

from decimal import Decimal
from typing import Final

from batchwright import recipes, record
from batchwright.execution import services
from batchwright.execution.models import Batch
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import demo as store
from batchwright.people import access
from batchwright.people.models import User
from batchwright.recipes import RecipeVersion, site
from batchwright.recipes.procedure import MasterRecipe
from batchwright.recipes.scaling import parameters_of
from batchwright.recipes.values import PotencyCorrected

PLANNER: Final = ("r.mehta", "planner")
RECIPES: Final = ("FCT40", "MAB07", "LYO12")
_STOCKED: Final = Decimal(3)
"""Batches for which material is in the store."""


def actor(who: tuple[str, str]) -> record.Actor:
    """Let somebody of the demo act in one of the own roles.

    Args:
        who: User name and role.

    Returns:
        The actor.
    """
    return access.actor_of(User.objects.select_related("sponsor").get(username=who[0]), who[1])


def stock(version: RecipeVersion) -> None:
    """Have in the store what a recipe takes, for several batches.

    Args:
        version: The version.
    """
    wanted: dict[str, tuple[str, Quantity, bool]] = {}
    for _path, one in parameters_of(version.text.master):
        if one.kind != "input" or not one.material or not isinstance(one.value, Quantity):
            continue
        name, before, potent = wanted.get(one.material, (one.name, None, False))
        amount = one.value * _STOCKED
        total = amount if before is None else before + amount
        wanted[one.material] = name, total, potent or isinstance(one.scaling, PotencyCorrected)
    for code, (name, amount, potent) in wanted.items():
        store.stock(code, name, amount, potent=potent)


def units_for(planner: record.Actor, master: MasterRecipe) -> dict[str, str]:
    """Choose for each requirement the unit that fits it best.

    Args:
        planner: Who plans.
        master: The recipe.

    Returns:
        Tags by id of the element; "" for the recipe.
    """
    offered = site.offers(planner)
    asking = {"": master.equipment} | {one.id: one.equipment for one in master.walk()}
    found = {}
    for element, needs in asking.items():
        fits = offered.matching(needs).fits if offered is not None and needs else ()
        if fits:
            found[element] = fits[0].split()[0]
    return found


def plan(recipe: str, number: str) -> Batch:
    """Make a batch of nominal size.

    Args:
        recipe: Identifier of the recipe.
        number: Of the batch.

    Returns:
        The batch.

    Raises:
        DomainError: If the recipe has no effective version, or a requirement has no unit.
    """
    planner = actor(PLANNER)
    version = recipes.effective_recipe(planner, recipe)
    size = version.text.master.header.batch_size if version is not None else None
    if version is None or size is None or not isinstance(size.nominal, Quantity):
        raise DomainError("this recipe is not in force, or says no size", value=recipe)
    services.create_batch(
        actor=planner, recipe=recipe, size=size.nominal, units=units_for(planner, version.text.master), number=number,
        idempotency_key=f"demo:batch:{number}",
    )  # fmt: skip
    found: Batch = Batch.objects.get(number=number)
    return found


def seed() -> None:
    """Fill the plant with batches, once, after its recipes are there."""
    if Batch.objects.exists():
        return
    planner = actor(PLANNER)
    for identifier in RECIPES:
        version = recipes.effective_recipe(planner, identifier)
        if version is not None:
            stock(version)
    for recipe, number in (("FCT40", "FCT40-0412"), ("FCT40", "FCT40-0413"), ("MAB07", "MAB07-0031")):
        plan(recipe, number)
