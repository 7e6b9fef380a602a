"""The forecast of a running batch: what it has told, carried by the frozen twin that its recipe names.

A forecast is a function of what was entered and of the frozen set, and is made again alike; what was made is kept in
the process for as long as nothing new is entered. Where there is none, a sentence says why.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor, log10
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batchwright import record
from batchwright.execution import observing, queries
from batchwright.execution.models import Batch
from batchwright.execution.observing import Observed, in_unit
from batchwright.execution.services.turning import Turn
from batchwright.execution.states import ENDED, State
from batchwright.kernel.errors import BatchwrightError
from batchwright.recipes.evaluation import Size
from batchwright.recipes.twin_checks import TwinOffer
from batchwright.site import frozen_twins

if TYPE_CHECKING:
    from batchwright.twins.running import Ahead, Running

KEPT: Final = 64
"""Forecasts that a process keeps."""
DAY_H: Final = 24
_AFTER_SAMPLE_H: Final = 0.05


@dataclass(frozen=True, slots=True)
class Quantified:
    """One output of the twin as people know it.

    Attributes:
        output: Its name in the twin.
        name: What people call it.
        unit: Unit in which they enter it.
        in_twin: What one of that unit is worth in the twin's unit.
        decimals: How many decimals are entered at the most.
    """

    output: str
    name: str
    unit: str
    in_twin: float
    decimals: int = 3

    def said(self, value: float) -> str:
        """Write a number of the twin with three significant digits, and no more decimals than are entered.

        Args:
            value: In the unit of the twin.

        Returns:
            In the unit in which it is entered.
        """
        shown = value / self.in_twin
        digits = 2 - floor(log10(abs(shown))) if shown else self.decimals
        return f"{shown:.{min(max(digits, 0), self.decimals)}f}"


@dataclass(frozen=True, slots=True)
class BatchForecast:
    """What the twin says of a batch.

    Attributes:
        batch: The batch.
        observed: What it has told.
        quantities: Outputs as people know them, the headline first.
        offer: The frozen twin; None where the house has none of that name.
        known_until_h: Age of the latest sample that the forecast knows; None where there is none.
        ahead: The forecast; None where there is none.
        why_not: Why there is none; "".
        ends_at: When the run ends, if it goes on as until now.
        over: Whether what is forecast has ended.
        key: Names everything that it is made from, what came later too; "" where there is none.
    """

    batch: Batch
    observed: Observed
    quantities: tuple[Quantified, ...]
    offer: TwinOffer | None
    known_until_h: Fraction | None
    ahead: Ahead | None
    why_not: str
    ends_at: datetime | None
    over: bool
    key: str = ""

    @property
    def headline(self) -> Quantified:
        """What stands on the page of the batch."""
        return self.quantities[0]

    @property
    def is_latest(self) -> bool:
        """Whether it knows every sample that there is."""
        return bool(self.observed.ages) and self.known_until_h == self.observed.ages[-1]


def forecast_of(actor: record.Actor, batch: Batch, known_until_h: Fraction | None = None) -> BatchForecast | None:
    """Forecast a batch.

    Args:
        actor: Who reads.
        batch: A batch that the actor was allowed to read.
        known_until_h: Age of the latest sample that it may know; None for everything that a forecast can use.

    Returns:
        The forecast; None where the recipe names no twin.

    Raises:
        Refused: If the actor may not see batches.
        DomainError: If the recipe's formulas of the twin have no worth.
    """
    turn = queries.standing(actor, batch).turn
    visits = {one.path: one for one in turn.marking.visits}
    told = observing.observed(turn.plan, visits, turn.facts)
    if told is None:
        return None
    offer = frozen_twins.offered(told.use.parameters)
    over = State(batch.state) in ENDED or any(
        one.element == told.element and one.state == State.COMPLETE for one in turn.runs.values()
    )
    ages = told.ages
    latest = ages[-1] if ages else None
    if known_until_h is not None:
        told = _as_known(actor, turn, told, known_until_h)
    elif latest is not None:
        # of a run that is over, the last forecast that had something ahead of it
        earlier = [age for age in ages if age < told.until_h and (age < latest or not over)]
        known_until_h = earlier[-1] if earlier else latest
    shown = BatchForecast(
        batch, told, _quantities(turn, told, offer), offer, known_until_h, None, "", _end(turn, told), over
    )
    why_not = _why_not(shown)
    if why_not or offer is None or known_until_h is None:
        return replace(shown, why_not=why_not)
    try:
        key = f"{key_of(offer, running(told, offer))}/{known_until_h}/{batch.number}"
        return replace(shown, ahead=_made(offer, running(told, offer, float(known_until_h))), key=key)
    except BatchwrightError as error:
        return replace(shown, why_not=_("No forecast: %(why)s") % {"why": error})


def _as_known(actor: record.Actor, turn: Turn, told: Observed, until_h: Fraction) -> Observed:
    """What a batch had told when the sample of an age was complete, and after it what came later.

    Who corrected a value since then did not know better then: the forecast is made from the value that stood there.
    """
    at = [turn.facts.done[one.path].at for one in told.told if one.age_h <= until_h]
    if not at:
        return told
    facts = queries.facts_at(actor, turn, max(at))
    then = observing.observed(turn.plan, {one.path: one for one in turn.marking.visits}, facts)
    if then is None:
        return told
    known = {(one.path, one.output) for one in then.told}
    later = tuple(one for one in told.told if (one.path, one.output) not in known)
    return replace(then, told=then.told + later)


def _why_not(shown: BatchForecast) -> str:
    use, offer = shown.observed.use, shown.offer
    if offer is None:
        return _("No forecast: this plant has no frozen twin %(name)s.") % {"name": use.parameters}
    if offer.sha256 != use.sha256:
        return _("No forecast: the frozen twin %(name)s is %(found)s, and the recipe was approved with %(wanted)s.") % {
            "name": use.parameters, "found": offer.sha256[:16], "wanted": use.sha256[:16],
        }  # fmt: skip
    until = shown.known_until_h
    counted = {
        one.output: sum(told.output == one.output and until is not None and told.age_h <= until
                        for told in shown.observed.told)
        for one in use.observes
    }  # fmt: skip
    least = min(shown.quantities, key=lambda one: counted.get(one.output, 0))
    have = counted.get(least.output, 0)
    if have < use.fewest:
        return ngettext(
            "No forecast yet: %(have)s value of %(name)s; %(fewest)s are needed.",
            "No forecast yet: only %(have)s values of %(name)s; %(fewest)s are needed.",
            have,
        ) % {"have": have, "name": least.name, "fewest": use.fewest}
    if until is not None and until >= shown.observed.until_h:
        return _("Nothing is left to forecast: the last sample was taken at the end, on day %(day)s.") % {
            "day": days(until)
        }
    return ""


def days(age_h: Fraction | float) -> str:
    """Write an age in days.

    Args:
        age_h: In hours.

    Returns:
        With one decimal where it has some.
    """
    return f"{float(age_h) / DAY_H:.1f}".removesuffix(".0")


def _quantities(turn: Turn, told: Observed, offer: TwinOffer | None) -> tuple[Quantified, ...]:
    entered = observing.entered_as(turn.plan, told.use)
    found = []
    for one in told.use.observes:
        unit = (offer.outputs if offer else {}).get(one.output, "1")
        known = entered.get(one.output)
        if known is None or offer is None:
            found.append(Quantified(one.output, known.name if known else one.output, unit, 1.0))
        else:
            found.append(_as_entered(one.output, known, unit))
    return tuple(sorted(found, key=lambda one: one.output != told.use.headline))


def _as_entered(output: str, known: observing.Entered, unit: str) -> Quantified:
    decimals = 3 if known.decimals is None else known.decimals
    return Quantified(output, known.name, known.unit, in_unit(known.in_twin, unit), decimals)


def _end(turn: Turn, told: Observed) -> datetime | None:
    """When the run ends: as long after its latest sample as the ages say."""
    if not told.told:
        return None
    last = max(told.told, key=lambda one: one.age_h)
    at = turn.runs[last.path].completed_at
    return None if at is None else at + timedelta(hours=float(told.until_h - last.age_h))


# ------------------------------------------------------------------------------------------------ in the twin's terms
def running(told: Observed, offer: TwinOffer, known_until_h: float | None = None) -> Running:
    """Say what a batch has told in the units of its twin.

    Args:
        told: What it has told.
        offer: The twin.
        known_until_h: Leave out what came later; None for everything.

    Returns:
        The run.
    """
    from batchwright.twins.beliefs import Measurement
    from batchwright.twins.running import Refill, Running
    from batchwright.twins.schedule import Happening

    def contents(one: Any) -> dict[str, float]:
        event = offer.events[one.event]
        given = {part.name: float(part.amount.to(event[part.name]).value) for part in one.contains}
        return {name: given.get(name, 0.0) for name in event if name != "volume"}

    def happening(one: Any, age_h: float, volume: Any) -> Happening:
        litres = in_unit(volume, offer.events[one.event]["volume"])
        return Happening(one.event, age_h + _AFTER_SAMPLE_H, {**contents(one), "volume": litres})

    methods = {one.output: one for one in told.use.observes}
    measured = tuple(
        Measurement(
            float(one.age_h), one.output, in_unit(one.size, offer.outputs[one.output]),
            _number(methods[one.output].sd, offer.outputs[one.output]), _number(methods[one.output].relative, "1"),
        )
        for one in told.told
    )  # fmt: skip
    planned = tuple(
        happening(one, _number(age, "h"), told.planned_volumes[one.id])
        for one in told.use.additions if one.id in told.planned_volumes for age in one.planned_at
    )  # fmt: skip
    refills = []
    for one in told.use.additions:
        if one.refill is not None and one.id in told.refills:
            below, to, volume = told.refills[one.id]
            unit, inside = offer.outputs[one.refill.output], contents(one)
            raised = max(inside, key=lambda name: inside[name])
            refills.append(Refill(one.refill.output, in_unit(below, unit), in_unit(to, unit), one.event, inside, raised,
                                  in_unit(volume, offer.events[one.event]["volume"])))  # fmt: skip
    run = Running(
        start={name: in_unit(size, offer.states[name]) for name, size in told.started.items()}, measured=measured,
        done=tuple(happening(one.addition, float(one.age_h), one.volume) for one in told.added), planned=planned,
        refills=tuple(refills), checks=tuple(float(at) for at in range(0, int(told.until_h) + 1, DAY_H)),
        end=float(told.until_h),
    )  # fmt: skip
    return run if known_until_h is None else run.until(known_until_h)


def _number(amount: Any, unit: str) -> float:
    return in_unit(Size.of(amount), unit)


# ------------------------------------------------------------------------------------------------------ made and kept
_made_before: OrderedDict[str, Any] = OrderedDict()
_one_at_a_time = threading.Lock()


def _made(offer: TwinOffer, run: Running) -> Ahead:
    key = key_of(offer, run)
    with _one_at_a_time:  # a second reader waits for the first one's forecast, and takes it
        if key not in _made_before:
            from batchwright.twins.parameter_sets import load
            from batchwright.twins.running import look_ahead

            given = load(offer.parameters)
            if given is None:
                raise BatchwrightError("the frozen twin is gone", value=offer.parameters)
            _made_before[key] = look_ahead(given, run, outputs=sorted({one.name for one in run.measured}))
            while len(_made_before) > KEPT:
                _made_before.popitem(last=False)
        _made_before.move_to_end(key)
        made: Ahead = _made_before[key]
    return made


def key_of(offer: TwinOffer, run: Running) -> str:
    """Name a forecast by everything that it is made from.

    Args:
        offer: The frozen twin.
        run: The run.

    Returns:
        SHA-256, as hexadecimal text.
    """
    events = [
        [[one.event, one.at, dict(one.arguments)] for one in kind] for kind in (run.done, run.planned)
    ]
    content: Mapping[str, Any] = {
        "twin": offer.sha256, "start": dict(run.start), "events": events, "end": run.end,
        "measured": [[one.time, one.name, one.value, one.sd, one.relative] for one in run.measured],
        "refills": [[one.output, one.below, one.to, one.reckoned_for] for one in run.refills],
    }  # fmt: skip
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
