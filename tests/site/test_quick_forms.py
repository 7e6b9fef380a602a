"""Fields are written as Django's own templates write them, character for character."""

from datetime import date

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from batchwright.site.quick_forms import QuickForms

CHOICES = [
    ("", "---------"), ("a<b", "A & B"), (1, 1234), ("safe", mark_safe("<b>safe</b>")), (None, gettext_lazy("Name")),
    ("Group \"one\"", [("x", "X"), ("y", "'Y'")]),
]  # fmt: skip
ATTRIBUTES = {"id": "x<y", "required": True, "disabled": False, "data-count": 12345, "title": mark_safe("&amp;")}
WIDGETS = [
    forms.TextInput(), forms.NumberInput(), forms.EmailInput(), forms.PasswordInput(render_value=True),
    forms.HiddenInput(), forms.DateInput(), forms.TimeInput(), forms.DateTimeInput(), forms.CheckboxInput(),
    forms.Textarea(), forms.FileInput(), forms.URLInput(), forms.Select(choices=CHOICES),
    forms.SelectMultiple(choices=CHOICES), forms.NullBooleanSelect(), forms.RadioSelect(choices=CHOICES),
    forms.CheckboxSelectMultiple(choices=CHOICES), forms.SelectDateWidget(years=[2026]),
]  # fmt: skip
VALUES = [None, "", "a<b", "x", '"quoted" & more\nlines', 1, 0, 1234.5, True, mark_safe("<i>"), date(2026, 11, 23)]


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: type(widget).__name__)
def test_every_field_is_written_as_django_writes_it(widget: forms.Widget) -> None:
    for value in VALUES:
        if isinstance(widget, forms.SelectDateWidget) and not isinstance(value, date):
            continue
        for attributes in ({}, ATTRIBUTES):
            theirs = widget.render("the<name", value, attributes, renderer=DjangoTemplates())
            assert widget.render("the<name", value, attributes, renderer=QuickForms()) == theirs
