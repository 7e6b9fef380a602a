"""Forms of the pages of units; what is written in them is judged by the commands, not here."""

from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batchwright.people.models import Sponsor
from batchwright.plant.models import CleaningProcedure, QualificationKind

if TYPE_CHECKING:
    _Procedures = forms.ModelChoiceField[CleaningProcedure]
else:  # Django's fields take a parameter for the type checker alone
    _Procedures = forms.ModelChoiceField


def beginning(day: Any) -> datetime | None:
    """Give the first moment of a day in the zone of the site; None for no day."""
    return None if day is None else timezone.make_aware(datetime.combine(day, time.min))


def _reason(*, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=_("Reason"), max_length=400, required=required, widget=forms.Textarea(attrs={"rows": 2})
    )


def _sponsor() -> forms.Field:
    return forms.ModelChoiceField(
        Sponsor.objects.none(), label=_("Sponsor"), to_field_name="code", required=False,
        empty_label=_("the plant's own"),
    )  # fmt: skip


class UnitForm(forms.Form):
    """What every form about a unit is offered: sponsors and cleaning procedures to choose from."""

    def __init__(self, *args: Any, sponsors: Any, procedures: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, offered in (("sponsor", sponsors), ("procedure", procedures)):
            field = self.fields.get(name)
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = offered


class GroundForm(UnitForm):
    """Why."""

    reason = _reason()


class RemarkForm(UnitForm):
    """Why, where there is something to say."""

    reason = _reason(required=False)


class BatchForm(UnitForm):
    """Which batch of which product."""

    product = forms.CharField(label=_("Product"), max_length=60)
    batch = forms.CharField(label=_("Batch"), max_length=60)
    sponsor = _sponsor()


class CampaignForm(UnitForm):
    """Which product."""

    product = forms.CharField(label=_("Product"), max_length=60)
    sponsor = _sponsor()


class ProcedureField(_Procedures):
    """Cleaning procedures to choose from, each with its title, code, edition and extent."""

    def label_from_instance(self, obj: CleaningProcedure) -> str:
        """Say which it is."""
        return f"{obj.title} ({obj.code} {obj.edition}, {obj.get_kind_display()})"


class CleanForm(UnitForm):
    """By which procedure."""

    procedure = ProcedureField(
        CleaningProcedure.objects.none(), label=_("Procedure"), widget=forms.RadioSelect, empty_label=None
    )
    reason = _reason(required=False)


class QualifyForm(forms.Form):
    """Which stage, by which report, until when."""

    kind = forms.ChoiceField(label=_("Stage"), choices=QualificationKind.choices)
    document = forms.CharField(label=_("Report"), max_length=120)
    due = forms.DateField(
        label=_("To be done again by"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    reason = _reason()
    report = forms.FileField(
        label=_("Report as a file"), required=False, widget=forms.FileInput(attrs={"accept": "application/pdf"}),
        help_text=_("A PDF; it is kept with the entry, and its SHA-256 stands in what is signed."),
    )  # fmt: skip
