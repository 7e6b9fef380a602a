"""Forms of the pages of recipes; what is written in them is judged by the commands, not here."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batchwright.people.models import Sponsor
from batchwright.recipes.text_edits import LIMITS

_WORDS = {
    "action_low": _("Action limit, low"), "alert_low": _("Alert limit, low"), "alert_high": _("Alert limit, high"),
    "action_high": _("Action limit, high"),
}  # fmt: skip


def reason_field(*, required: bool = True, label: Any = None) -> forms.CharField:
    """Why."""
    widget = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(label=label or _("Reason"), max_length=400, required=required, widget=widget)


class ReasonForm(forms.Form):
    """Why."""

    reason = reason_field()




class SourceForm(forms.Form):
    """The text of a recipe."""

    source = forms.CharField(
        label=_("Text"), max_length=1_000_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 32, "spellcheck": "false", "wrap": "off", "autocomplete": "off"}),
    )  # fmt: skip
    reason = reason_field(required=False)


class WriteForm(SourceForm):
    """The text of a recipe that is not here yet."""

    sponsor = forms.ModelChoiceField(
        Sponsor.objects.none(), label=_("Sponsor"), to_field_name="code", required=False,
        empty_label=_("none: the plant's own product"),
    )  # fmt: skip

    def __init__(self, *args: Any, sponsors: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["sponsor"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = sponsors


class EditForm(SourceForm):
    """Another text of a draft; of an imported one, the finding that it answers."""

    finding = forms.ChoiceField(label=_("Finding that this repair answers"), required=False)

    def __init__(self, *args: Any, findings: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["finding"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("none: a change of its own")), *findings]
        if not findings:
            del self.fields["finding"]


class ImportForm(forms.Form):
    """A file of another system."""

    file = forms.FileField(label=_("File"), help_text=_("BatchML V02, V0401 or V0700."))
    identifier = forms.CharField(
        label=_("Called here"), max_length=60, required=False, help_text=_("Empty for what the file calls it.")
    )
    sponsor = forms.ModelChoiceField(
        Sponsor.objects.none(), label=_("Sponsor"), to_field_name="code", required=False,
        empty_label=_("none: the plant's own product"),
    )  # fmt: skip
    reason = reason_field()

    def __init__(self, *args: Any, sponsors: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["sponsor"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = sponsors


class ValueForm(forms.Form):
    """A value or a limit of one parameter; what stays empty stays as it is."""

    parameter = forms.ChoiceField(label=_("Parameter"))
    value = forms.CharField(
        label=_("Value"), max_length=60, required=False, help_text=_("With its unit, such as 48.000 kg.")
    )
    reason = reason_field()
    field_order = ("parameter", "value", *LIMITS, "reason")

    def __init__(self, *args: Any, parameters: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in _WORDS.items():
            self.fields[name] = forms.CharField(label=label, max_length=60, required=False)
        self.order_fields(self.field_order)
        field = self.fields["parameter"]
        if isinstance(field, forms.ChoiceField):
            field.choices = parameters


class StepForm(forms.Form):
    """Another phase."""

    after = forms.ChoiceField(label=_("After"))
    name = forms.RegexField(
        r"^[A-Za-z_][A-Za-z0-9_]*$", label=_("Id"), max_length=60, help_text=_("Letters, digits and underscores.")
    )
    title = forms.CharField(label=_("Name"), max_length=200)
    instruction = forms.CharField(label=_("Instruction"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    reason = reason_field()

    def __init__(self, *args: Any, phases: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["after"]
        if isinstance(field, forms.ChoiceField):
            field.choices = phases


class JustifyForm(forms.Form):
    """Why an error may stand."""

    finding = forms.ChoiceField(label=_("Finding"))
    why = reason_field(label=_("Why it may stand"))

    def __init__(self, *args: Any, findings: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["finding"]
        if isinstance(field, forms.ChoiceField):
            field.choices = findings


class EffectiveForm(forms.Form):
    """From when."""

    effective_from = forms.DateTimeField(
        label=_("Effective from"), required=False, help_text=_("In the zone of the site; empty for now."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    reason = reason_field()

    def clean_effective_from(self) -> Any:
        """Take the time in the zone of the site."""
        given = self.cleaned_data["effective_from"]
        if given is None or timezone.is_aware(given):
            return given
        return timezone.make_aware(given, timezone.get_default_timezone())
