"""Who holds which role, and what the roles of this plant may do."""

from datetime import datetime

from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.people import access, entries, permissions, segregation
from batchwright.people.models import Assignment, Grant, Role, User
from batchwright.people.permissions import Refused


def seed_roles() -> record.Receipt | None:
    """Take over roles and grants of the default table that this plant has never had.

    A plant's own decisions stay: what it once revoked is not granted again by an update.

    Returns:
        The receipt, or None if there was nothing new.
    """
    if not _unseeded():
        return None
    data = entries.RolesSeeded(roles=list(permissions.ROLE_CODES), actions=[], grants=0)
    with record.entry(data, actor=record.SITE, subject="roles") as entry:
        fresh = _unseeded()
        roles = {role.code: role for role in Role.objects.all()}
        for one in permissions.ROLES:
            if one.code not in roles:
                row = Role(
                    code=one.code, name=str(one.name), description=str(one.description),
                    gmp=one.gmp, read_only=one.read_only,
                )  # fmt: skip
                roles[one.code] = entry.create(row)
        grants = [(role, action.code) for action in fresh for role in permissions.ROLE_CODES if role in action.roles]
        for role, action in grants:
            entry.create(Grant(role=roles[role], action=action))
        entry.data = data.model_copy(update={"actions": [action.code for action in fresh], "grants": len(grants)})
    return entry.receipt


def _unseeded() -> list[permissions.Action]:
    seen: set[str] = set()
    for found in record.Entry.objects.filter(type=entries.RolesSeeded.type):
        seen.update(found.data["actions"])
    return [action for action in permissions.ACTIONS if action.code not in seen]


@record.command
def assign_role(
    *,
    actor: record.Actor,
    user: User,
    role: str,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Give a person a role.

    Args:
        actor: Who assigns it.
        user: The person.
        role: Code of the role.
        valid_from: Since when; now if None.
        valid_until: First moment without it; required for an inspector.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, it is the own person, the role does not suit the person or the roles held.
        DomainError: If the person holds the role already, or the dates are in the wrong order.
    """
    seed_roles()
    definition = permissions.role(role)
    since = clock.now() if valid_from is None else clock.ensure_utc(valid_from)
    data = entries.RoleAssigned(username=user.username, role=role, valid_from=since, valid_until=valid_until)
    with record.entry(
        data, actor=actor, subject=user, reason=reason, sponsor=user.tenant, idempotency_key=idempotency_key
    ) as entry:
        access.authorize(actor, "role.assign")
        segregation.require_other_subject(actor, user.username)
        _require_suitable(definition, user, since, valid_until)
        # The person's row is held, so that two administrators cannot each add one half of what must not meet.
        entry.lock(user)
        until = list(Assignment.objects.filter(user=user).select_related("role"))
        meeting = [one for one in until if _overlap(one, since, valid_until)]
        if any(one.role.code == role for one in meeting):
            raise DomainError(
                _("%(name)s holds this role already") % {"name": user.printed_name},
                value=role, remedy=_("Withdraw it first to change its dates."),
            )  # fmt: skip
        segregation.require_compatible({role, *(one.role.code for one in meeting)})
        assigned = Role.objects.get(code=role)
        entry.create(Assignment(user=user, role=assigned, valid_from=since, valid_until=valid_until))
    return entry.receipt


def _overlap(one: Assignment, since: datetime, until: datetime | None) -> bool:
    ends_before = one.valid_until is not None and one.valid_until <= since
    begins_after = until is not None and until <= one.valid_from
    return not ends_before and not begins_after


def _require_suitable(
    definition: permissions.RoleDefinition, user: User, since: datetime, until: datetime | None
) -> None:
    outside = user.sponsor is not None
    if (outside and not definition.sponsors) or (not outside and not definition.staff):
        raise Refused(
            _("This role is not for this person"), value=definition.code,
            limit=_("roles of a sponsor's people") if outside else _("roles of the plant's own people"),
            remedy=_("Choose another role."),
        )  # fmt: skip
    if definition.expires and until is None:
        raise Refused(
            _("This role is given for a time only"), value=definition.code, limit=_("a last day"),
            remedy=_("Say until when it holds."),
        )  # fmt: skip
    if until is not None and until <= since:
        raise DomainError(
            _("The role would end before it begins"), value=clock.iso(until), limit=_("after %s") % clock.iso(since),
            remedy=_("Correct the dates."),
        )  # fmt: skip


@record.command
def withdraw_role(
    *, actor: record.Actor, assignment: Assignment, reason: str, idempotency_key: str | None = None
) -> record.Receipt:
    """End a role now; that it was held stays on record.

    Args:
        actor: Who withdraws it.
        assignment: The role of the person.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, or it is the own role.
        DomainError: If it has ended already.
    """
    user = assignment.user
    data = entries.RoleWithdrawn(username=user.username, role=assignment.role.code)
    with record.entry(
        data, actor=actor, subject=user, reason=reason, sponsor=user.tenant, idempotency_key=idempotency_key
    ) as entry:
        access.authorize(actor, "role.assign")
        segregation.require_other_subject(actor, user.username)
        now = clock.now()
        if assignment.valid_until is not None and assignment.valid_until <= now:
            raise DomainError(
                _("This role has ended already"), value=clock.iso(assignment.valid_until),
                remedy=_("Nothing needs to be done."),
            )  # fmt: skip
        entry.update(assignment, valid_until=max(now, assignment.valid_from))
    return entry.receipt


@record.command
def grant_action(
    *, actor: record.Actor, role: str, action: str, reason: str, idempotency_key: str | None = None
) -> record.Receipt:
    """Let a role do one thing more.

    Args:
        actor: Who decides.
        role: Code of the role.
        action: The action.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, or this role can never hold the action.
        DomainError: If it holds it already.
    """
    seed_roles()
    permissions.grantable(role, action)
    with record.entry(
        entries.RoleGranted(role=role, action=action), actor=actor, subject=f"role/{role}", reason=reason,
        idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        access.authorize(actor, "role.grant")
        _require_not_own(actor, role)
        if Grant.objects.filter(role__code=role, action=action).exists():
            raise DomainError(_("The role holds this action already"), value=f"{role}: {action}")
        entry.create(Grant(role=Role.objects.get(code=role), action=action))
    return entry.receipt


@record.command
def revoke_action(
    *, actor: record.Actor, role: str, action: str, reason: str, idempotency_key: str | None = None
) -> record.Receipt:
    """Let a role do one thing less.

    Args:
        actor: Who decides.
        role: Code of the role.
        action: The action.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, or it is the own role.
        DomainError: If the role does not hold it.
    """
    with record.entry(
        entries.RoleRevoked(role=role, action=action), actor=actor, subject=f"role/{role}", reason=reason,
        idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        access.authorize(actor, "role.grant")
        _require_not_own(actor, role)
        grant = Grant.objects.filter(role__code=role, action=action).first()
        if grant is None:
            raise DomainError(_("The role does not hold this action"), value=f"{role}: {action}")
        entry.delete(grant)
    return entry.receipt


def _require_not_own(actor: record.Actor, role: str) -> None:
    if actor.role == role:
        raise Refused(
            _("Nobody changes what the own role may do"),
            value=role, remedy=_("Ask a person who acts in another role."),
        )  # fmt: skip
