"""Forms that say what the plant is; what is written in them is judged by the commands, not here."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batchwright.kernel.errors import BatchwrightError
from batchwright.kernel.quantity import Quantity
from batchwright.plant.models import CleaningKind, EquipmentClass, EquipmentElement, Level
from batchwright.plant.web.forms import beginning

_WITHOUT_LIMIT = gettext_lazy("Such as 72 h or 7 d; empty: without limit.")


class HoldField(forms.CharField):
    """A time limit as people write it, in whole minutes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, required=False, help_text=_WITHOUT_LIMIT, **kwargs)

    def clean(self, value: Any) -> Any:
        """Read it."""
        text = super().clean(value)
        if not text:
            return None
        try:
            minutes = Quantity.parse(text).to("min").value
        except BatchwrightError as error:
            raise forms.ValidationError(str(error)) from error
        if minutes <= 0 or minutes != int(minutes):
            raise forms.ValidationError(_("Say whole minutes, hours or days, more than none."))
        return int(minutes)


class OffersField(forms.CharField):
    """What equipment offers: a line for each property, its code first."""

    def __init__(self, *, of_class: bool = False) -> None:
        own = gettext_lazy("Only what differs from its class; a line for each: working-volume 20..200 L. Codes below.")
        whole = gettext_lazy("A line for each property: working-volume 20..200 L. The codes stand below.")
        super().__init__(
            required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
            label=gettext_lazy("What its units can do") if of_class else gettext_lazy("What it can do by itself"),
            help_text=whole if of_class else own,
        )  # fmt: skip

    def clean(self, value: Any) -> Any:
        """Read the lines; whether a value suits its property is the command's to say."""
        offered: dict[str, str] = {}
        for line in super().clean(value).splitlines():
            code, _blank, text = line.strip().partition(" ")
            if code in offered:
                raise forms.ValidationError(_("%(code)s is said twice.") % {"code": code})
            if code and not text.strip():
                raise forms.ValidationError(_("Say a value for %(code)s.") % {"code": code})
            if code:
                offered[code] = text.strip()
        return offered


class EffectiveField(forms.DateField):
    """From which day on; today and no day are now. What has been done is not judged anew by what is said later."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Effective from"), required=False,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            help_text=gettext_lazy("Today or later; empty: at once."),
        )  # fmt: skip

    def clean(self, value: Any) -> Any:
        """Give its first moment; None is now."""
        day: date | None = super().clean(value)
        today = timezone.localdate()
        if day is not None and day < today:
            raise forms.ValidationError(_("This day is past; choose today or a later one."))
        since: datetime | None = None if day is None or day == today else beginning(day)
        return since


def _reason() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 2})
    )


class PlacedForm(forms.Form):
    """What has a place in the plant: offered are the elements that can hold it, and the classes."""

    def __init__(self, *args: Any, elements: Any, classes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, offered in (("parent", elements), ("equipment_class", classes)):
            field = self.fields.get(name)
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = offered


def _parent() -> forms.Field:
    return forms.ModelChoiceField(
        EquipmentElement.objects.none(), label=gettext_lazy("Part of"), to_field_name="tag", required=False,
        empty_label=gettext_lazy("nothing: it is the enterprise"),
    )  # fmt: skip


class AddEquipmentForm(PlacedForm):
    """A new element."""

    tag = forms.CharField(
        label=gettext_lazy("Tag"), max_length=40, help_text=gettext_lazy("As it is painted on it: GR-101.")
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    level = forms.ChoiceField(label=gettext_lazy("Level"), choices=Level.choices, initial=Level.UNIT)
    parent = _parent()
    equipment_class = forms.ModelChoiceField(
        EquipmentClass.objects.none(), label=gettext_lazy("Class"), to_field_name="code", required=False,
        empty_label=gettext_lazy("none"),
    )  # fmt: skip
    offered = OffersField()
    manufacturer = forms.CharField(label=gettext_lazy("Manufacturer"), max_length=100, required=False)
    model_name = forms.CharField(label=gettext_lazy("Type"), max_length=100, required=False)
    serial_number = forms.CharField(label=gettext_lazy("Serial number"), max_length=60, required=False)


class ChangeEquipmentForm(PlacedForm):
    """What is said of an element."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    parent = _parent()
    offered = OffersField()
    serial_number = forms.CharField(label=gettext_lazy("Serial number"), max_length=60, required=False)
    reason = _reason()


class GroundForm(forms.Form):
    """Why."""

    reason = _reason()


class ClassForm(forms.Form):
    """A new class."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=40, help_text=gettext_lazy("Such as HSG."))
    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    level = forms.ChoiceField(label=gettext_lazy("Level"), choices=Level.choices, initial=Level.UNIT)
    offered = OffersField(of_class=True)


class ProcedureForm(forms.Form):
    """An edition of a cleaning procedure."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=40, help_text=gettext_lazy("Such as SOP-C-FBD-F."))
    edition = forms.CharField(label=gettext_lazy("Edition"), max_length=20)
    title = forms.CharField(label=gettext_lazy("Title"), max_length=150)
    kind = forms.ChoiceField(label=gettext_lazy("Extent"), choices=CleaningKind.choices, initial=CleaningKind.FULL)
    clean_hold_minutes = HoldField(label=gettext_lazy("Stays clean for"))
    dirty_hold_minutes = HoldField(label=gettext_lazy("To be done after use within"))
    effective_at = EffectiveField()
    reason = _reason()


class ChangeoverForm(forms.Form):
    """What a class asks for between batches."""

    same_product = forms.ChoiceField(
        label=gettext_lazy("Before a batch of the same campaign"), initial=CleaningKind.MINOR,
        choices=[*CleaningKind.choices, ("none", gettext_lazy("no cleaning"))],
    )  # fmt: skip
    other_product = forms.ChoiceField(
        label=gettext_lazy("Before another product"), choices=CleaningKind.choices, initial=CleaningKind.FULL
    )
    campaign_batches = forms.IntegerField(
        label=gettext_lazy("Batches of a campaign at most"), min_value=1, max_value=9999, required=False
    )
    campaign_days = forms.IntegerField(
        label=gettext_lazy("Days of a campaign at most"), min_value=1, max_value=9999, required=False
    )
    needs_clearance = forms.BooleanField(
        label=gettext_lazy("Each batch needs a line clearance"), required=False, initial=True
    )
    effective_at = EffectiveField()
    reason = _reason()
