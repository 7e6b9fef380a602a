"""People and roles: who is here, what may they do, who changed it?"""

from typing import Any, ClassVar

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django import forms
from django.core.paginator import Paginator
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.people import permissions, queries, services
from batchwright.people.models import Assignment, Passkey, User
from batchwright.people.web.acting import Act, Page, key_of, version_of
from batchwright.people.web.forms import (
    AssignForm,
    ChangeForm,
    EnrolForm,
    ReasonForm,
    ResetForm,
    SponsorForm,
    beginning,
    end,
)
from batchwright.record.web.sorting import Columns, MayBeEmpty

PEOPLE = Columns({
    "name": "printed_name", "user": "username", "company": MayBeEmpty("sponsor__name"),
    "log_in": ("is_active", MayBeEmpty("locked_until")),
}, first="user")  # fmt: skip


class PeopleView(Page):
    """Who is here?"""

    action = "user.read"
    template_name = "people/people.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the people that the search finds."""
        text, role = self.request.GET.get("q", "")[:100], self.request.GET.get("role", "")[:40]
        found = queries.users(self.actor, text=text, role=role)
        page = Paginator(PEOPLE.sort(found, self.request), 50).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            **kwargs, page=page, sorted_by=PEOPLE.asked(self.request), text=text, role=role, roles=permissions.ROLES,
            held=queries.roles_held(self.actor),
        )  # fmt: skip


class RolesView(Page):
    """Who may do what?"""

    action = "role.read"
    template_name = "people/roles.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the table of roles and actions."""
        roles, rows = queries.matrix(self.actor)
        return super().get_context_data(**kwargs, roles=roles, rows=rows)


class SponsorsView(Page):
    """For whom do we manufacture?"""

    action = "user.read"
    template_name = "people/sponsors.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the sponsors that the actor may know of."""
        return super().get_context_data(**kwargs, sponsors=queries.sponsors(self.actor))


class PersonView(Page):
    """What may this person do, and what was done about it?"""

    action = "user.read"
    template_name = "people/person.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add everything about one person."""
        person = queries.user(self.actor, self.kwargs["username"])
        if person is None:
            raise Http404
        sees_training = person.username == self.actor.id or permissions_of(self, "training.read")
        return super().get_context_data(
            **kwargs,
            person=person,
            assignments=queries.assignments(self.actor, person),
            passkeys=queries.passkeys(self.actor, person),
            identities=queries.identities(self.actor, person),
            has_codes=get_adapter().is_mfa_enabled(person, [Authenticator.Type.TOTP]),
            trainings=queries.trainings_of(self.actor, person) if sees_training else (),
            signatures=queries.signatures_by(self.actor, person),
            entries=record.history(person, self.actor).order_by("-seq")[:20],
            own=person.username == self.actor.id,
            locked=person.locked_until is not None and person.locked_until > clock.now(),
        )


def permissions_of(page: Page, action: str) -> bool:
    """Answer whether the person who asks holds an action.

    Args:
        page: The page.
        action: The action.

    Returns:
        Whether it is held.
    """
    return bool(page.request.may(action))  # type: ignore[attr-defined]


class EnrolView(Act):
    """Enrol a person."""

    action = "user.enrol"
    form_class = EnrolForm
    title = _("Enrol person")
    verb = _("Enrol person")
    extra_context = {"of_people": True}
    username = ""

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the sponsors that the actor may know of."""
        return {**super().get_form_kwargs(), "sponsors": queries.sponsors(self.actor)}

    def where(self) -> str:
        """On to the person."""
        return reverse("people:person", args=[self.username]) if self.username else reverse("people:people")

    def act(self, form: forms.Form) -> record.Receipt:
        """Enrol."""
        given = form.cleaned_data
        receipt = services.enrol_user(
            actor=self.actor, username=given["username"], printed_name=given["printed_name"], email=given["email"],
            sponsor=given["sponsor"], expires_at=end(given["expires"]), password=given["password"],
            reason=given["reason"], idempotency_key=key_of(self.request),
        )  # fmt: skip
        self.username = given["username"]
        return receipt


class SponsorEnrolView(Act):
    """Enrol a sponsor."""

    action = "user.enrol"
    form_class = SponsorForm
    title = _("Enrol sponsor")
    verb = _("Enrol sponsor")
    extra_context = {"of_people": True}

    def where(self) -> str:
        """Back to the sponsors."""
        return reverse("people:sponsors")

    def act(self, form: forms.Form) -> record.Receipt:
        """Enrol."""
        return services.enrol_sponsor(actor=self.actor, **form.cleaned_data, idempotency_key=key_of(self.request))


class OnPerson(Act):
    """An act on one person."""

    form_class = ReasonForm
    person: User

    def load(self) -> None:
        """Find the person; 404 where the actor may not know of one."""
        person = queries.user(self.actor, self.kwargs["username"])
        if person is None:
            raise Http404
        self.person = person

    def where(self) -> str:
        """Back to the person."""
        return reverse("people:person", args=[self.person.username])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the person and the version shown."""
        return super().get_context_data(**{"person": self.person, "version": self.person.version, **kwargs})

    def common(self, form: forms.Form) -> dict[str, Any]:
        """Give what all commands on a person take.

        Args:
            form: The valid form.

        Returns:
            Keyword arguments.
        """
        return {
            "actor": self.actor, "user": self.person, "reason": form.cleaned_data["reason"],
            "expected_version": version_of(self.request), "idempotency_key": key_of(self.request),
        }  # fmt: skip


class ChangeView(OnPerson):
    """Correct a person's particulars."""

    action = "user.change"
    form_class = ChangeForm
    title = _("Correct particulars")
    verb = _("Correct particulars")

    def get_initial(self) -> dict[str, Any]:
        """Begin with what is there."""
        return {"printed_name": self.person.printed_name, "email": self.person.email}

    def act(self, form: forms.Form) -> record.Receipt:
        """Correct."""
        given = form.cleaned_data
        return services.change_user(printed_name=given["printed_name"], email=given["email"], **self.common(form))


class DisableView(OnPerson):
    """Close a log-in."""

    action = "user.disable"
    title = _("Disable log-in")
    verb = _("Disable log-in")
    destructive: ClassVar[bool] = True

    def act(self, form: forms.Form) -> record.Receipt:
        """Close it."""
        return services.disable_user(**self.common(form))


class EnableView(OnPerson):
    """Open a log-in again."""

    action = "user.disable"
    title = _("Enable log-in")
    verb = _("Enable log-in")

    def act(self, form: forms.Form) -> record.Receipt:
        """Open it."""
        return services.enable_user(**self.common(form))


class UnlockView(OnPerson):
    """Unlock a log-in."""

    action = "user.unlock"
    title = _("Unlock log-in")
    verb = _("Unlock log-in")

    def act(self, form: forms.Form) -> record.Receipt:
        """Unlock it."""
        return services.unlock_user(**self.common(form))


class ResetView(OnPerson):
    """Give a person another password."""

    action = "user.reset"
    form_class = ResetForm
    title = _("Reset password")
    verb = _("Reset password")

    def act(self, form: forms.Form) -> record.Receipt:
        """Reset it."""
        return services.reset_password(password=form.cleaned_data["password"], **self.common(form))


class RemoveCodesView(OnPerson):
    """Remove a person's one-time codes."""

    action = "user.reset"
    title = _("Remove one-time codes")
    verb = _("Remove codes")
    destructive: ClassVar[bool] = True

    def act(self, form: forms.Form) -> record.Receipt:
        """Remove them."""
        common = self.common(form)
        del common["expected_version"]
        return services.remove_totp(**common)


class RevokePasskeyView(OnPerson):
    """Revoke a person's passkey."""

    action = "user.reset"
    title = _("Revoke passkey")
    verb = _("Revoke passkey")
    destructive: ClassVar[bool] = True
    passkey: Passkey

    def load(self) -> None:
        """Find it among the person's."""
        super().load()
        found = queries.passkeys(self.actor, self.person).filter(pk=self.kwargs["key"]).first()
        if found is None:
            raise Http404
        self.passkey = found

    def act(self, form: forms.Form) -> record.Receipt:
        """Revoke it."""
        return services.revoke_passkey(
            actor=self.actor, passkey=self.passkey, reason=form.cleaned_data["reason"],
            idempotency_key=key_of(self.request),
        )  # fmt: skip


class AssignView(OnPerson):
    """Assign a role."""

    action = "role.assign"
    form_class: Any = AssignForm
    title = _("Assign role")
    verb = _("Assign role")

    def act(self, form: forms.Form) -> record.Receipt:
        """Assign it."""
        given = form.cleaned_data
        return services.assign_role(
            actor=self.actor, user=self.person, role=given["role"], valid_from=beginning(given["valid_from"]),
            valid_until=end(given["valid_until"]), reason=given["reason"], idempotency_key=key_of(self.request),
        )  # fmt: skip


class WithdrawView(Act):
    """Withdraw a role."""

    action = "role.assign"
    form_class = ReasonForm
    title = _("Withdraw role")
    verb = _("Withdraw role")
    destructive: ClassVar[bool] = True
    assignment: Assignment

    def load(self) -> None:
        """Find the assignment; 404 where the actor may not know of one."""
        found = queries.assignment(self.actor, self.kwargs["key"])
        if found is None:
            raise Http404
        self.assignment = found

    def where(self) -> str:
        """Back to the person."""
        return reverse("people:person", args=[self.assignment.user.username])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the person."""
        return super().get_context_data(
            **{"person": self.assignment.user, "detail": self.assignment.role.name, **kwargs}
        )

    def act(self, form: forms.Form) -> record.Receipt:
        """Withdraw it."""
        return services.withdraw_role(
            actor=self.actor, assignment=self.assignment, reason=form.cleaned_data["reason"],
            idempotency_key=key_of(self.request),
        )  # fmt: skip
