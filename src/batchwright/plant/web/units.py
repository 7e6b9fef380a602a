"""Units: what is there, which can be used, and if not, why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware
from django.utils.translation import gettext as _

from batchwright import people
from batchwright.kernel import clock
from batchwright.people import access
from batchwright.plant import effective, fitness, queries, states
from batchwright.plant.facts import Extent
from batchwright.plant.models import EquipmentElement, Level, State, UnitState
from batchwright.plant.states import Command
from batchwright.plant.templatetags.plant_words import Act, act_for, worst_tone
from batchwright.plant.verdicts import Verdict
from batchwright.plant.web.acting import ACTS, Doing
from batchwright.plant.web.entering import PlantPage, unit_of
from batchwright.record.web.sorting import MadeColumns

LINES = 12
"""As many lines of the logbook stand on a unit's page."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many units stand how."""

    total: int = 0
    usable: int = 0
    in_use: int = 0
    attention: int = 0

    @classmethod
    def of(cls, judged: Iterable[tuple[str, Verdict]]) -> "Counted":
        """Count units.

        Args:
            judged: State and verdict of each.

        Returns:
            The counts; what needs attention may be in use as well.
        """
        rows = list(judged)
        return cls(
            len(rows), sum(verdict.usable for _state, verdict in rows),
            sum(state == State.IN_USE for state, _verdict in rows),
            sum(worst_tone(verdict) in ("attention", "stop") for _state, verdict in rows),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """An area with its process cells, each with its units."""

    element: EquipmentElement
    cells: tuple[queries.Branch, ...]
    counted: Counted


class OverviewView(PlantPage):
    """What can be used now?"""

    template_name = "plant/overview.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the areas with their cells and units."""
        areas = [one for root in queries.tree(self.actor) for one in _areas(root)]
        judged = [[(str(_state_of(one).state), _verdict_of(one)) for one in area.units()] for area in areas]
        places = [
            Place(area.element, area.parts, Counted.of(rows)) for area, rows in zip(areas, judged, strict=True)
        ]
        counted = Counted.of(one for rows in judged for one in rows)
        return super().get_context_data(**kwargs, places=places, counted=counted)


def _areas(branch: queries.Branch) -> list[queries.Branch]:
    if branch.element.level == Level.AREA:
        return [branch]
    return [one for part in branch.parts for one in _areas(part)]


def _state_of(branch: queries.Branch) -> UnitState:
    if branch.state is None:
        raise LookupError(f"{branch.element.tag} is a unit without a state")
    return branch.state


def _verdict_of(branch: queries.Branch) -> Verdict:
    if branch.verdict is None:
        raise LookupError(f"{branch.element.tag} is a unit without a verdict")
    return branch.verdict


UNITS = MadeColumns(
    {
        "unit": lambda one: one.element.tag, "state": lambda one: one.state.state,
        "use": lambda one: (not one.verdict.usable, one.element.tag),
        "area": lambda one: one.area.name if one.area else None,
    },
    first="unit",
)  # fmt: skip


class UnitsView(PlantPage):
    """Which units are there, and which of them can be used?"""

    template_name = "plant/units.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the units that fit."""
        asked = {name: self.request.GET.get(name, "")[:60] for name in ("text", "area", "state", "verdict")}
        rows = queries.units(
            self.actor, text=asked["text"], area=asked["area"], state=asked["state"],
            usable={"usable": True, "not": False}.get(asked["verdict"]),
        )  # fmt: skip
        if asked["verdict"] == "attention":
            rows = [one for one in rows if worst_tone(one.verdict) in ("attention", "stop")]
        return super().get_context_data(
            **kwargs, rows=UNITS.sort(rows, self.request), sorted_by=UNITS.asked(self.request), asked=asked,
            narrow=any(asked.values()), states=State.choices,
            counted=Counted.of((str(one.state.state), one.verdict) for one in rows),
            areas=queries.elements(self.actor).filter(level=Level.AREA),
        )  # fmt: skip


ACT_OF = {
    Command.BEGIN_USE: "begin", Command.END_USE: "end", Command.CLEAN: "clean", Command.HOLD: "hold",
    Command.FREE: "free", Command.TAKE_OUT: "take-out", Command.RETURN_TO_SERVICE: "return",
}  # fmt: skip
"""Commands that have a form of their own on the unit's page; verifying a cleaning has one that is signed."""


class UnitView(PlantPage):
    """Can I use it?"""

    template_name = "plant/unit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add everything about the unit."""
        actor = self.actor
        unit = unit_of(actor, self.kwargs["tag"])
        at = _time(self.request.GET.get("at", ""))
        moment = clock.now() if at is None else at
        facts = effective.facts_at(unit, moment)
        verdict = fitness.judge(facts, moment)
        [state] = effective.states_of([unit])
        first = None if at else _first(unit, verdict)
        acts = [] if at else self._acts(unit, state, verdict, facts.changeover.same_product)
        acts = [(name, one) for name, one in acts if first is None or not first.href.startswith(_act(unit, name))]
        context = {
            "unit": unit, "at": at, "facts": facts, "verdict": verdict, "state": state, "place": _above(unit),
            "first": first, "acts": [pair for pair in acts if not pair[1].destructive],
            "stops": [pair for pair in acts if pair[1].destructive],
            "capabilities": queries.offered(actor, unit).values(),
            "lines": queries.logbook(actor, one=unit)[:LINES],
            "qualifications": queries.qualifications(actor, unit), "cleanings": queries.cleanings(actor, unit)[:5],
            "campaigns": queries.campaigns(actor).filter(unit=unit)[:5],
            "modules": queries.elements(actor).filter(parent=unit), "retired": unit.retired_at is not None,
            "signatures": people.signatures_on(actor, state.cleaning) if state.cleaning else (),
        }  # fmt: skip
        return super().get_context_data(**kwargs, **context)

    def _acts(
        self, unit: EquipmentElement, state: UnitState, verdict: Verdict, same_product: Extent
    ) -> list[tuple[str, Doing]]:
        """What the state lets this person do, each by its name in the address; no button is there to be refused."""
        if unit.retired_at is not None:
            return []
        follows = same_product is Extent.NONE and {one.reason.code for one in verdict.obstacles} == {"dirty"}
        allowed = states.allowed(effective.position(state, clock.now()), follows_without_cleaning=follows)
        names = {ACT_OF[command] for command in allowed if command in ACT_OF}
        if not verdict.usable and not follows:
            names.discard("begin")
        if state.use_id is None and state.state != State.OUT_OF_SERVICE:
            names |= {"clear", "close-campaign" if state.campaign_id else "open-campaign"}
        granted = access.held(self.actor)
        return [(name, one) for name, one in ACTS.items() if name in names and one.action in granted]


def _first(unit: EquipmentElement, verdict: Verdict) -> Act | None:
    """What to do first: what removes the first obstacle, or on a unit that can be used what a batch still asks for."""
    if unit.retired_at is not None:
        return None
    if verdict.obstacles:
        return act_for(verdict.obstacles[0], unit.tag)
    for one in verdict.conditions:
        if one.reason.code != "changeover":
            return act_for(one, unit.tag)
    return Act("unit.use", _("Begin use"), _act(unit, "begin"))


def _act(unit: EquipmentElement, name: str) -> str:
    return reverse("plant:unit-act", args=[unit.tag, name])


def _above(unit: EquipmentElement) -> list[EquipmentElement]:
    """What holds the unit, the greatest first."""
    above, one = [], unit.parent
    while one is not None:
        above.append(one)
        one = one.parent
    return above[::-1]


def _time(text: str) -> datetime | None:
    """Read the time at which a unit is looked at; None for now."""
    if not text:
        return None
    try:
        found = parse_datetime(text[:40])
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return make_aware(found) if is_naive(found) else found

