"""The gallery of parts: every component of the shell with its parameters, as a page that is looked at and tested."""

from datetime import timedelta
from types import SimpleNamespace

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from batchwright.kernel import clock
from batchwright.people import meanings
from batchwright.people.statement import Statement
from batchwright.record.access import requires


class SampleForm(forms.Form):
    """One field of each kind, with what can be wrong with it."""

    name = forms.CharField(label=_("Printed name"), help_text=_("As it is printed beside signatures."))
    email = forms.EmailField(label=_("E-mail address"), required=False)
    until = forms.DateField(
        label=_("Valid until"), help_text=_("The role ends at the end of this day."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )  # fmt: skip
    role = forms.ChoiceField(label=_("Role"), choices=[("operator", _("Operator")), ("qa", _("Quality assurance"))])
    change = forms.BooleanField(label=_("Must change the password at the first log-in"), required=False)
    factor = forms.ChoiceField(
        label=_("Second factor"), widget=forms.RadioSelect, initial="passkey",
        choices=[("passkey", _("Passkey")), ("totp", _("One-time password"))],
    )  # fmt: skip


@require_GET
@requires("account.use")
def parts(request: HttpRequest) -> HttpResponse:
    """Show every part once."""
    statement = Statement(
        signer="a.novak", printed_name="Ana Novák", meaning="assessed_competent", subject="training/m.rossi/GOWN-B/4/1",
        subject_version=2, prepared_at=clock.iso(clock.now()),
        shown="Training of Marco Rossi (m.rossi)\nAseptic gowning, SOP-112 edition 4\nValid until 2027-11-22",
    )  # fmt: skip
    rows = [
        SimpleNamespace(name="Ana Novák", tone="normal", word=_("in use"), entries=1204),
        SimpleNamespace(name="Marco Rossi", tone="stop", word=_("locked"), entries=88),
        SimpleNamespace(name="Joy Okafor", tone="off", word=_("disabled"), entries=12),
    ]
    context = {
        "now": clock.now() - timedelta(hours=3), "rows": rows, "page": Paginator(range(300), 20).get_page(2),
        "form": SampleForm({"name": "", "until": "2026-11-20", "role": "qa"}), "statement": statement,
        "meaning": meanings.meaning("assessed_competent"), "methods": ("passkey", "password"), "ask_user_id": True,
        "sorted_by": request.GET.get("sort", "name"),
    }  # fmt: skip
    return render(request, "shell/parts.html", context)
