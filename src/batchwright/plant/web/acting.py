"""What people do to units without a signature: one form, one command, one redirect."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from batchwright import record
from batchwright.people.models import Sponsor
from batchwright.people.web.acting import key_of, version_of
from batchwright.plant import effective, queries, services
from batchwright.plant.models import EquipmentElement, UnitState
from batchwright.plant.web import forms as asked
from batchwright.plant.web.entering import PlantAct, unit_of


@dataclass(frozen=True, slots=True)
class Doing:
    """One thing people do to a unit.

    Attributes:
        action: What must be held.
        verb: What stands on the button.
        form: The form.
        command: The command.
        what: What it means for the unit.
        destructive: Whether it stands apart.
    """

    action: str
    verb: str | Promise
    form: type[asked.UnitForm]
    command: Callable[..., record.Receipt]
    what: str | Promise = ""
    destructive: bool = False


ACTS: dict[str, Doing] = {
    "hold": Doing(
        "unit.hold", _("Hold unit"), asked.GroundForm, services.hold_unit,
        _("Nothing begins on it until it is freed; what is made on it can be ended."), destructive=True,
    ),
    "take-out": Doing(
        "unit.service", _("Take out of service"), asked.GroundForm, services.take_out,
        _("Its cleaning and its line clearance no longer count."), destructive=True,
    ),
    "open-campaign": Doing("unit.use", _("Open campaign"), asked.CampaignForm, services.open_campaign),
    "close-campaign": Doing(
        "unit.use", _("Close campaign"), asked.RemarkForm, services.close_campaign,
        _("The next batch asks for a full cleaning."),
    ),
    "clear": Doing(
        "unit.clean", _("Clear line"), asked.BatchForm, services.clear_line,
        _("Look that nothing of an earlier batch is left: material, labels, papers. A second person verifies it."),
    ),
    "clean": Doing(
        "unit.clean", _("Record cleaning"), asked.CleanForm, services.clean_unit,
        _("Record it when it is done. It counts once a second person verified it."),
    ),
    "return": Doing(
        "unit.service", _("Return to service"), asked.GroundForm, services.return_to_service,
        _("It returns dirty."),
    ),
    "free": Doing("unit.free", _("Free unit"), asked.GroundForm, services.free_unit),
    "end": Doing("unit.use", _("End use"), asked.RemarkForm, services.end_use, _("It is dirty from then on.")),
    "begin": Doing("unit.use", _("Begin use"), asked.BatchForm, services.begin_use),
}  # fmt: skip
"""By their name in the address, in the order of their buttons: what stops a unit first, what it is there for last."""


class ActView(PlantAct):
    """Do something to a unit."""

    unit: EquipmentElement
    state: UnitState
    doing: Doing

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find out what is asked; who may do it is looked at before anything is read."""
        if kwargs["act"] not in ACTS:
            raise Http404
        self.doing = ACTS[kwargs["act"]]
        # Each request has a view object of its own; what is set here does not reach another.
        self.action = self.doing.action  # type: ignore[misc]
        return super().dispatch(request, *args, **kwargs)

    def load(self) -> None:
        """Find the unit and its state."""
        self.unit = unit_of(self.actor, self.kwargs["tag"])
        [self.state] = effective.states_of([self.unit])

    def get_form_class(self) -> type[forms.Form]:
        """Give the form of the act."""
        return self.doing.form

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer what can be chosen."""
        return {
            **super().get_form_kwargs(), "sponsors": Sponsor.visible_to(self.actor),
            "procedures": queries.procedures(self.actor, self.unit),
        }  # fmt: skip

    def get_initial(self) -> dict[str, Any]:
        """Propose what follows from the unit: the batch it was cleared for, the campaign's product, the procedure."""
        cleared, campaign = self.state.clearance, self.state.campaign
        if self.kwargs["act"] == "begin" and cleared is not None:
            return {"product": cleared.product, "batch": cleared.batch, "sponsor": cleared.sponsor}
        if self.kwargs["act"] == "clean":
            wanted = "full" if self.request.GET.get("kind") == "full" or campaign is None else "minor"
            offered = queries.procedures(self.actor, self.unit)
            return {"procedure": next((one.pk for one in offered if one.kind == wanted), None)}
        return {} if campaign is None else {"product": campaign.product, "sponsor": campaign.sponsor}

    def where(self) -> str:
        """Back to the unit."""
        return reverse("plant:unit", args=[self.unit.tag])

    def act(self, form: forms.Form) -> record.Receipt:
        """Make the call."""
        return self.doing.command(
            actor=self.actor, unit=self.unit, expected_version=version_of(self.request),
            idempotency_key=key_of(self.request), **form.cleaned_data,
        )  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say to which unit, and what it means."""
        shown = {
            "detail": f"{self.unit.tag} {self.unit.name}", "unit": self.unit, "version": self.state.version,
            "title": self.doing.verb, "verb": self.doing.verb, "destructive": self.doing.destructive,
            "means": self.doing.what,
        }  # fmt: skip
        return super().get_context_data(**{**shown, **kwargs})
