"""What people do with instruments: add, calibrate, check, hold, free, retire; and approve a calibration by signing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from batchwright import people, record
from batchwright.people.web.acting import actor_of, key_of, version_of
from batchwright.plant import queries as plant_queries
from batchwright.plant.models import Calibration, Instrument
from batchwright.plant.services import calibrating, instruments, weighing
from batchwright.plant.web import instrument_forms as asked
from batchwright.plant.web.entering import PlantAct, refuse_sponsors
from batchwright.plant.web.instruments import calibration_of, instrument_of, read
from batchwright.plant.web.signing import SignedPlantAct


class AddView(PlantAct):
    """Add an instrument."""

    action = "instrument.define"
    template_name = "plant/instrument_act.html"
    form_class = asked.AddForm
    title = gettext_lazy("Add instrument")
    verb = gettext_lazy("Add instrument")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer what it can be mounted on."""
        return {**super().get_form_kwargs(), "elements": plant_queries.elements(self.actor)}

    def where(self) -> str:
        """To the list."""
        return reverse("plant:instruments")

    def act(self, form: forms.Form) -> record.Receipt:
        """Add it."""
        return instruments.add_instrument(actor=self.actor, idempotency_key=key_of(self.request), **form.cleaned_data)


class OfInstrument(PlantAct):
    """An act on one instrument."""

    template_name = "plant/instrument_act.html"
    instrument: Instrument

    def load(self) -> None:
        """Find the instrument."""
        self.instrument = instrument_of(self.actor, self.kwargs["tag"])

    def where(self) -> str:
        """Back to the instrument."""
        return reverse("plant:instrument", args=[self.instrument.tag])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say of which."""
        one = self.instrument
        shown = {"detail": f"{one.tag} {one.name}", "instrument": one, "version": one.version}
        return super().get_context_data(**{**shown, **kwargs})


@dataclass(frozen=True, slots=True)
class Doing:
    """One thing people do to an instrument with a reason and no more."""

    action: str
    verb: str | Promise
    command: Callable[..., record.Receipt]
    destructive: bool = True


ACTS: dict[str, Doing] = {
    "hold": Doing("instrument.hold", gettext_lazy("Hold instrument"), instruments.hold_instrument),
    "free": Doing("instrument.free", gettext_lazy("Free instrument"), instruments.free_instrument, destructive=False),
    "retire": Doing("instrument.define", gettext_lazy("Retire instrument"), instruments.retire_instrument),
}


class ActView(OfInstrument):
    """Hold, free or retire an instrument."""

    form_class = asked.GroundForm
    doing: Doing

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find out what is asked; who may do it is looked at before anything is read."""
        if kwargs["act"] not in ACTS:
            raise Http404
        self.doing = ACTS[kwargs["act"]]
        # Each request has a view object of its own; what is set here does not reach another.
        self.action = self.doing.action  # type: ignore[misc]
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what is done."""
        shown = {"title": self.doing.verb, "verb": self.doing.verb, "destructive": self.doing.destructive}
        return super().get_context_data(**{**shown, **kwargs})

    def act(self, form: forms.Form) -> record.Receipt:
        """Do it."""
        return self.doing.command(
            actor=self.actor, instrument=self.instrument, reason=form.cleaned_data["reason"],
            expected_version=version_of(self.request), idempotency_key=key_of(self.request),
        )  # fmt: skip


class CalibrateView(OfInstrument):
    """Record a calibration."""

    action = "instrument.calibrate"
    template_name = "plant/calibrate.html"
    form_class = asked.CalibrateForm
    title = gettext_lazy("Record calibration")
    verb = gettext_lazy("Record calibration")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Say of which."""
        return {**super().get_form_kwargs(), "instrument": self.instrument}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what is allowed."""
        return super().get_context_data(**{"tolerance": instruments.tolerance_of(self.instrument), **kwargs})

    def act(self, form: forms.Form) -> record.Receipt:
        """Record it."""
        if not isinstance(form, asked.CalibrateForm):  # the form class is the view's own
            raise TypeError(type(form))
        file = form.cleaned_data["certificate"]
        return calibrating.calibrate(
            actor=self.actor, instrument=self.instrument, as_found=form.points("found"), as_left=form.points("left"),
            weighings=form.cleaned_data.get("weighings", ()), standard=form.cleaned_data["standard"],
            certificate=None if file is None else (file.name[:150], file.read()), reason=form.cleaned_data["reason"],
            idempotency_key=key_of(self.request),
        )  # fmt: skip


class CheckView(OfInstrument):
    """Record the daily check."""

    action = "instrument.check"
    template_name = "plant/check.html"
    form_class = asked.CheckForm
    title = gettext_lazy("Check scale")
    verb = gettext_lazy("Record check")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Say of which."""
        return {**super().get_form_kwargs(), "instrument": self.instrument}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what is allowed."""
        one = self.instrument
        allowed = instruments.check_tolerance_of(one) if one.check_values else None
        return super().get_context_data(**{"allowed": allowed, **kwargs})

    def act(self, form: forms.Form) -> record.Receipt:
        """Record it."""
        if not isinstance(form, asked.CheckForm):  # the form class is the view's own
            raise TypeError(type(form))
        return calibrating.check_instrument(
            actor=self.actor, instrument=self.instrument, indicated=form.indicated(),
            idempotency_key=key_of(self.request),
        )  # fmt: skip


class ReadView(OfInstrument):
    """Take a value into the record; what is refused is kept as an attempt."""

    action = "instrument.read"
    form_class = asked.ReadForm
    title = gettext_lazy("Read into record")
    verb = gettext_lazy("Read into record")

    def act(self, form: forms.Form) -> record.Receipt:
        """Read the scale, once it is stable."""
        return weighing.take_reading(
            actor=self.actor, scale=self.instrument, idempotency_key=key_of(self.request), **form.cleaned_data
        )


class CheckRowView(View):
    """One line of the check, with what the scale shows now in it."""

    def get(self, request: HttpRequest, tag: str, number: int) -> HttpResponse:
        """Read the scale for this line; only a stable value is taken over."""
        refuse_sponsors(request)
        people.authorize(actor_of(request), "instrument.check")
        one = instrument_of(actor_of(request), tag)
        if not 1 <= number <= len(one.check_values):
            raise Http404
        reading, error = read(actor_of(request), one)
        note = "" if error is None else str(error)
        if reading is not None and not reading.stable:
            note = _("The scale is not stable: %(value)s. Read again.") % {"value": reading.value}
        name = f"shown_{number}"
        stable = reading is not None and reading.stable
        form = asked.CheckForm(instrument=one, initial={name: f"{reading.value.value:f}"} if stable and reading else {})
        return render(
            request, "plant/check_row.html", {"bound": form[name], "number": number, "instrument": one, "note": note}
        )


class ApproveView(SignedPlantAct):
    """Show exactly what is signed of a calibration, and sign it."""

    action = "instrument.approve"
    title = gettext_lazy("Approve calibration")
    ground_template_name = "plant/approve.html"
    row: Calibration

    def load(self) -> None:
        """Find the calibration."""
        self.row = calibration_of(self.actor, self.kwargs["tag"], self.kwargs["number"])

    def form(self) -> forms.Form:
        """Ask what follows, where it was out of tolerance; there is nothing to ask otherwise."""
        needed = bool(self.row.impact)
        return asked.ApproveForm(self.request.GET if self.request.GET or not needed else None, needed=needed)

    def meaning(self, given: dict[str, Any]) -> str:
        """It may be used."""
        return "approved"

    def shown(self, given: dict[str, Any]) -> str:
        """Write what is signed."""
        return calibrating.shown(self.row, given["reason"])

    def act(self, given: dict[str, Any], signature: dict[str, Any]) -> record.Receipt:
        """Approve it."""
        return calibrating.approve_calibration(
            actor=self.actor, calibration=self.row, reason=given["reason"], **signature
        )

    def where(self) -> str:
        """Back to the instrument."""
        return reverse("plant:instrument", args=[self.row.instrument.tag])

    def detail(self) -> str:
        """Say of which."""
        return f"{self.row.instrument.tag} {self.row.instrument.name}"

    def facts(self) -> dict[str, Any]:
        """Name the instrument in the trail; who decides otherwise goes back to the calibration."""
        one = self.row.instrument
        return {"instrument": one, "back": reverse("plant:calibration", args=[one.tag, self.row.number])}
