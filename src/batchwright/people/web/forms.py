"""Forms of people's pages; what is written in them is judged by the commands, not here."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from batchwright.people import permissions
from batchwright.people.models import Edition, Sponsor, User


class _Day(forms.DateField):
    """A day in the zone of the site; as a limit it means its end, as a start its beginning."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def beginning(day: Any) -> datetime | None:
    """Give the first moment of a day in the zone of the site.

    Args:
        day: The day, or None.

    Returns:
        The moment, or None.
    """
    return None if day is None else timezone.make_aware(datetime.combine(day, time.min))


def end(day: Any) -> datetime | None:
    """Give the last moment of a day in the zone of the site.

    Args:
        day: The day, or None.

    Returns:
        The moment, or None.
    """
    return None if day is None else timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


def _secret(label: Any, *, new: bool = False) -> forms.CharField:
    attributes = {"autocomplete": "new-password" if new else "current-password"}
    return forms.CharField(
        label=label, strip=False, max_length=256, widget=forms.PasswordInput(attrs=attributes)
    )  # fmt: skip


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))


class EnrolForm(forms.Form):
    """A new person."""

    username = forms.CharField(
        label=_("User name"), max_length=63, help_text=_("Never used before; it is never given to anybody else.")
    )
    printed_name = forms.CharField(
        label=_("Printed name"), max_length=150, help_text=_("As it stands beside signatures.")
    )
    email = forms.EmailField(label=_("E-mail address"), required=False)
    sponsor = forms.ModelChoiceField(
        Sponsor.objects.none(), label=_("Sponsor"), required=False, empty_label=_("the plant's own"),
        help_text=_("Only for a sponsor's person."), to_field_name="code",
    )  # fmt: skip
    expires = _Day(label=_("Last day of the log-in"), required=False)
    password = _secret(_("First password"), new=True)
    reason = forms.CharField(
        label=_("How the identity was verified"), max_length=400, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, sponsors: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = _("At least 12 characters; to be changed at the first log-in.")
        self.fields["sponsor"].queryset = sponsors  # type: ignore[attr-defined]


class SponsorForm(forms.Form):
    """A new sponsor."""

    code = forms.CharField(label=_("Code"), max_length=40, help_text=_("Capitals, digits and hyphens."))
    name = forms.CharField(label=_("Name"), max_length=200)


class ChangeForm(ReasonForm):
    """A person's particulars."""

    printed_name = forms.CharField(label=_("Printed name"), max_length=150)
    email = forms.EmailField(label=_("E-mail address"), required=False)

    field_order = ("printed_name", "email", "reason")


class ResetForm(ReasonForm):
    """Another password for a person."""

    password = _secret(_("Password until the next log-in"), new=True)

    field_order = ("password", "reason")


class AssignForm(forms.Form):
    """A role for a person."""

    role = forms.ChoiceField(label=_("Role"), choices=[(one.code, one.name) for one in permissions.ROLES])
    valid_from = _Day(label=_("From"), required=False, help_text=_("Empty: from now on."))
    valid_until = _Day(label=_("Last day"), required=False, help_text=_("Required for an inspector."))
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))


class PasswordForm(forms.Form):
    """A new password of one's own."""

    current = _secret(_("Present password"))
    password = _secret(_("New password"), new=True)
    repeated = _secret(_("New password again"), new=True)

    def clean(self) -> dict[str, Any]:
        """Compare the two."""
        cleaned = super().clean() or {}
        if cleaned.get("password") != cleaned.get("repeated"):
            self.add_error("repeated", _("The two new passwords differ."))
        return cleaned


class ProofForm(forms.Form):
    """The own password, once more."""

    password = _secret(_("Your password"))


class CodesForm(ProofForm):
    """One-time codes."""

    code = forms.CharField(
        label=_("Code from the app"), max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )  # fmt: skip

    field_order = ("code", "password")


class PasskeyForm(ProofForm):
    """A passkey."""

    label = forms.CharField(label=_("Name of the device"), max_length=80)
    credential = forms.JSONField(widget=forms.HiddenInput)

    field_order = ("label", "password", "credential")


class RevokeForm(ProofForm, ReasonForm):
    """The end of a credential of one's own."""

    field_order = ("reason", "password")


class PlanForm(forms.Form):
    """A training for a person."""

    person = forms.ModelChoiceField(User.objects.none(), label=_("Person"), to_field_name="username")
    edition = forms.ModelChoiceField(Edition.objects.none(), label=_("Training"))

    def __init__(self, *args: Any, people: Any, editions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        self.fields["edition"].queryset = editions  # type: ignore[attr-defined]


class _EditionForm(forms.Form):
    document = forms.CharField(label=_("Document"), max_length=200)
    edition = forms.CharField(label=_("Edition"), max_length=20)
    effective = _Day(label=_("Effective from"), required=False, help_text=_("Empty: from now on."))
    validity_days = forms.IntegerField(
        label=_("Valid for days"), required=False, min_value=1, max_value=3650, help_text=_("Empty: without end.")
    )


class QualificationForm(_EditionForm):
    """A new qualification."""

    code = forms.CharField(label=_("Code"), max_length=40, help_text=_("Capitals, digits and hyphens."))
    title = forms.CharField(label=_("Title"), max_length=150)
    needed_for = forms.CharField(
        label=_("Needed for"), required=False, max_length=400,
        help_text=_("Roles and operations, by commas: role/operator, operation/weighing."),
    )  # fmt: skip

    field_order = ("code", "title", "document", "edition", "effective", "validity_days", "needed_for")


class IssueForm(_EditionForm, ReasonForm):
    """A new edition."""

    field_order = ("document", "edition", "effective", "validity_days", "reason")


class CorrectForm(ReasonForm):
    """The right date of a training."""

    expires = _Day(label=_("Valid until"), required=False, help_text=_("Empty: without end."))

    field_order = ("expires", "reason")
