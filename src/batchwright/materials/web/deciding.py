"""Stopping a lot, and deciding on it with a signature over exactly what is shown."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from batchwright import people, record
from batchwright.kernel.errors import BatchwrightError
from batchwright.materials import queries, services
from batchwright.materials.models import Lot
from batchwright.materials.web.forms import ReasonForm, RetestForm
from batchwright.materials.web.lots import lot_of
from batchwright.people import meanings
from batchwright.people.evidence import Evidence, PasskeyEvidence, PasswordEvidence
from batchwright.people.web.acting import Act, actor_of, address_of, key_of, plant_session_of, version_of

NOTHING = "\N{EN DASH}"


class _OfLot(Act):
    """An act on one lot."""

    template_name = "materials/act.html"
    lot: Lot

    def load(self) -> None:
        """Find the lot."""
        self.lot = lot_of(self.actor, self.kwargs["identifier"])

    def where(self) -> str:
        """Back to the lot."""
        return reverse("materials:lot", args=[self.lot.identifier])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say of which."""
        detail = f"{self.lot.identifier} · {self.lot.definition.name}"
        return super().get_context_data(**{"detail": detail, "lot": self.lot, "version": self.lot.version, **kwargs})


class HoldView(_OfLot):
    """Put a lot on hold."""

    action = "lot.hold"
    form_class = ReasonForm
    title = gettext_lazy("Put lot on hold")
    verb = gettext_lazy("Put lot on hold")
    destructive = True

    def act(self, form: forms.Form) -> record.Receipt:
        """Stop it."""
        return services.hold_lot(
            actor=self.actor, lot=self.lot, reason=form.cleaned_data["reason"],
            expected_version=version_of(self.request), idempotency_key=key_of(self.request),
        )  # fmt: skip


class RetestView(_OfLot):
    """Set the next retest."""

    action = "lot.decide"
    form_class = RetestForm
    title = gettext_lazy("Set next retest")
    verb = gettext_lazy("Set next retest")

    def act(self, form: forms.Form) -> record.Receipt:
        """Set it."""
        return services.retest_lot(
            actor=self.actor, lot=self.lot, retest_on=form.cleaned_data["retest_on"],
            reason=form.cleaned_data["reason"], expected_version=version_of(self.request),
            idempotency_key=key_of(self.request),
        )  # fmt: skip


def shown(lot: Lot, meaning: str, reason: str) -> str:
    """Write what is shown and signed."""
    lines = [
        _("Lot %(lot)s, %(material)s %(name)s")
        % {"lot": lot.identifier, "material": lot.definition.code, "name": lot.definition.name},
        _("Supplier's lot: %(lot)s") % {"lot": lot.supplier_lot or NOTHING},
        _("Last day of use: %(day)s") % {"day": lot.expires_on or NOTHING},
        _("Status: %(before)s -> %(after)s") % {"before": lot.status, "after": meaning},
        _("Ground: %(reason)s") % {"reason": reason},
    ]
    return "\n".join(lines)


class DecideView(View):
    """Say on what ground, show exactly what is signed, and sign it."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse who may not decide, before anything is read."""
        if kwargs["meaning"] not in services_meanings():
            raise Http404
        people.authorize(actor_of(request), "lot.decide")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, identifier: str, meaning: str) -> HttpResponse:
        """Ask for the ground, then show what would be signed."""
        lot = lot_of(actor_of(request), identifier)
        reason = request.GET.get("reason", "").strip()[:400]
        if not reason:
            context = {"lot": lot, "form": ReasonForm(), "meaning": meaning, **self._common(lot)}
            return render(request, "materials/decide.html", context)
        return self._panel(request, lot, meaning, reason)

    def post(self, request: HttpRequest, identifier: str, meaning: str) -> HttpResponse:
        """Sign it; what was refused is on record, and the page says why."""
        lot = lot_of(actor_of(request), identifier)
        reason = request.GET.get("reason", "").strip()[:400]
        try:
            services.decide_lot(
                actor=actor_of(request), lot=lot, status=meaning, reason=reason,
                name=request.POST.get("statement", ""), given=_evidence(request), session=plant_session_of(request),
                address=address_of(request), idempotency_key=key_of(request),
            )  # fmt: skip
        except record.Stale:
            raise
        except BatchwrightError as error:
            status = 403 if isinstance(error, people.Refused) else 400
            return self._panel(request, lot, meaning, reason, error=str(error), status=status)
        return redirect("materials:lot", identifier=lot.identifier)

    def _common(self, lot: Lot) -> dict[str, Any]:
        return {"back": reverse("materials:lot", args=[lot.identifier]), "fitness": queries.fitness(lot)}

    def _panel(
        self, request: HttpRequest, lot: Lot, meaning: str, reason: str, *, error: str = "", status: int = 200
    ) -> HttpResponse:
        errors = [error] if error else []
        prepared = None
        try:
            prepared = people.prepare(
                actor=actor_of(request), row=lot, meaning=meaning, shown=shown(lot, meaning, reason),
                session=plant_session_of(request),
            )  # fmt: skip
        except people.Refused as refusal:
            errors.append(str(refusal))
            status = 403
        context = {
            "lot": lot, "errors": errors, "prepared": prepared, "meaning": meanings.meaning(meaning),
            "address": request.get_full_path(), **self._common(lot),
        }  # fmt: skip
        return render(request, "materials/decide_sign.html", context, status=status)


def services_meanings() -> tuple[str, ...]:
    """Give the decisions that are signed."""
    from batchwright.materials.services.holding import MEANINGS

    return tuple(MEANINGS.values())


def _evidence(request: HttpRequest) -> Evidence:
    username = request.POST.get("username", "")[:63]
    if request.POST.get("method") == "passkey":
        return PasskeyEvidence.read(request.POST.get("assertion", ""), username=username)
    return PasswordEvidence(password=request.POST.get("password", "")[:256], username=username)
