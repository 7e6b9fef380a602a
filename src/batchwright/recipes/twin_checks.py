"""Whether a recipe's twin is there, is the one that was frozen, and understands the values that it is told.

Twins stand on a floor above; what they offer is plugged in here (`offer_by`), as the plant's equipment is plugged in by
`batchwright.recipes.findings.Site`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from batchwright.kernel.quantity import Quantity
from batchwright.recipes.condition_checks import check_formula
from batchwright.recipes.expression_types import PLAIN, Type, amount_in
from batchwright.recipes.findings import Findings, Place
from batchwright.recipes.scope import RecipeScope
from batchwright.recipes.twin_use import Addition, TwinUse

_TAKE = "Take a name that the twin has."


@dataclass(frozen=True, slots=True)
class TwinOffer:
    """What a frozen twin says of itself.

    Attributes:
        model: Its name.
        parameters: Name of the frozen parameter set.
        sha256: Hash of the set.
        states: UCUM code by state.
        outputs: UCUM code by output, states included.
        events: UCUM code by argument, by event.
    """

    model: str
    parameters: str
    sha256: str
    states: Mapping[str, str]
    outputs: Mapping[str, str]
    events: Mapping[str, Mapping[str, str]]


@dataclass(slots=True)
class Offers:
    """What twins the house has; filled once when it starts."""

    find: Callable[[str], TwinOffer | None] | None = None
    names: Callable[[], tuple[str, ...]] = field(default=tuple)


OFFERS = Offers()


def offer_by(find: Callable[[str], TwinOffer | None], names: Callable[[], tuple[str, ...]]) -> None:
    """Plug in the frozen twins of the house.

    Args:
        find: Gives what the set of a name offers; None where there is none.
        names: Gives the names of all sets.
    """
    OFFERS.find, OFFERS.names = find, names


def check_twin(
    use: TwinUse, phases: frozenset[str], scope: RecipeScope, place: Place, where: str, into: Findings
) -> None:
    """Check a twin; where no twins are plugged in, only what the recipe itself has to say.

    Args:
        use: What the recipe says.
        phases: Ids of the phases inside the element.
        scope: What its formulas may name.
        place: Path of the element's twin.
        where: The element, for people.
        into: Where findings go.
    """
    offer = _offered(use, place, where, into)
    check_formula(use.age, amount_in("h"), scope, (*place, "age"), where, into)
    check_formula(use.until, amount_in("h"), scope, (*place, "until"), where, into)
    for index, one in enumerate(use.starts):
        own = (*place, "starts", index)
        wanted = _wanted(one.state, offer.states if offer else None, "state", own, where, into)
        check_formula(one.value, wanted, scope, (*own, "value"), where, into)
    for index, seen in enumerate(use.observes):
        own = (*place, "observes", index)
        wanted = _wanted(seen.output, offer.outputs if offer else None, "output", own, where, into)
        check_formula(seen.value, wanted, scope, (*own, "value"), where, into)
        _suits(seen.sd, wanted, (*own, "sd"), where, into)
        _suits(seen.relative, Type("amount", PLAIN), (*own, "relative"), where, into)
    if use.headline not in {one.output for one in use.observes}:
        sentence = f"The twin's headline {use.headline} is not observed"
        into.error("twin", (*place, "headline"), where, sentence, "Name an output that is measured.")
    for index, addition in enumerate(use.additions):
        _addition(addition, use, offer, phases, scope, (*place, "additions", index), where, into)


def _offered(use: TwinUse, place: Place, where: str, into: Findings) -> TwinOffer | None:
    if OFFERS.find is None:
        return None
    offer = OFFERS.find(use.parameters)
    if offer is None or offer.model != use.model:
        known = ", ".join(OFFERS.names()) or "none"
        sentence = f"There is no frozen twin {use.parameters} of the model {use.model} (there are: {known})"
        into.error("unknown-twin", place, where, sentence, "Name a frozen twin, or take the twin out.")
        return None
    if offer.sha256 != use.sha256:
        sentence = f"The frozen twin {use.parameters} is {offer.sha256[:16]}, and not {use.sha256[:16] or 'nothing'}"
        into.error("twin-changed", (*place, "sha256"), where, sentence, "Look at what changed, then name its hash.")
    return offer


def _wanted(
    name: str, known: Mapping[str, str] | None, noun: str, place: Place, where: str, into: Findings
) -> Type | None:
    """The type that the twin wants for a quantity; None where that cannot be said."""
    if known is None:
        return None
    if name not in known:
        into.error("unknown-twin-quantity", place, where, f"The twin has no {noun} {name} ({', '.join(known)})", _TAKE)
        return None
    return amount_in(known[name])


def _suits(amount: Quantity, wanted: Type | None, place: Place, where: str, into: Findings) -> None:
    if wanted is not None and amount.measured_in.dimension != wanted.unit.dimension:
        sentence = f"{amount} is given where {wanted} is needed"
        into.error("unit-error", place, where, sentence, f"Write it in {wanted.unit.code}.")


def _addition(
    one: Addition, use: TwinUse, offer: TwinOffer | None, phases: frozenset[str], scope: RecipeScope, place: Place,
    where: str, into: Findings,
) -> None:  # fmt: skip
    if one.phase not in phases:
        sentence = f"The addition {one.id} names the phase {one.phase}, which is not here"
        into.error("unknown-reference", (*place, "phase"), where, sentence, "Name a phase inside this element.")
    check_formula(one.volume, amount_in("L"), scope, (*place, "volume"), where, into)
    for number, age in enumerate(one.planned_at):
        _suits(age, amount_in("h"), (*place, "planned_at", number), where, into)
    if offer is not None:
        event = offer.events.get(one.event)
        if event is None or "volume" not in event:
            sentence = f"The twin has no event {one.event} that takes a volume ({', '.join(offer.events)})"
            into.error("unknown-twin-quantity", (*place, "event"), where, sentence, _TAKE)
            return
        for number, part in enumerate(one.contains):
            own = (*place, "contains", number)
            _suits(part.amount, _wanted(part.name, event, "argument", own, where, into), own, where, into)
    if one.refill is not None:
        observed = {seen.output for seen in use.observes}
        if one.refill.output not in observed:
            sentence = f"The addition {one.id} follows {one.refill.output}, which is not observed"
            into.error("twin", (*place, "refill"), where, sentence, "Name an output that is measured.")
        wanted = _wanted(one.refill.output, offer.outputs if offer else None, "output", place, where, into)
        check_formula(one.refill.below, wanted, scope, (*place, "refill", "below"), where, into)
        check_formula(one.refill.to, wanted, scope, (*place, "refill", "to"), where, into)
        check_formula(one.refill.reckoned_for, amount_in("L"), scope, (*place, "refill", "reckoned_for"), where, into)
