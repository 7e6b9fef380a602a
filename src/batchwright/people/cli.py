"""``batchwright user``: people from a terminal on the plant's machine, and the way to the first administrator."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput
from batchwright.people import permissions, queries, services
from batchwright.people.console import console_actor
from batchwright.people.models import Sponsor, User

app = typer.Typer(no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False)
Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]
Name = Annotated[str, typer.Argument(help="User name.")]
Why = Annotated[str, typer.Option("--reason", help="Why; stands in the record.")]


def _user(name: str) -> User:
    found = queries.user(console_actor(), name.strip().lower())
    if found is None:
        raise BadInput("There is no such person", value=name, remedy="See `batchwright user list`.")
    return found


def _say(content: Any) -> None:
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))


def _shown(user: User, held: dict[int, list[str]]) -> dict[str, Any]:
    return {
        "username": user.username,
        "printed_name": user.printed_name,
        "sponsor": user.tenant,
        "active": user.is_active,
        "locked_until": None if user.locked_until is None else clock.iso(user.locked_until),
        "roles": held.get(user.pk, []),
    }


@app.command(name="list")
def list_users(
    text: Annotated[str, typer.Option(help="Part of a name.")] = "",
    role: Annotated[str, typer.Option(help="Code of a role held now.")] = "",
    as_json: Json = False,
) -> None:
    """List the people of the plant."""
    actor = console_actor()
    held = queries.roles_held(actor)
    people = [_shown(one, held) for one in queries.users(actor, text=text, role=role)]
    if as_json:
        _say(people)
        return
    if not people:
        console.print("Nobody is found; `batchwright user add` enrols the first person.")
        return
    table = Table("User name", "Name", "Roles", "Sponsor", "State")
    for one in people:
        state = "in use" if one["active"] else "disabled"
        table.add_row(one["username"], one["printed_name"], ", ".join(one["roles"]), one["sponsor"] or "", state)
    console.print(table)


@app.command()
def show(name: Name, as_json: Json = False) -> None:
    """Show one person with roles and the last entries."""
    actor, user = console_actor(), _user(name)
    shown = _shown(user, queries.roles_held(actor))
    last = [
        {"seq": one.seq, "at": clock.iso(one.at), "actor": one.actor_name, "sentence": one.sentence}
        for one in record.history(user, actor).order_by("-seq")[:10]
    ]
    if as_json:
        _say({**shown, "entries": last})
        return
    for key, value in shown.items():
        console.print(f"{key:14} {', '.join(value) if isinstance(value, list) else value}")
    for entry in last:
        console.print(f"#{entry['seq']} {entry['at']} {entry['actor']}: {entry['sentence']}")


@app.command()
def add(
    name: Name,
    printed_name: Annotated[str, typer.Option("--name", help="Name as printed beside signatures.")],
    reason: Why,
    role: Annotated[str, typer.Option(help="Code of a first role.")] = "",
    email: Annotated[str, typer.Option(help="E-mail address.")] = "",
    sponsor: Annotated[str, typer.Option(help="Code of the sponsor, for a sponsor's person.")] = "",
    days: Annotated[int | None, typer.Option(min=1, help="Days for which the role holds.")] = None,
    as_json: Json = False,
) -> None:
    """Enrol a person with a password that is shown once and must be changed at the first log-in."""
    actor = console_actor()
    services.seed_roles()
    if role:
        permissions.role(role)
    company = Sponsor.visible_to(actor).filter(code=sponsor).first() if sponsor else None
    if sponsor and company is None:
        raise BadInput("There is no such sponsor", value=sponsor)
    password = "-".join(secrets.token_hex(3) for _ in range(3))
    receipt = services.enrol_user(
        actor=actor, username=name, printed_name=printed_name, password=password, email=email, sponsor=company,
        reason=reason,
    )  # fmt: skip
    if role:
        _assign(name, role, days, reason)
    if as_json:
        _say({"username": name, "password": password, "entry": receipt.seq})
    else:
        console.print(f"{printed_name} is enrolled as {name} (entry #{receipt.seq}).")
        console.print(f"Password until the first log-in: {password}")


def _assign(name: str, role: str, days: int | None, reason: str) -> record.Receipt:
    until: datetime | None = None if days is None else clock.now() + timedelta(days=days)
    return services.assign_role(actor=console_actor(), user=_user(name), role=role, valid_until=until, reason=reason)


@app.command()
def disable(name: Name, reason: Why) -> None:
    """Close a log-in."""
    receipt = services.disable_user(actor=console_actor(), user=_user(name), reason=reason)
    console.print(f"{name} is disabled (entry #{receipt.seq}).")


@app.command()
def enable(name: Name, reason: Why) -> None:
    """Open a closed log-in again."""
    receipt = services.enable_user(actor=console_actor(), user=_user(name), reason=reason)
    console.print(f"{name} is enabled (entry #{receipt.seq}).")


@app.command()
def unlock(name: Name, reason: Why) -> None:
    """Unlock a log-in after failed attempts."""
    receipt = services.unlock_user(actor=console_actor(), user=_user(name), reason=reason)
    console.print(f"{name} is unlocked (entry #{receipt.seq}).")


@app.command()
def reset(name: Name, reason: Why) -> None:
    """Give a person another password, shown once and to be changed at the next log-in."""
    password = "-".join(secrets.token_hex(3) for _ in range(3))
    receipt = services.reset_password(actor=console_actor(), user=_user(name), password=password, reason=reason)
    console.print(f"Password of {name} until the next log-in: {password} (entry #{receipt.seq})")


@app.command()
def role(
    name: Name,
    code: Annotated[str, typer.Argument(help="Code of the role.")],
    reason: Why,
    days: Annotated[int | None, typer.Option(min=1, help="Days for which it holds.")] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Withdraw it instead.")] = False,
) -> None:
    """Assign a role to a person, or withdraw it."""
    if not withdraw:
        receipt = _assign(name, code, days, reason)
        console.print(f"{name} holds the role {code} (entry #{receipt.seq}).")
        return
    actor = console_actor()
    held = [
        one
        for one in queries.assignments(actor, _user(name))
        if one.role.code == code and (one.valid_until is None or one.valid_until > clock.now())
    ]
    if not held:
        raise BadInput("The person does not hold this role", value=f"{name}: {code}")
    receipt = services.withdraw_role(actor=actor, assignment=held[0], reason=reason)
    console.print(f"{name} no longer holds the role {code} (entry #{receipt.seq}).")


@app.command()
def roles(
    as_json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Write the page of the documentation.")] = False,
) -> None:
    """Print the default table of roles and actions."""
    from batchwright.people.permission_page import page

    if markdown:
        typer.echo(page(), nl=False)
    elif as_json:
        _say({action.code: sorted(action.roles) for action in permissions.ACTIONS})
    else:
        table = Table("Action", "Roles")
        for action in permissions.ACTIONS:
            table.add_row(action.code, ", ".join(code for code in permissions.ROLE_CODES if code in action.roles))
        console.print(table)
