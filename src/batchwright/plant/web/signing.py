"""What is signed for a unit: cleanings and clearances by a second person, qualification by quality assurance."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batchwright import record
from batchwright.kernel.errors import BatchwrightError
from batchwright.people.web.signing import SignedAct
from batchwright.plant import effective, services, showing
from batchwright.plant.models import Cleaning, EquipmentElement, LineClearance
from batchwright.plant.services.common import require_pdf
from batchwright.plant.web import waiting
from batchwright.plant.web.entering import refuse_sponsors, unit_of
from batchwright.plant.web.forms import QualifyForm, beginning


class SignedPlantAct(SignedAct):
    """A signed act on the plant, which sponsors' people know nothing of."""

    trail = "plant/trail.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse sponsors before anything is read."""
        refuse_sponsors(request)
        return super().dispatch(request, *args, **kwargs)


class _SignedOfUnit(SignedPlantAct):
    """A signed act on one unit."""

    unit: EquipmentElement

    def load(self) -> None:
        """Find the unit."""
        self.unit = unit_of(self.actor, self.kwargs["tag"])

    def where(self) -> str:
        """Back to the unit."""
        return reverse("plant:unit", args=[self.unit.tag])

    def detail(self) -> str:
        """Say which."""
        return f"{self.unit.tag} {self.unit.name}"

    def facts(self) -> dict[str, Any]:
        """Name the unit in the trail."""
        return {"unit": self.unit}


class VerifyView(_SignedOfUnit):
    """Verify another person's cleaning or line clearance."""

    action = "unit.verify"
    row: Cleaning | LineClearance

    def load(self) -> None:
        """Find what waits for it."""
        super().load()
        [state] = effective.states_of([self.unit])
        found = {"cleaning": state.cleaning, "clearance": state.clearance}.get(self.kwargs["what"])
        if found is None:
            raise Http404
        self.row = found
        self.title = _("Verify cleaning") if isinstance(found, Cleaning) else _("Verify clearance")

    def meaning(self, given: dict[str, Any]) -> str:
        """A second person looked."""
        return "verified"

    def shown(self, given: dict[str, Any]) -> str:
        """Write what is signed."""
        return showing.of_cleaning(self.row) if isinstance(self.row, Cleaning) else showing.of_clearance(self.row)

    def act(self, given: dict[str, Any], signature: dict[str, Any]) -> record.Receipt:
        """Verify it."""
        if isinstance(self.row, Cleaning):
            return services.verify_cleaning(actor=self.actor, cleaning=self.row, **signature)
        return services.verify_clearance(actor=self.actor, clearance=self.row, **signature)


class QualifyView(_SignedOfUnit):
    """Say what was qualified, show exactly what is signed, and sign it."""

    action = "unit.qualify"
    form_class = QualifyForm
    title = gettext_lazy("Approve qualification")
    ground_template_name = "plant/qualify.html"
    row: EquipmentElement
    report: tuple[str, bytes] | None = None

    def load(self) -> None:
        """The unit itself is signed."""
        super().load()
        self.row = self.unit

    def form(self) -> forms.Form:
        """Read the particulars, and the report that waits for them."""
        form = QualifyForm(self.request.GET or None)
        name, sha256 = self._named()
        if sha256 and form.is_valid():
            try:
                self.report = (name, waiting.kept(self.actor, sha256))
            except BatchwrightError as error:
                form.add_error("report", str(error))
        return form

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Take the particulars with their report, or sign what was shown of them."""
        if "statement" not in request.POST:
            return self._take(request)
        if not request.GET:
            raise Http404  # nothing was shown at this address that could be signed
        return super().post(request, **kwargs)

    def meaning(self, given: dict[str, Any]) -> str:
        """It may be used."""
        return "approved"

    def shown(self, given: dict[str, Any]) -> str:
        """Write what is signed."""
        return showing.of_qualification(
            self.unit, kind=given["kind"], document=given["document"], due_at=beginning(given["due"]),
            reason=given["reason"], report=self.report,
        )  # fmt: skip

    def act(self, given: dict[str, Any], signature: dict[str, Any]) -> record.Receipt:
        """Approve it; the report is with the entry then and waits no longer."""
        receipt = services.qualify_unit(
            actor=self.actor, unit=self.unit, kind=given["kind"], document=given["document"], reason=given["reason"],
            due_at=beginning(given["due"]), report=self.report, **signature,
        )  # fmt: skip
        waiting.drop(self.actor, self._named()[1])
        return receipt

    def _take(self, request: HttpRequest) -> HttpResponse:
        """Keep the report until it is signed, and lead to what is shown before signing."""
        form = QualifyForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.ask(form)
        asked = {name: request.POST.get(name, "") for name in ("kind", "document", "due", "reason")}
        file = form.cleaned_data["report"]
        if file is not None:
            name, content = (file.name or "")[:150], file.read()
            try:
                require_pdf(name, content)
            except BatchwrightError as error:
                form.add_error("report", str(error))
                return self.ask(form)
            asked |= {"name": name, "sha256": waiting.keep(self.actor, content)}
        return redirect(f"{request.path}?{urlencode(asked)}")

    def _named(self) -> tuple[str, str]:
        return self.request.GET.get("name", "")[:150], self.request.GET.get("sha256", "")[:64]
