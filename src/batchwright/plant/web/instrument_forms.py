"""Forms of the pages of instruments; what is written in them is judged by the commands, not here."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.plant.calibration import Point
from batchwright.plant.models import EquipmentElement, Instrument, InstrumentKind, Protocol

ROWS: Final = 5
"""Comparisons that the page offers; a calibration covers both ends of the range, and what lies between."""


class NumberField(forms.CharField):
    """A number in the unit of the instrument, with the digits that are written."""

    def __init__(self, *, unit: str, **kwargs: Any) -> None:
        self.unit = unit
        super().__init__(max_length=42, widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
                         **kwargs)  # fmt: skip

    def clean(self, value: Any) -> Any:
        """Read it."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return Quantity(text, self.unit)
        except BadInput as error:
            raise forms.ValidationError(str(error)) from error


class GroundForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReadForm(forms.Form):
    """For what a value is read."""

    purpose = forms.CharField(
        label=gettext_lazy("For"), max_length=200, help_text=gettext_lazy("Batch and step: FCT10-26-041, step 4.2.")
    )


class ApproveForm(forms.Form):
    """On what ground a calibration is approved; asked for where it has an impact."""

    reason = forms.CharField(
        label=gettext_lazy("What follows for what was measured"), max_length=400, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, *args: Any, needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = needed


class CheckForm(forms.Form):
    """What the instrument showed for each check reference."""

    def __init__(self, *args: Any, instrument: Instrument, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.references = [Quantity(value, instrument.unit) for value in instrument.check_values]
        for number, reference in enumerate(self.references, start=1):
            self.fields[f"shown_{number}"] = NumberField(
                unit=instrument.unit, label=_("Shown at %(reference)s") % {"reference": reference}
            )

    def indicated(self) -> list[Quantity]:
        """Give what was shown, in the order of the references."""
        return [self.cleaned_data[f"shown_{number}"] for number in range(1, len(self.references) + 1)]


class CalibrateForm(forms.Form):
    """Comparisons as found and as left, the references, and the certificate."""

    standard = forms.CharField(
        label=gettext_lazy("References"), max_length=200,
        help_text=gettext_lazy("Which, and to what they are traceable: weights E2, certificate K-118."),
    )  # fmt: skip
    weighings = forms.CharField(
        label=gettext_lazy("Weighings of one load"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("At least ten, separated by blanks; the minimum weight follows from them (USP 41)."),
    )  # fmt: skip
    certificate = forms.FileField(
        label=gettext_lazy("Certificate"), required=False, help_text=gettext_lazy("A PDF."),
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Remark"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, instrument: Instrument, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instrument = instrument
        low, high = instrument.low.value, instrument.high.value
        for number in range(1, ROWS + 1):
            proposed = low + (high - low) * (number - 1) / (ROWS - 1)
            for part, label in (("reference", _("Reference")), ("found", _("As found")), ("left", _("As left"))):
                self.fields[f"{part}_{number}"] = NumberField(
                    unit=instrument.unit, label=f"{label} {number}", required=False,
                    initial=f"{proposed.normalize():f}" if part == "reference" else None,
                )  # fmt: skip
        if not instrument.is_scale:
            del self.fields["weighings"]

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]:
        """Give the fields of the comparisons, row by row."""
        return [
            (self[f"reference_{number}"], self[f"found_{number}"], self[f"left_{number}"])
            for number in range(1, ROWS + 1)
        ]

    def others(self) -> list[forms.BoundField]:
        """Give the fields beside the comparisons."""
        return [self[name] for name in ("standard", "weighings", "certificate", "reason") if name in self.fields]

    def clean_weighings(self) -> list[Quantity]:
        """Read the weighings."""
        try:
            return [Quantity(one, self.instrument.unit) for one in self.cleaned_data["weighings"].split()]
        except BadInput as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """Refuse a value without its reference."""
        held = super().clean() or self.cleaned_data
        for number in range(1, ROWS + 1):
            compared = held.get(f"found_{number}") or held.get(f"left_{number}")
            if compared and held.get(f"reference_{number}") is None and f"reference_{number}" not in self.errors:
                self.add_error(f"reference_{number}", _("Say what the reference is."))
        return held

    def points(self, part: str) -> list[Point]:
        """Give the comparisons of one stage: found or left."""
        held = self.cleaned_data
        return [
            Point(held[f"reference_{number}"], held[f"{part}_{number}"])
            for number in range(1, ROWS + 1)
            if held.get(f"{part}_{number}") is not None
        ]


class AddForm(forms.Form):
    """A new instrument."""

    tag = forms.CharField(label=gettext_lazy("Tag"), max_length=40)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=InstrumentKind.choices)
    element = forms.ModelChoiceField(
        EquipmentElement.objects.none(), label=gettext_lazy("Mounted on"), to_field_name="tag", required=False,
        empty_label=gettext_lazy("nothing: it is portable"),
    )  # fmt: skip
    serial_number = forms.CharField(label=gettext_lazy("Serial number"), max_length=60, required=False)
    unit = forms.CharField(label=gettext_lazy("Unit"), max_length=40, help_text=gettext_lazy("UCUM code, such as kg."))
    low = forms.CharField(label=gettext_lazy("Range from"), max_length=42, initial="0")
    high = forms.CharField(
        label=gettext_lazy("Range to"), max_length=42, help_text=gettext_lazy("The capacity of a scale.")
    )
    readability = forms.CharField(label=gettext_lazy("Digit"), max_length=42, required=False)
    tolerance = forms.CharField(
        label=gettext_lazy("Tolerance"), max_length=42,
        help_text=gettext_lazy("In the unit; kelvins for a temperature."),
    )  # fmt: skip
    interval_days = forms.IntegerField(label=gettext_lazy("Days between calibrations"), min_value=1, max_value=3650)
    check_values = forms.CharField(
        label=gettext_lazy("Check references"), required=False,
        help_text=gettext_lazy("Of its daily check, separated by blanks; empty if it has none."),
    )  # fmt: skip
    check_tolerance = forms.CharField(label=gettext_lazy("Tolerance of the check"), max_length=42, required=False)
    protocol = forms.ChoiceField(label=gettext_lazy("Protocol"), choices=Protocol.choices, required=False)
    host = forms.CharField(label=gettext_lazy("Address"), max_length=253, required=False)
    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535, required=False)

    def __init__(self, *args: Any, elements: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["element"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = elements

    def clean_check_values(self) -> tuple[str, ...]:
        """Read the references of the check."""
        return tuple(self.cleaned_data["check_values"].split())
