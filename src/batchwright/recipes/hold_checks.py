"""Whether hold times can be kept together."""

from fractions import Fraction

from batchwright.recipes.findings import Findings, Place
from batchwright.recipes.phases import Wait
from batchwright.recipes.procedure import HoldTime, MasterRecipe
from batchwright.recipes.scaling import plain

HOUR = 3600
Span = tuple[int, int]
Held = tuple[Place, HoldTime]


def check_holds(recipe_holds: list[Held], recipe: MasterRecipe, spans: dict[str, Span], into: Findings) -> None:
    """Check hold times one by one, and those that lie inside each other.

    Args:
        recipe_holds: All hold times with their paths.
        recipe: For the waits inside them.
        spans: When each element begins and ends, in phases.
        into: Where findings go.
    """
    sound = [(place, hold) for place, hold in recipe_holds if _alone(place, hold, spans, into)]
    shortest: list[tuple[str, Span, Fraction]] = [
        (hold.id, _between(hold, spans), hold.at_least.in_root_units())
        for _, hold in sound
        if hold.at_least is not None
    ]
    for element in recipe.walk():
        phase = element.phase
        if isinstance(phase, Wait) and phase.at_least is not None and phase.at_least.measured_in.is_time:
            shortest.append((element.id, spans[element.id], phase.at_least.in_root_units()))
    for place, hold in sound:
        if hold.at_most is not None:
            _together(place, hold, _between(hold, spans), shortest, into)


def _between(hold: HoldTime, spans: dict[str, Span]) -> Span:
    """The phases between the two elements, as a half-open span of positions that holds both ends."""
    return spans[hold.after][1] + 1, spans[hold.before][0] - 1


def _alone(place: Place, hold: HoldTime, spans: dict[str, Span], into: Findings) -> bool:
    found = len(into.found)
    for end in (hold.after, hold.before):
        if end not in spans:
            into.error(
                "unknown-reference", place, hold.id, f"There is no element {end}", "Name an element of the recipe."
            )
    times = [one for one in (hold.at_least, hold.at_most) if one is not None]
    if not times:
        into.error("hold-open", place, hold.id, "The hold time has no limit", "Give at_least or at_most.")
    elif not all(one.measured_in.is_time for one in times):
        into.error("unit-error", place, hold.id, "The hold time is no time", "Write it in h or min.")
    elif times != sorted(times):
        into.error("limits", place, hold.id, f"At least {times[0]} is longer than at most {times[1]}", "Correct one.")
    if len(into.found) == found and spans[hold.after][1] >= spans[hold.before][0]:
        sentence = f"{hold.before} does not come after {hold.after}"
        into.error("hold-order", place, hold.id, sentence, "Name the elements in their order.")
    return len(into.found) == found


def _together(
    place: Place, hold: HoldTime, span: Span, shortest: list[tuple[str, Span, Fraction]], into: Findings
) -> None:
    """The longest chain of what has to last inside a hold time must not be longer than it."""
    inside = [one for one in shortest if one[0] != hold.id and span[0] <= one[1][0] and one[1][1] <= span[1]]
    inside.sort(key=lambda one: one[1][1])
    best: list[tuple[Fraction, tuple[str, ...]]] = []
    for index, (name, (first, _), length) in enumerate(inside):
        before = [best[earlier] for earlier in range(index) if inside[earlier][1][1] < first]
        longest, names = max(before, default=(Fraction(0), ()))
        best.append((longest + length, (*names, name)))
    total, names = max(best, default=(Fraction(0), ()))
    limit = hold.at_most.in_root_units() if hold.at_most is not None else total
    if total > limit:
        sentence = (
            f"{', '.join(names)} last at least {plain(total / HOUR)} h together inside a hold of at most {hold.at_most}"
        )
        into.error("hold-overlap", place, hold.id, sentence, "Lengthen the hold, or shorten what is inside it.")
