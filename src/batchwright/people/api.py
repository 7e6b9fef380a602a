"""People at the JSON edge: for machines and sponsors, below ``/api/people``; reads only."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema

from batchwright.people import queries
from batchwright.record.access import reader

router = Router(tags=["people"])


class UserShown(Schema):
    """A person."""

    username: str
    printed_name: str
    sponsor: str | None
    active: bool
    roles: list[str]


class RoleShown(Schema):
    """A role and what it holds."""

    code: str
    name: str
    gmp: bool
    read_only: bool
    actions: list[str]


class TrainingShown(Schema):
    """Where a person stands with a qualification."""

    username: str
    qualification: str
    edition: str
    state: str
    needed: bool
    expires_at: datetime | None


@router.get("/users", response=list[UserShown])
def users(request: HttpRequest, text: str = "", role: str = "") -> list[UserShown]:
    """Give the people that the caller may know of.

    Args:
        request: The request.
        text: Part of a name.
        role: Code of a role held now.

    Returns:
        People by user name.
    """
    actor = reader(request)
    held = queries.roles_held(actor)
    return [
        UserShown(
            username=one.username, printed_name=one.printed_name, sponsor=one.tenant, active=one.is_active,
            roles=held.get(one.pk, []),
        )
        for one in queries.users(actor, text=text, role=role)
    ]  # fmt: skip


@router.get("/roles", response=list[RoleShown])
def roles(request: HttpRequest) -> list[RoleShown]:
    """Give the roles and what each holds.

    Args:
        request: The request.

    Returns:
        Roles in the order of the table.
    """
    found, rows = queries.matrix(reader(request))
    return [
        RoleShown(
            code=role.code, name=role.name, gmp=role.gmp, read_only=role.read_only,
            actions=[row.action.code for row in rows if row.held[place]],
        )
        for place, role in enumerate(found)
    ]  # fmt: skip


@router.get("/training", response=list[TrainingShown])
def training(request: HttpRequest) -> list[TrainingShown]:
    """Give where the plant's people stand with their qualifications.

    Args:
        request: The request.

    Returns:
        One row for each person and qualification that is needed or was trained.
    """
    editions, rows = queries.trainings(reader(request))
    return [
        TrainingShown(
            username=row.person.username, qualification=edition.qualification.code, edition=edition.edition,
            state=cell.state.value, needed=cell.needed,
            expires_at=cell.training.expires_at if cell.training else None,
        )
        for row in rows
        for edition, cell in zip(editions, row.cells, strict=True)
        if cell.needed or cell.training
    ]  # fmt: skip
