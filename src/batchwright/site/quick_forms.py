"""Form fields written by plain functions instead of by a template for each option and each attribute.

A list of 128 types of entry costs Django's own templates 40 ms of processor time, which is half of the page around it.
What is written is the same, character for character; what is not known here goes to Django's templates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.forms.renderers import DjangoTemplates
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeData
from django.utils.timezone import is_aware, localtime

Widget = Mapping[str, Any]
_WIDGETS: Final = "django/forms/widgets/"
_OPTION: Final = f"{_WIDGETS}select_option.html"


class QuickForms(DjangoTemplates):
    """Writes the common fields itself."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        """Write a field, or anything else of a form.

        Args:
            template_name: Which of Django's templates is asked for.
            context: What is to be written.
            request: The request, where the template wants it.

        Returns:
            HTML.
        """
        write = _WRITERS.get(template_name)
        if write is None or any(one["template_name"] != _OPTION for one in _options(context["widget"])):
            return super().render(template_name, context, request)
        return write(context["widget"]).strip()


def _options(widget: Widget) -> list[Widget]:
    return [option for _name, options, _index in widget.get("optgroups", ()) for option in options]


def _plain(value: object) -> str:
    """As a template writes ``{{ value|stringformat:'s' }}``."""
    return str(value) if isinstance(value, SafeData) else escape(str(value))


def _shown(value: Any) -> str:
    """As a template writes ``{{ value }}``."""
    if not isinstance(value, str | Promise):
        value = localize(localtime(value) if isinstance(value, datetime) and is_aware(value) else value)
    return conditional_escape(value)


def _attributes(attributes: Mapping[str, Any]) -> str:
    return "".join(
        f" {_shown(name)}" if value is True else f' {_shown(name)}="{_plain(value)}"'
        for name, value in attributes.items()
        if value is not False
    )


def _input(widget: Widget) -> str:
    value = "" if widget["value"] is None else f' value="{_plain(widget["value"])}"'
    kind, name = _shown(widget["type"]), _shown(widget["name"])
    return f'<input type="{kind}" name="{name}"{value}{_attributes(widget["attrs"])}>'


def _text_area(widget: Widget) -> str:
    value = _shown(widget["value"]) if widget["value"] else ""
    return f'<textarea name="{_shown(widget["name"])}"{_attributes(widget["attrs"])}>\n{value}</textarea>'


def _select(widget: Widget) -> str:
    parts = [f'<select name="{_shown(widget["name"])}"{_attributes(widget["attrs"])}>']
    for name, options, _index in widget["optgroups"]:
        if name:
            parts.append(f'\n  <optgroup label="{_shown(name)}">')
        parts += (
            f'\n  <option value="{_plain(one["value"])}"{_attributes(one["attrs"])}>{_shown(one["label"])}</option>\n'
            for one in options
        )
        if name:
            parts.append("\n  </optgroup>")
    return "".join([*parts, "\n</select>"])


_INPUTS: Final = ("input", "text", "number", "email", "password", "search", "tel", "url", "color", "hidden", "date",
                  "datetime", "time", "checkbox", "file")  # fmt: skip
_WRITERS: Final[Mapping[str, Callable[[Widget], str]]] = {
    **{f"{_WIDGETS}{name}.html": _input for name in _INPUTS},
    f"{_WIDGETS}textarea.html": _text_area, f"{_WIDGETS}select.html": _select,
}  # fmt: skip
