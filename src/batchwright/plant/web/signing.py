"""What is signed for a unit: cleanings and clearances by a second person, qualification by quality assurance."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View

from batchwright import people, record
from batchwright.kernel.errors import BatchwrightError
from batchwright.people.web.acting import actor_of, address_of, evidence_of, key_of, plant_session_of
from batchwright.plant import effective, services, showing
from batchwright.plant.models import Cleaning, EquipmentElement, LineClearance
from batchwright.plant.services.common import require_pdf
from batchwright.plant.web import waiting
from batchwright.plant.web.entering import refuse_sponsors, unit_of
from batchwright.plant.web.forms import QualifyForm, beginning


class SignedView(View):
    """Show exactly what is signed, and sign it."""

    action: ClassVar[str]
    meaning: ClassVar[str]
    unit: EquipmentElement

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse who may not sign, before anything is read."""
        refuse_sponsors(request)
        people.authorize(actor_of(request), self.action)
        self.unit = unit_of(actor_of(request), kwargs["tag"])
        return super().dispatch(request, *args, **kwargs)

    def panel(
        self, request: HttpRequest, row: record.GmpModel, text: str, verb: str, *, error: str = "", status: int = 200
    ) -> HttpResponse:
        """Show what is signed.

        Args:
            request: The request.
            row: What is signed.
            text: Exactly what is shown.
            verb: What the button does.
            error: Why the last try was refused.
            status: Status of the answer.

        Returns:
            The page.
        """
        errors, prepared = [error] if error else [], None
        try:
            prepared = people.prepare(
                actor=actor_of(request), row=row, meaning=self.meaning, shown=text, session=plant_session_of(request)
            )
        except people.Refused as refusal:
            errors.append(str(refusal))
            status = 403
        context = {
            "unit": self.unit, "errors": errors, "prepared": prepared, "verb": verb, "address": request.get_full_path(),
            "back": self.back(),
        }  # fmt: skip
        return render(request, "plant/sign.html", context, status=status)

    def back(self) -> str:
        """The unit's page."""
        return reverse("plant:unit", args=[self.unit.tag])

    def signed_with(self, request: HttpRequest) -> dict[str, Any]:
        """What every signed command is given beside its own facts."""
        return {
            "actor": actor_of(request), "name": request.POST.get("statement", ""), "given": evidence_of(request),
            "session": plant_session_of(request), "address": address_of(request), "idempotency_key": key_of(request),
        }  # fmt: skip


class VerifyView(SignedView):
    """Verify another person's cleaning or line clearance."""

    action = "unit.verify"
    meaning = "verified"

    def get(self, request: HttpRequest, tag: str, what: str) -> HttpResponse:
        """Show what would be signed."""
        row, text, verb = self._asked(what)
        return self.panel(request, row, text, verb)

    def post(self, request: HttpRequest, tag: str, what: str) -> HttpResponse:
        """Sign it; what was refused is on record, and the page says why."""
        row, text, verb = self._asked(what)
        try:
            if isinstance(row, Cleaning):
                services.verify_cleaning(cleaning=row, **self.signed_with(request))
            else:
                services.verify_clearance(clearance=row, **self.signed_with(request))
        except record.Stale:
            raise
        except BatchwrightError as error:
            status = 403 if isinstance(error, people.Refused) else 400
            return self.panel(request, row, text, verb, error=str(error), status=status)
        return redirect(self.back())

    def _asked(self, what: str) -> tuple[Cleaning | LineClearance, str, str]:
        state = effective.states_of([self.unit]).get()
        if what == "cleaning" and state.cleaning is not None:
            return state.cleaning, showing.of_cleaning(state.cleaning), _("Verify cleaning")
        if what == "clearance" and state.clearance is not None:
            return state.clearance, showing.of_clearance(state.clearance), _("Verify clearance")
        raise Http404


class QualifyView(SignedView):
    """Say what was qualified, show exactly what is signed, and sign it."""

    action = "unit.qualify"
    meaning = "approved"

    def get(self, request: HttpRequest, tag: str) -> HttpResponse:
        """Ask for the particulars, then show what would be signed."""
        form = QualifyForm(request.GET or None)
        if not form.is_valid():
            return self._asked(request, form)
        try:
            report = self._report(request)
        except BatchwrightError as error:
            form.add_error("report", str(error))
            return self._asked(request, form)
        return self.panel(request, self.unit, self._text(form.cleaned_data, report), _("Approve qualification"))

    def post(self, request: HttpRequest, tag: str) -> HttpResponse:
        """Take the particulars with their report, or sign what was shown of them; a refusal is on record."""
        if "statement" not in request.POST:
            return self._take(request)
        form = QualifyForm(request.GET)
        if not form.is_valid():
            raise Http404
        given, verb = form.cleaned_data, _("Approve qualification")
        report = None
        try:
            report = self._report(request)
            services.qualify_unit(
                unit=self.unit, kind=given["kind"], document=given["document"], reason=given["reason"],
                due_at=beginning(given["due"]), report=report, **self.signed_with(request),
            )  # fmt: skip
        except record.Stale:
            raise
        except BatchwrightError as error:
            status = 403 if isinstance(error, people.Refused) else 400
            return self.panel(request, self.unit, self._text(given, report), verb, error=str(error), status=status)
        waiting.drop(actor_of(request), self._named(request)[1])
        return redirect(self.back())

    def _take(self, request: HttpRequest) -> HttpResponse:
        """Keep the report until it is signed, and lead to what is shown before signing."""
        form = QualifyForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._asked(request, form)
        asked = {name: request.POST.get(name, "") for name in ("kind", "document", "due", "reason")}
        file = form.cleaned_data["report"]
        if file is not None:
            name, content = (file.name or "")[:150], file.read()
            try:
                require_pdf(name, content)
            except BatchwrightError as error:
                form.add_error("report", str(error))
                return self._asked(request, form)
            asked |= {"name": name, "sha256": waiting.keep(actor_of(request), content)}
        return redirect(f"{request.path}?{urlencode(asked)}")

    def _asked(self, request: HttpRequest, form: QualifyForm) -> HttpResponse:
        context = {"unit": self.unit, "form": form, "back": self.back()}
        return render(request, "plant/qualify.html", context, status=400 if form.is_bound else 200)

    def _named(self, request: HttpRequest) -> tuple[str, str]:
        return request.GET.get("name", "")[:150], request.GET.get("sha256", "")[:64]

    def _report(self, request: HttpRequest) -> tuple[str, bytes] | None:
        """The report that was chosen; None without one."""
        name, sha256 = self._named(request)
        return (name, waiting.kept(actor_of(request), sha256)) if sha256 else None

    def _text(self, given: dict[str, Any], report: tuple[str, bytes] | None) -> str:
        return showing.of_qualification(
            self.unit, kind=given["kind"], document=given["document"], due_at=beginning(given["due"]),
            reason=given["reason"], report=report,
        )  # fmt: skip
