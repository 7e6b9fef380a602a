"""How batches of the demo plant are planned and supplied, and who performs them: by the same commands as everywhere."""

from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

from django.conf import settings

from batchwright import materials, people, plant, recipes, record
from batchwright.execution import queries, services
from batchwright.execution.adapters.modules import connecting
from batchwright.execution.models import Batch, Run
from batchwright.execution.operators import Crew, Member, Policy
from batchwright.execution.states import Command, State
from batchwright.execution.unit_operators import Preparer, Seal
from batchwright.execution.weighing_operators import Dispenser
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import demo as store
from batchwright.people import access
from batchwright.people import demo as people_demo
from batchwright.people.models import User
from batchwright.plant.verdicts import Remedy
from batchwright.recipes import RecipeVersion, site
from batchwright.recipes.phases import Sign
from batchwright.recipes.procedure import MasterRecipe
from batchwright.recipes.scaling import parameters_of
from batchwright.recipes.values import PotencyCorrected

PLANNER: Final = ("r.mehta", "planner")
CREW: Final = (("m.kowalska", "operator"), ("j.okafor", "supervisor"), ("l.nguyen", "analyst"), ("a.novak", "qa"))
RECIPES: Final = ("FCT40", "MAB07", "LYO12")
_FILLED: Final = {
    "FCT40": ("drum", "15", "STORE-A"), "MAB07-DS": ("bag", "10", "COLD-1"), "LYO12": ("tray", "960", "STORE-A"),
}  # fmt: skip
"""Kind of container, what is in a full one, and where it stands, by product."""
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
    """Choose for each requirement a unit that fits it, one that no other batch is going to use where there is one.

    Args:
        planner: Who plans.
        master: The recipe.

    Returns:
        Tags by id of the element; "" for the recipe.
    """
    offered = site.offers(planner)
    asking = {"": master.equipment} | {one.id: one.equipment for one in master.walk()}
    open_ones = Batch.objects.filter(state__in=[State.IDLE.value, State.RUNNING.value, State.HELD.value])
    promised = {
        bound.unit for one in open_ones.select_related("sponsor", "recipe_version__recipe")
        for bound in queries.standing(planner, one).turn.control.bound
    }  # fmt: skip
    lapsed, found = _lapsed(), {}
    for element, needs in asking.items():
        fits = offered.matching(needs).fits if offered is not None and needs else ()
        tags = [one.split()[0] for one in fits]
        if tags:
            fit = [one for one in tags if one not in lapsed] or tags
            found[element] = next((one for one in fit if one not in promised), fit[0])
    return found


def _lapsed() -> set[str]:
    """Tags of the units that nobody may use before they are qualified again."""
    units = plant.EquipmentElement.objects.filter(level="unit").select_related("equipment_class")
    return {one.tag for one in units if plant.verdict_of(one).remedy is Remedy.QUALIFY}


def key_of(number: str) -> str:
    """Give the key under which the demo plans a batch.

    Args:
        number: Of the batch.

    Returns:
        The key.
    """
    return f"demo:batch:{number}"


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
        idempotency_key=key_of(number),
    )  # fmt: skip
    found: Batch = Batch.objects.get(number=number)
    return found


def supply(recipe: str) -> None:
    """See that the plant has what batches of a recipe take, and knows what they make.

    Args:
        recipe: Identifier of the recipe; one without an effective version takes nothing.
    """
    version = recipes.effective_recipe(actor(PLANNER), recipe)
    if version is not None:
        made = version.recipe
        store.product(made.product, made.name, sponsor=made.sponsor)
        stock(version)


def put_away(batch: Batch) -> None:
    """Fill what a batch made into the containers of its product, and put them away where it is kept; once.

    Args:
        batch: A batch, as it was read just now; one that is not complete, or of which something is put away, is left.
    """
    operator = actor(CREW[0])
    output = queries.output(operator, batch) if batch.state == State.COMPLETE else None
    if output is None or output.filled or not output.left_e6 or output.left_e6 < 0:
        return
    kind, each, place = _FILLED.get(batch.product, ("drum", "25", "STORE-A"))
    unit, left = output.definition.unit, Decimal(output.left_e6) / 1_000_000
    full, rest = divmod(left.quantize(Decimal("0.01"), ROUND_FLOOR), Decimal(each))
    fills = [materials.Fill(Quantity(each, unit), int(full), kind)] if full else []
    if rest:
        fills.append(materials.Fill(Quantity(rest, unit), 1, kind))
    services.put_away(
        actor=operator, batch=batch, fills=fills, location=materials.locations(operator).get(code=place),
        idempotency_key=f"demo:put-away:{batch.number}",
    )  # fmt: skip


def seed() -> None:
    """Fill the plant with a few batches that have just begun, once, after its recipes are there."""
    if Batch.objects.exists():
        return
    for identifier in RECIPES:
        supply(identifier)
    for recipe, number in (("FCT40", "FCT40-0412"), ("FCT40", "FCT40-0413"), ("MAB07", "MAB07-0031")):
        plan(recipe, number)
    for number in ("FCT40-0412", "MAB07-0031"):
        batch = Batch.objects.get(number=number)
        services.command_batch(actor=actor(CREW[0]), batch=batch, command=Command.START)


def crew() -> Crew:
    """Call the people of the demo together, who weigh on its simulated scales.

    Returns:
        Who perform batches of the demo.
    """
    configured = settings.CONFIGURATION
    members = [Member(one, _signing(one)) for one in map(actor, CREW)]
    return Crew(
        members, Policy(seed=11, hand_over=True, paced=True), dispense=Dispenser(),
        prepare=_preparer(),
        module_of=connecting("simulated", configured.modules_folder, speed=configured.module_speed),
    )  # fmt: skip


def _preparer() -> Preparer:
    cleaner, verifier = actor(CREW[0]), actor(CREW[1])
    return Preparer(cleaner, verifier, _seal(verifier))


def _seal(verifier: record.Actor) -> Seal:
    def sign(row: record.GmpModel, shown: str) -> dict[str, Any]:
        session, evidence = people_demo.desk_of(verifier.id)
        prepared = people.prepare(actor=verifier, row=row, meaning="verified", session=session, shown=shown)
        return {"name": prepared.name, "given": evidence, "session": session, "address": people_demo.ADDRESS}

    return sign


def _signing(signer: record.Actor) -> Callable[[Run], record.Receipt]:
    def sign(run: Run) -> record.Receipt:
        phase = queries.standing(signer, run.batch).turn.plan.elements[run.element].phase
        if not isinstance(phase, Sign):
            raise DomainError("this step asks for no signature", value=run.path)
        session, evidence = people_demo.desk_of(signer.id)
        prepared = people.prepare(
            actor=signer, row=run, meaning=services.meaning_of(phase), session=session,
            shown=services.shown_for_step(run.batch, run.path),
        )  # fmt: skip
        return services.sign_step(
            actor=signer, run=run, name=prepared.name, given=evidence, session=session, address=people_demo.ADDRESS
        )

    return sign
