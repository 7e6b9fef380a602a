"""Instruments: may I measure with it now, what does it show, and what is due when?"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import View

from batchwright import people, record
from batchwright.kernel.errors import BatchwrightError
from batchwright.people import access
from batchwright.people.web.acting import actor_of
from batchwright.plant import instrument_queries as queries
from batchwright.plant import measuring
from batchwright.plant.models import Calibration, Instrument, InstrumentKind
from batchwright.plant.scales import Reading
from batchwright.plant.services import weighing
from batchwright.plant.services.instruments import tolerance_of
from batchwright.plant.web.entering import PlantPage, refuse_sponsors
from batchwright.record.web.sorting import MadeColumns

SHOWN = 20
"""As many calibrations, checks and readings stand on the page; the record has them all."""


def instrument_of(actor: record.Actor, tag: str) -> Instrument:
    """Find the instrument of an address, or answer that there is none."""
    found = queries.instrument(actor, tag)
    if found is None or found.tag != tag:
        raise Http404
    return found


def calibration_of(actor: record.Actor, tag: str, number: int) -> Calibration:
    """Find the calibration of an address, or answer that there is none."""
    found = queries.calibration(actor, tag, number)
    if found is None:
        raise Http404
    return found


INSTRUMENTS = MadeColumns(
    {
        "instrument": lambda one: one.instrument.tag, "use": lambda one: not one.verdict.usable,
        "mounted": lambda one: one.instrument.element.tag if one.instrument.element else None,
        "due": lambda one: one.due_on,
    },
    first="instrument",
)  # fmt: skip


class InstrumentsView(PlantPage):
    """Which instruments are there, and which may be used?"""

    template_name = "plant/instruments.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the instruments that fit."""
        asked = {name: self.request.GET.get(name, "")[:60] for name in ("text", "kind", "verdict")}
        found = queries.instruments(self.actor, text=asked["text"], kind=asked["kind"])
        rows = queries.judged(list(found))
        usable = sum(one.verdict.usable for one in rows)
        if asked["verdict"]:
            rows = [one for one in rows if one.verdict.usable is (asked["verdict"] == "usable")]
        return super().get_context_data(
            **kwargs, rows=INSTRUMENTS.sort(rows, self.request), sorted_by=INSTRUMENTS.asked(self.request), asked=asked,
            kinds=InstrumentKind.choices, narrow=any(asked.values()), usable=usable,
            total=len(found),
        )  # fmt: skip


class CalendarView(PlantPage):
    """What has to be calibrated when?"""

    template_name = "plant/calendar.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the months."""
        months = queries.calendar(self.actor)
        now = sum(len(one.due) for one in months if one.first is None)
        return super().get_context_data(**kwargs, months=months, overdue=now)


class InstrumentView(PlantPage):
    """May I measure with it now?"""

    template_name = "plant/instrument.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add everything about the instrument."""
        actor, granted = self.actor, access.held(self.actor)
        one = instrument_of(actor, self.kwargs["tag"])
        calibrations = list(queries.calibrations(actor, one)[:SHOWN])
        waiting = next((row for row in calibrations[:1] if row.approved_at is None), None)
        return super().get_context_data(
            **kwargs, instrument=one, verdict=measuring.verdict_on(one), calibrations=calibrations, waiting=waiting,
            counting=queries.judged([one])[0].due_on, checks=queries.checks(actor, one)[:SHOWN],
            readings=queries.attempts(actor, one)[:SHOWN], unit=measuring.unit_of(one.element),
            tolerance=tolerance_of(one).fixed, acts=[name for name, action in OFFERED if action in granted],
        )  # fmt: skip


OFFERED = (
    ("hold", "instrument.hold"), ("free", "instrument.free"), ("calibrate", "instrument.calibrate"),
    ("check", "instrument.check"), ("read", "instrument.read"), ("retire", "instrument.define"),
)  # fmt: skip
"""Acts of the page, with the action each needs."""


class LiveView(View):
    """What does the scale show now? A fragment that the page asks for again and again."""

    def get(self, request: HttpRequest, tag: str) -> HttpResponse:
        """Read the scale; what it cannot say is said in its place, never an old value."""
        refuse_sponsors(request)
        people.authorize(actor_of(request), "plant.read")
        one = instrument_of(actor_of(request), tag)
        reading, error = read(actor_of(request), one)
        context = {"instrument": one, "reading": reading, "error": error}
        return render(request, "plant/live.html", context)


def read(actor: record.Actor, one: Instrument) -> tuple[Reading | None, BatchwrightError | None]:
    """Give what a scale shows, or why it shows nothing."""
    try:
        return weighing.read_scale(actor=actor, scale=one), None
    except people.Refused:
        raise
    except BatchwrightError as error:
        return None, error


class CalibrationView(PlantPage):
    """What was found, what was left, and what follows?"""

    template_name = "plant/calibration.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add everything about the calibration."""
        row = calibration_of(self.actor, self.kwargs["tag"], self.kwargs["number"])
        entry = record.history(row, self.actor).order_by("seq").first()
        stages = {"as_found": _("As found"), "as_left": _("As left")}
        return super().get_context_data(
            **kwargs, calibration=row, instrument=row.instrument, entry=entry,
            stages=[(stages[name], points) for name, points in row.points],
            impact=queries.impact(self.actor, row)[: 5 * SHOWN], signatures=people.signatures_on(self.actor, row),
            may_approve=row.approved_at is None and row.performed_by != self.actor.id
            and access.may(self.actor, "instrument.approve"),
        )  # fmt: skip
