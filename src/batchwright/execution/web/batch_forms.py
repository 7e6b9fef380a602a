"""Forms of the pages of batches; what is written in them is judged by the commands, not here."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batchwright.execution.exceptions import Severity
from batchwright.execution.services import BY_HAND
from batchwright.recipes.web.forms import ReasonForm, reason_field

SEVERITIES = [
    (Severity.MINOR.value, _("minor: no effect on the product is thought possible")),
    (Severity.MAJOR.value, _("major: an effect is possible")),
    (Severity.CRITICAL.value, _("critical: an effect is likely, or a critical limit is broken")),
]
KINDS = {
    "remark": _("remark"), "equipment": _("equipment"), "material": _("material"),
    "overridden sequence": _("order of steps was not kept"), "lost connection": _("connection was lost"),
}  # fmt: skip


_BRACED = re.compile(r"\{(\w+)\}")
_COUNTED = re.compile(r"(\S+) +(\w+)")


def unbraced(text: str) -> str:
    """Write what is counted without the braces of UCUM.

    Args:
        text: Such as ``900000 {tablets} to 1200000 {tablets}``.

    Returns:
        Such as ``900000 tablets to 1200000 tablets``.
    """
    return _BRACED.sub(r"\1", text)


class CommandForm(forms.Form):
    """Why a command is given."""

    reason = reason_field(required=False)

    def __init__(self, *args: Any, needs_reason: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = needs_reason


class MakeForm(forms.Form):
    """Size, number and time of a batch, and a unit for each requirement of its recipe."""

    size = forms.CharField(label=_("Batch size"), max_length=60)
    number = forms.CharField(
        label=_("Batch number"), max_length=60, required=False, help_text=_("Empty for the next of the plant's series.")
    )
    planned_for = forms.DateTimeField(
        label=_("Planned for"), required=False, help_text=_("In the zone of the site."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    operator_decides = forms.BooleanField(
        label=_("Let an operator decide where the recipe says nothing"), required=False,
        help_text=_("Each decision is recorded. Without it the batch waits there and says why."),
    )  # fmt: skip
    reason = reason_field(required=False)

    def __init__(self, *args: Any, limits: str, asked: Mapping[str, tuple[str, list[str]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._counted = set(_BRACED.findall(limits))
        self.fields["size"].help_text = unbraced(limits)
        self._units = {f"unit_{number}": element for number, element in enumerate(asked)}
        for (name, element), (words, fits) in zip(self._units.items(), asked.values(), strict=True):
            del element
            choices: list[tuple[str, Any]] = [(one.split(" ")[0], one) for one in fits]
            choices = choices or [("", _("no unit fits"))]
            self.fields[name] = forms.ChoiceField(label=words, choices=choices, required=bool(fits))
        self.order_fields(["size", *self._units, "number", "planned_for", "operator_decides", "reason"])

    @property
    def units(self) -> dict[str, str]:
        """Tag of the unit for each element that asks for one."""
        return {element: self.cleaned_data[name] for name, element in self._units.items() if self.cleaned_data[name]}

    def clean_size(self) -> str:
        """Take what is counted as people write it too: 1200000 tablets for 1200000 {tablets}."""
        written = str(self.cleaned_data["size"])
        counted = _COUNTED.fullmatch(written.strip())
        return written if counted is None or counted[2] not in self._counted else f"{counted[1]} {{{counted[2]}}}"

    def clean_planned_for(self) -> Any:
        """Take the time in the zone of the site."""
        given = self.cleaned_data["planned_for"]
        if given is None or timezone.is_aware(given):
            return given
        return timezone.make_aware(given, timezone.get_default_timezone())


class RaiseForm(forms.Form):
    """What somebody noticed."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[(one.value, KINDS[one.value]) for one in BY_HAND])
    sentence = forms.CharField(
        label=_("What happened"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("In your own words; it stays as you write it."),
    )  # fmt: skip
    severity = forms.ChoiceField(
        label=_("Severity"), required=False, choices=[("", _("as its kind says")), *SEVERITIES]
    )


class AssessForm(forms.Form):
    """Cause and impact of an exception."""

    cause = forms.CharField(label=_("Cause"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    impact = forms.CharField(
        label=_("Impact on the product"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    severity = forms.ChoiceField(
        label=_("Severity"), choices=SEVERITIES, help_text=_("It can be made graver, never less grave.")
    )


class JudgeForm(forms.Form):
    """What a reviewer finds of a check."""

    key = forms.CharField(max_length=4000, widget=forms.HiddenInput)
    text = forms.CharField(label=_("Your judgement"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


def _limit_field(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=60, required=False, help_text=help_text)


_TOGETHER = _("With its unit. The limits given here take the place of all that stood; an empty one is none.")


class ParameterForm(ReasonForm):
    """Another value, or other limits, of a parameter."""

    parameter = forms.ChoiceField(label=_("Parameter"))
    value = forms.CharField(
        label=_("Value"), max_length=60, required=False,
        help_text=_("With its unit, such as 48.000 kg; empty to keep it."),
    )  # fmt: skip
    action_low = _limit_field(_("Action limit, low"), _TOGETHER)
    alert_low = _limit_field(_("Alert limit, low"))
    alert_high = _limit_field(_("Alert limit, high"))
    action_high = _limit_field(_("Action limit, high"))
    field_order = ("parameter", "value", "action_low", "alert_low", "alert_high", "action_high", "reason")


class LimitsForm(ReasonForm):
    """Other limits of what a step enters or reckons."""

    field = forms.ChoiceField(label=_("Value of a step"))
    action_low = _limit_field(_("Action limit, low"), _TOGETHER)
    alert_low = _limit_field(_("Alert limit, low"))
    alert_high = _limit_field(_("Alert limit, high"))
    action_high = _limit_field(_("Action limit, high"))
    field_order = ("field", "action_low", "alert_low", "alert_high", "action_high", "reason")


class SkipForm(ReasonForm):
    """A step that is not performed."""

    phase = forms.ChoiceField(label=_("Step"))
    field_order = ("phase", "reason")


class AddForm(ReasonForm):
    """A further step."""

    behind = forms.ChoiceField(label=_("After"))
    name = forms.RegexField(
        r"^[A-Za-z_][A-Za-z0-9_]*$", label=_("Id"), max_length=60, help_text=_("Letters, digits and underscores.")
    )
    title = forms.CharField(label=_("Name"), max_length=200)
    instruction = forms.CharField(label=_("Instruction"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    second_person = forms.BooleanField(label=_("A second person checks it"), required=False)
    field_order = ("behind", "name", "title", "instruction", "second_person", "reason")


class UnitForm(ReasonForm):
    """Another unit."""

    element = forms.ChoiceField(label=_("For"))
    unit = forms.ChoiceField(label=_("Unit"))
    field_order = ("element", "unit", "reason")
