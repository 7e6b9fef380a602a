"""What is wrong with a form, above it and beside each field. `{% load shell %}` brings it too."""

from dataclasses import dataclass
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField

from batchwright.site.web import field_words

register = template.Library()
register.filter("wrong", field_words.wrong)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field that is not right: its label, where it stands, what is wrong with it."""

    label: str
    at: str
    """Its id on the page; "" where it is hidden."""
    said: list[str]


@register.inclusion_tag("shell/form_errors.html")
def form_errors(form: forms.BaseForm) -> dict[str, Any]:
    """What is wrong with a form: first what concerns the whole, then each field with a link to it.

    The first field that is wrong gets the focus; so this stands before the fields.

    Args:
        form: The form.

    Returns:
        The context of the summary.
    """
    bad = [form[name] for name in form.fields if name in form.errors]
    seen = [bound for bound in bad if not bound.is_hidden]
    if seen:
        for bound in form:
            bound.field.widget.attrs.pop("autofocus", None)
        seen[0].field.widget.attrs["autofocus"] = True
    return {
        "form": form, "whole": form.non_field_errors(),
        "fields": [Wrong(str(bound.label), _at(bound), field_words.wrong(bound)) for bound in bad],
    }  # fmt: skip


def _at(bound: BoundField) -> str:
    if bound.is_hidden:
        return ""
    return bound.id_for_label or f"{bound.auto_id}_0"
