"""What is wrong with a field, in the words of the plant: value, limit, remedy. Django's own sentences name no remedy.

What a form or a command of ours says stays as it is; only what Django says by itself is put into words here.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.forms.boundfield import BoundField
from django.utils import timezone
from django.utils.translation import gettext as _

from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError

_SHOWN = 60
"""Characters of a value that an error repeats."""


def wrong(bound: BoundField) -> list[str]:
    """Say what is wrong with a field.

    Args:
        bound: The field of a form that was sent.

    Returns:
        A sentence or two for each thing that is wrong.
    """
    return [said for error in bound.errors.as_data() for said in _said(bound, error)]


def _said(bound: BoundField, error: ValidationError) -> list[str]:
    told = _OF_CODE.get(error.code or "")
    words = told(bound, error.params or {}) if told else None
    if words is None and error.code == "invalid":
        words = _unreadable(bound, error)
    return error.messages if words is None else [str(words)]


def _empty(bound: BoundField, _limits: dict[str, Any]) -> DomainError:
    field = bound.field
    if isinstance(field, forms.BooleanField):
        return DomainError(_("It is not ticked"), remedy=_("Tick it if it is so, or go back: nothing is recorded yet."))
    if isinstance(field, forms.FileField):
        return DomainError(_("No file is chosen, and one is needed"), remedy=_("Choose one."))
    if isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
        return DomainError(_("Nothing is chosen, and it is needed"), remedy=_("Choose from the list."))
    if isinstance(field, forms.DateField):
        return DomainError(_("No day stands here, and one is needed"), remedy=_as_day())
    if isinstance(field, forms.DateTimeField):
        return DomainError(_("No time stands here, and one is needed"), remedy=_as_time())
    if isinstance(field, forms.IntegerField):
        return DomainError(_("No number stands here, and one is needed"), remedy=_as_number(field))
    return DomainError(_("It is empty, and nothing is recorded without it"), remedy=_("Fill it in."))


def _unknown(bound: BoundField, limits: dict[str, Any]) -> DomainError:
    value = limits.get("value", limits.get("pk"))
    return DomainError(
        _("It is not, or no longer, on the list"), value=_shown(bound, value),
        remedy=_("Choose again; load the page anew if what you look for is missing."),
    )  # fmt: skip


def _too_long(_bound: BoundField, limits: dict[str, Any]) -> DomainError:
    most = int(limits.get("limit_value", limits.get("max", 0)))
    there = int(limits.get("show_value", limits.get("length", 0)))
    return DomainError(
        _("It is too long"), value=_("%(n)s characters") % {"n": there}, limit=_("at most %(n)s") % {"n": most},
        remedy=_("Shorten it by %(n)s.") % {"n": there - most},
    )  # fmt: skip


def _too_short(_bound: BoundField, limits: dict[str, Any]) -> DomainError:
    least, there = int(limits["limit_value"]), int(limits["show_value"])
    return DomainError(
        _("It is too short"), value=_("%(n)s characters") % {"n": there}, limit=_("at least %(n)s") % {"n": least},
        remedy=_("Write more."),
    )  # fmt: skip


def _too_high(bound: BoundField, limits: dict[str, Any]) -> DomainError:
    return DomainError(
        _("It is too high"), value=_shown(bound), limit=_("at most %(n)s") % {"n": limits["limit_value"]},
        remedy=_("Look again at what was meant, and enter that."),
    )  # fmt: skip


def _too_low(bound: BoundField, limits: dict[str, Any]) -> DomainError:
    return DomainError(
        _("It is too low"), value=_shown(bound), limit=_("at least %(n)s") % {"n": limits["limit_value"]},
        remedy=_("Look again at what was meant, and enter that."),
    )  # fmt: skip


def _too_fine(bound: BoundField, limits: dict[str, Any]) -> DomainError:
    return DomainError(
        _("It has too many digits"), value=_shown(bound), limit=_("at most %(n)s") % {"n": limits["max"]},
        remedy=_("Enter as many as were measured, and no more than fit."),
    )  # fmt: skip


def _no_file(_bound: BoundField, _limits: dict[str, Any]) -> DomainError:
    return DomainError(_("The file is empty, or did not arrive whole"), remedy=_("Choose it again."))


def _no_character(_bound: BoundField, _limits: dict[str, Any]) -> DomainError:
    return DomainError(_("It holds a character that cannot be kept"), remedy=_("Type it again instead of pasting it."))


_OF_CODE: dict[str, Callable[[BoundField, dict[str, Any]], DomainError]] = {
    "required": _empty, "invalid_choice": _unknown, "invalid_pk_value": _unknown, "max_length": _too_long,
    "min_length": _too_short, "max_value": _too_high, "min_value": _too_low, "max_digits": _too_fine,
    "max_decimal_places": _too_fine, "max_whole_digits": _too_fine, "empty": _no_file, "missing": _no_file,
    "null_characters_not_allowed": _no_character,
}  # fmt: skip


def _unreadable(bound: BoundField, error: ValidationError) -> DomainError | None:
    """Say that a value is none of its kind; None where the form has said so in words of ours."""
    field, value = bound.field, _shown(bound)
    if isinstance(field, forms.DateField):
        return DomainError(_("This is no day"), value=value, remedy=_as_day())
    if isinstance(field, forms.DateTimeField):
        return DomainError(_("This is no time"), value=value, remedy=_as_time())
    if isinstance(field, forms.IntegerField):
        return DomainError(_("This is no number"), value=value, remedy=_as_number(field))
    if isinstance(field, forms.EmailField):
        remedy = _("Enter one, such as name@example.com.")
        return DomainError(_("This is no e-mail address"), value=value, remedy=remedy)
    if str(error.message) == str(RegexValidator.message):
        return DomainError(
            _("It is not written as it has to be"), value=value, remedy=_("See what is said about it at the field.")
        )
    return None


def _as_day() -> str:
    today = timezone.localdate(clock.now(), timezone.get_default_timezone())
    return _("Enter year, month and day, such as %(day)s.") % {"day": today.isoformat()}


def _as_time() -> str:
    now = timezone.localtime(clock.now(), timezone.get_default_timezone())
    return _("Enter day and time, such as %(time)s.") % {"time": f"{now:%Y-%m-%d %H:%M}"}


def _as_number(field: forms.Field) -> str:
    whole = not isinstance(field, forms.DecimalField | forms.FloatField)
    return _("Enter digits alone, such as 12.") if whole else _("Enter digits with a point, such as 12.5.")


def _shown(bound: BoundField, value: Any = None) -> str | None:
    """What was entered, shortened; what is secret is not repeated."""
    if isinstance(bound.field.widget, forms.PasswordInput):
        return None
    text = str(bound.data if value is None else value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}\N{HORIZONTAL ELLIPSIS}"
