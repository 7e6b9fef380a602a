"""Forms of the pages of materials; what is written in them is judged by the commands, not here."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.materials.models import Definition, Kind, Location, Lot, Supplier
from batchwright.people.models import Sponsor


class QuantityField(forms.CharField):
    """An amount with its unit, such as 1.5 kg; exact."""

    def clean(self, value: Any) -> Any:
        """Read it."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return Quantity.parse(text)
        except BadInput as error:
            raise forms.ValidationError(str(error)) from error


class Day(forms.DateField):
    """A day in the zone of the site."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def _reason() -> forms.CharField:
    return forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))


def _amount() -> QuantityField:
    return QuantityField(label=_("Amount"), max_length=60, help_text=_("With its unit, such as 1.5 kg."))


class ReasonForm(forms.Form):
    """Why."""

    reason = _reason()


class ReceiveForm(forms.Form):
    """A delivery."""

    definition = forms.ModelChoiceField(Definition.objects.none(), label=_("Material"), to_field_name="code")
    supplier = forms.ModelChoiceField(Supplier.objects.none(), label=_("Supplier"), to_field_name="code")
    supplier_lot = forms.CharField(label=_("Supplier's lot"), max_length=60)
    containers = forms.CharField(
        label=_("What is in each container"), widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One line for each, such as 25 kg."),
    )  # fmt: skip
    location = forms.ModelChoiceField(Location.objects.none(), label=_("Location"), to_field_name="code")
    made_on = Day(label=_("Made on"), required=False)
    expires_on = Day(label=_("Last day of use"), required=False, help_text=_("As the certificate says."))
    retest_on = Day(label=_("Retest on"), required=False)

    def __init__(self, *args: Any, definitions: Any, suppliers: Any, locations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, offered in (("definition", definitions), ("supplier", suppliers), ("location", locations)):
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = offered

    def clean_containers(self) -> list[Quantity]:
        """Read one amount per line."""
        try:
            return [Quantity.parse(line) for line in self.cleaned_data["containers"].splitlines() if line.strip()]
        except BadInput as error:
            raise forms.ValidationError(str(error)) from error


class AllocateForm(forms.Form):
    """A promise."""

    definition = forms.ModelChoiceField(Definition.objects.none(), label=_("Material"), to_field_name="code")
    amount = _amount()
    purpose = forms.CharField(label=_("For"), max_length=80, help_text=_("A batch or an order."))

    def __init__(self, *args: Any, definitions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["definition"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = definitions


class MoveForm(forms.Form):
    """Where to."""

    location = forms.ModelChoiceField(Location.objects.none(), label=_("Location"), to_field_name="code")

    def __init__(self, *args: Any, locations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["location"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = locations


class AmountForm(forms.Form):
    """How much."""

    amount = _amount()


class PurposeForm(AmountForm):
    """How much, for what."""

    purpose = forms.CharField(label=_("For"), max_length=80, help_text=_("A batch or an order."))


class IntoForm(AmountForm):
    """How much, into which lot."""

    into = forms.ModelChoiceField(Lot.objects.none(), label=_("Lot that is made"), to_field_name="identifier")

    def __init__(self, *args: Any, lots: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["into"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = lots


class SampleForm(AmountForm):
    """How much, as which sample."""

    sample = forms.CharField(label=_("Number of the sample"), max_length=80)


class ShipForm(AmountForm):
    """How much, with which shipment."""

    shipment = forms.CharField(label=_("Number of the shipment"), max_length=80)


class DestroyForm(AmountForm):
    """How much, and why."""

    reason = _reason()


class CountForm(forms.Form):
    """What was found."""

    counted = QuantityField(label=_("Counted"), max_length=60, help_text=_("With its unit, such as 1.5 kg."))
    reason = _reason()


class RetestForm(forms.Form):
    """When next."""

    retest_on = Day(label=_("Next retest on"))
    reason = _reason()


class DefineForm(forms.Form):
    """A new material."""

    code = forms.CharField(label=_("Code"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=150)
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices)
    unit = forms.CharField(label=_("Unit"), max_length=40, help_text=_("UCUM code, such as kg or L or {tbl}."))
    specification = forms.CharField(label=_("Specification"), max_length=120, required=False)
    storage_class = forms.CharField(label=_("Storage class"), max_length=60, required=False)
    shelf_life_days = forms.IntegerField(label=_("Shelf life in days"), min_value=1, required=False)
    retest_days = forms.IntegerField(label=_("Days to retest"), min_value=1, required=False)
    hazards = forms.CharField(label=_("Hazards"), max_length=120, required=False)
    gtin = forms.CharField(label=_("GTIN"), max_length=14, required=False)
    sponsor = forms.ModelChoiceField(
        Sponsor.objects.none(), label=_("Sponsor"), required=False, to_field_name="code",
        empty_label=_("the plant's own"),
    )  # fmt: skip

    def __init__(self, *args: Any, sponsors: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["sponsor"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = sponsors


class SupplierForm(forms.Form):
    """A new supplier."""

    code = forms.CharField(label=_("Code"), max_length=40)
    name = forms.CharField(label=_("Company"), max_length=150)
    place = forms.CharField(label=_("Site"), max_length=150)
    country = forms.CharField(label=_("Country"), max_length=2, help_text=_("Two capitals, ISO 3166."))


class SupplierDecisionForm(forms.Form):
    """Approve or withdraw."""

    approval = forms.ChoiceField(
        label=_("Decision"), choices=[("approved", _("approved")), ("withdrawn", _("withdrawn"))]
    )
    approved_until = Day(label=_("Last day of the approval"), required=False)
    reason = _reason()


class LocationForm(forms.Form):
    """A new location."""

    code = forms.CharField(label=_("Code"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=150)
    storage_class = forms.CharField(label=_("Storage class"), max_length=60, required=False)
