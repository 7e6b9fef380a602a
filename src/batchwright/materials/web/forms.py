"""Forms of the pages of materials; what is written in them is judged by the commands, not here."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.materials.models import Definition, Kind, Location, Lot, SamplingPlan, Supplier
from batchwright.people.models import Sponsor

_ALONE = re.compile(r"[0-9][0-9.]*", re.ASCII)


class QuantityField(forms.CharField):
    """An amount with its unit, such as 1.5 kg; exact."""

    unit = ""
    """What a number alone counts in, and what may be written without its braces; "" where a unit has to be said."""

    def clean(self, value: Any) -> Any:
        """Read it."""
        text = super().clean(value)
        if not text:
            return None
        if self.unit and _ALONE.fullmatch(text.strip().removesuffix(self.unit.strip("{}")).rstrip()):
            text = f"{_ALONE.findall(text)[0]} {self.unit}"
        try:
            return Quantity.parse(text)
        except BadInput as error:
            raise forms.ValidationError(str(error)) from error


def counted_in(form: forms.Form, unit: str, *names: str) -> forms.Form:
    """Let a number alone count in the unit of the material: nobody types braces around vials.

    Args:
        form: A form about one lot.
        unit: UCUM code.
        *names: Its amounts; by default what such forms call them.

    Returns:
        The form; its help says so.
    """
    for name in names or ("amount", "counted"):
        field = form.fields.get(name)
        if isinstance(field, QuantityField):
            field.unit = unit
            said = {"unit": unit.strip("{}")}
            field.help_text = gettext("In %(unit)s, unless you write another unit.") % said
    return form


class Day(forms.DateField):
    """A day in the zone of the site."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def offer(form: forms.Form, **querysets: Any) -> None:
    """Let fields of a form offer what the actor may choose."""
    for name, offered in querysets.items():
        field = form.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = offered


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
        offer(self, definition=definitions, supplier=suppliers, location=locations)

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
        offer(self, definition=definitions)


class MoveForm(forms.Form):
    """Where to."""

    location = forms.ModelChoiceField(Location.objects.none(), label=_("Location"), to_field_name="code")

    def __init__(self, *args: Any, locations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, location=locations)


class AmountForm(forms.Form):
    """How much."""

    amount = _amount()


class DivideForm(AmountForm):
    """How much, and where the new container stands."""

    location = forms.ModelChoiceField(
        Location.objects.none(), label=_("Location"), to_field_name="code", required=False,
        empty_label=_("beside the old one"),
    )  # fmt: skip

    def __init__(self, *args: Any, locations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, location=locations)


class PurposeForm(AmountForm):
    """How much, for what."""

    purpose = forms.CharField(label=_("For"), max_length=80, help_text=_("A batch or an order."))


class IntoForm(AmountForm):
    """How much, into which lot."""

    into = forms.ModelChoiceField(Lot.objects.none(), label=_("Lot that is made"), to_field_name="identifier")

    def __init__(self, *args: Any, lots: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, into=lots)


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


class MakeForm(forms.Form):
    """A lot that is begun."""

    definition = forms.ModelChoiceField(Definition.objects.none(), label=_("Material"), to_field_name="code")
    nominal = QuantityField(
        label=_("Batch size"), max_length=60, required=False, help_text=_("With its unit, such as 60 kg.")
    )
    expires_on = Day(
        label=_("Last day of use"), required=False, help_text=_("By the shelf life of the material if left empty.")
    )

    def __init__(self, *args: Any, definitions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, definition=definitions)


class FillForm(AmountForm):
    """How much, and where it stands."""

    location = forms.ModelChoiceField(Location.objects.none(), label=_("Location"), to_field_name="code")

    def __init__(self, *args: Any, locations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, location=locations)


class CountInForm(FillForm):
    """How much, where it stands, and on what ground."""

    reason = _reason()


class ConvertForm(forms.Form):
    """Into what lots become; an amount and the version that was seen of each container."""

    kind = forms.ChoiceField(
        label=_("What happens"),
        choices=[
            ("split", _("split: part of a lot becomes a lot of its own")),
            ("merged", _("merge: lots of one material become one")),
            ("reworked", _("rework: a lot is worked on again, a rejected one too")),
        ],
    )
    location = forms.ModelChoiceField(Location.objects.none(), label=_("Location"), to_field_name="code")
    reason = _reason()

    def __init__(self, *args: Any, locations: Any, containers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, location=locations)
        for one in containers:
            label = _("Amount of %(container)s") % {"container": one.identifier}
            self.fields[f"amount_{one.identifier}"] = QuantityField(label=label, max_length=60)
            self.fields[f"version_{one.identifier}"] = forms.IntegerField(
                initial=one.version, required=False, widget=forms.HiddenInput
            )


class RetestForm(forms.Form):
    """When next."""

    retest_on = Day(label=_("Next retest on"))
    reason = _reason()


class CertifyForm(forms.Form):
    """What the certificate says."""

    assay = QuantityField(
        label=_("Assay"), max_length=40,
        help_text=_("With its unit, such as 98.6 %; of the anhydrous substance where you enter the water."),
    )  # fmt: skip
    water = QuantityField(label=_("Water"), max_length=40, required=False, help_text=_("With its unit, such as 0.4 %."))
    certificate = forms.CharField(label=_("Number of the certificate"), max_length=80)
    reason = forms.CharField(
        label=_("Reason"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only where something was entered before."),
    )  # fmt: skip


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
        offer(self, sponsor=sponsors)


class SamplingForm(forms.Form):
    """How a material is sampled, and what counts may differ."""

    sampling = forms.ChoiceField(label=_("Containers that are sampled"), choices=SamplingPlan.choices)
    sampling_table = forms.CharField(
        label=_("Table"), max_length=200, required=False,
        help_text=_("For a plan by a table: up to 3 containers 2, up to 10 three, of more 5 is 3:2, 10:3, *:5."),
    )  # fmt: skip
    amount = QuantityField(
        label=_("Amount of each container"), max_length=60, required=False, help_text=_("With its unit, such as 20 g.")
    )
    limit_percent = forms.DecimalField(
        label=_("Counts may differ by"), max_digits=7, decimal_places=4, min_value=0, max_value=100, required=False,
        help_text=_("Per cent of what came in; beyond it a reconciliation asks for an exception."),
    )  # fmt: skip
    reason = _reason()


class SampleLotForm(forms.Form):
    """As which sample."""

    sample_name = forms.CharField(label=_("Number of the sample"), max_length=80)


class ReconcileForm(forms.Form):
    """On what ground."""

    reason = _reason()
    exception = forms.CharField(
        label=_("Exception"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only where the difference is beyond the limit: what explains it."),
    )  # fmt: skip


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
