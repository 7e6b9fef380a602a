"""``batchwright batch operate`` and ``batch module``: automatic operators and simulated modules; and who acts."""

from __future__ import annotations

import json
import os
import secrets
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from typing import Annotated, Any

import typer
from django.conf import settings
from rich.console import Console

from batchwright import people, record
from batchwright.execution import queries, services
from batchwright.execution.adapters.modules import Behaviour, SimulatedModule, connecting
from batchwright.execution.models import Batch, Run
from batchwright.execution.operators import Crew, Member, Policy
from batchwright.execution.states import State
from batchwright.execution.weighing_operators import Dispenser
from batchwright.kernel.errors import BadInput
from batchwright.people import sessions
from batchwright.people.console import console_actor
from batchwright.people.models import PlantSession, User
from batchwright.people.services import end_session
from batchwright.recipes.phases import Sign

app = typer.Typer(no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False)
As = Annotated[str, typer.Option("--as", metavar="USER", help="Who acts; the password is asked for.")]
ADDRESS = "console"
PASSWORDS = "BATCH_PASSWORDS"
"""Environment variable with passwords as ``{"user": "password"}``, for trials that nobody watches."""


def batch_of(actor: record.Actor, number: str) -> Batch:
    """Find a batch.

    Args:
        actor: Who reads.
        number: Its number.

    Returns:
        The batch.

    Raises:
        BadInput: If there is none of this number.
    """
    found = queries.batch(actor, number)
    if found is None:
        raise BadInput("There is no such batch", value=number, remedy="See `batchwright batch list`.")
    return found


def password_of(username: str) -> str:
    """Ask for a password, unless the environment holds it.

    Args:
        username: Whose.

    Returns:
        The password.

    Raises:
        BadInput: If what the environment holds is no table of passwords.
    """
    try:
        known = json.loads(os.environ.get(PASSWORDS, "{}"))
    except ValueError as error:
        raise BadInput("This is no table of passwords", value=PASSWORDS, limit='{"user": "password"}') from error
    return str(known.get(username) or typer.prompt(f"Password of {username}", hide_input=True, err=True))


def somebody(
    username: str, action: str, first: record.Actor | None = None, password: str | None = None
) -> record.Actor:
    """Find out who acts, by user name and password.

    Args:
        username: As typed.
        action: What is going to be done.
        first: Who acts already, if this is the second person; by default the console's account.
        password: The password; None to ask for it.

    Returns:
        The person, in the first of the own roles that may do it.

    Raises:
        Refused: If user name and password do not belong together, or the person may not.
    """
    return people.identify(
        username=username, password=password or password_of(username), first=first or console_actor(), action=action,
        address=ADDRESS,
    )  # fmt: skip


@contextmanager
def _signing(actor: record.Actor, password: str) -> Iterator[Callable[[Run], record.Receipt]]:
    """A session in which somebody signs steps; it ends with the block."""
    user = User.objects.get(username=actor.id)  # tenancy: the own log-in
    token = secrets.token_urlsafe(24)
    attempt = sessions.Attempt(method="password", address=ADDRESS)
    sessions.begin_session(user=user, methods=["password"], attempt=attempt, token=token)
    own = PlantSession.objects.select_related("user")  # tenancy: the session that is begun here
    session = own.get(session_key=sessions.token_digest(token))

    def sign(run: Run) -> record.Receipt:
        phase = queries.standing(actor, run.batch).turn.plan.elements[run.element].phase
        if not isinstance(phase, Sign):
            raise BadInput("This step asks for no signature", value=run.path)
        prepared = people.prepare(
            actor=actor, row=run, meaning=services.meaning_of(phase),
            shown=services.shown_for_step(run.batch, run.path), session=session,
        )  # fmt: skip
        return services.sign_step(
            actor=actor, run=run, name=prepared.name, given=people.PasswordEvidence(password, actor.id),
            session=session, address=ADDRESS,
        )  # fmt: skip

    try:
        yield sign
    finally:
        end_session(session=session, why="logged out")


@app.command()
def operate(
    number: Annotated[str, typer.Argument(metavar="BATCH", help="Number of the batch.")],
    who: Annotated[list[str], typer.Option("--as", metavar="USER", help="One of the crew; the first is asked first.")],
    until: Annotated[str, typer.Option(help="State of the batch that ends the work.")] = "complete",
    seed: Annotated[int, typer.Option(help="The same seed gives the same values.")] = 0,
    mistakes: Annotated[float, typer.Option(min=0, max=1, help="Share of first attempts done wrongly.")] = 0.0,
    order: Annotated[str, typer.Option(help="Which open step comes first: first, last or any.")] = "first",
    most: Annotated[int, typer.Option(min=1, help="Acts after which they stop.")] = 5_000,
    scale: Annotated[list[str] | None, typer.Option(help="Simulated scale they weigh on; may be repeated.")] = None,
    patience: Annotated[float, typer.Option(help="Seconds they wait for modules and times.")] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON for machines.")] = False,
) -> None:
    """Let automatic operators perform a batch; for demos and trials, never for product."""
    ends = {one.value.lower(): one for one in State}
    if until.lower() not in ends or order not in ("first", "last", "any"):
        raise BadInput("This cannot be asked of operators", value=f"{until}, {order}", limit=", ".join(ends))
    configured = settings.CONFIGURATION
    with ExitStack() as stack:
        members = []
        for name in who:
            password = password_of(name)
            actor = somebody(name, "step.perform", password=password)
            members.append(Member(actor, stack.enter_context(_signing(actor, password))))
        crew = Crew(
            members, Policy(seed=seed, mistakes=mistakes, order=order),  # type: ignore[arg-type]  # checked above
            module_of=connecting(configured.modules, configured.modules_folder, speed=configured.module_speed),
            dispense=Dispenser(tags=tuple(scale or ())), patience_seconds=patience,
        )  # fmt: skip
        done = crew.work(batch_of(members[0].actor, number), until=ends[until.lower()], most=most)
    if as_json:
        typer.echo(json.dumps(done.as_json(), indent=2, ensure_ascii=False))
        return
    for one in done.acts:
        console.print(f"#{one.seq} {one.by} {one.what} {one.path} {one.said}", markup=False)
    console.print(
        f"{number}: {done.state}; {len(done.phases)} phases, up to {done.widest} open side by side. {done.waits}"
    )


@app.command()
def module(
    tag: Annotated[str, typer.Argument(help="Tag of the simulated module.")],
    speed: Annotated[int, typer.Option(min=1, help="How many times faster than the plant.")] = 1,
    settle: Annotated[int, typer.Option(min=0, help="Seconds to come to rest.")] = 0,
    drift: Annotated[list[str] | None, typer.Option(help="RESULT=above or RESULT=below; may be repeated.")] = None,
    fail: Annotated[list[str] | None, typer.Option(help="Service that fails once in the middle.")] = None,
) -> None:
    """Say how a simulated module behaves from the next service on."""
    configured = settings.CONFIGURATION
    if configured.modules != "simulated":
        raise BadInput("The modules of this plant are not simulated", value=configured.modules)
    drifts: dict[str, str] = {}
    for one in drift or []:
        name, _mark, way = one.partition("=")
        if way not in ("above", "below"):
            raise BadInput("This is no drift", value=one, limit="RESULT=above or RESULT=below")
        drifts[name] = way
    told: dict[str, Any] = {"speed": Decimal(speed), "settle_seconds": Decimal(settle)}
    SimulatedModule(tag, configured.modules_folder).behave(Behaviour(**told, drifts=drifts, fails=tuple(fail or ())))
    console.print(f"{tag} behaves so from its next service on.")


@app.command(hidden=True)
def shift(pace: Annotated[float, typer.Option(min=0.05, help="Seconds from one act of a suite to the next.")]) -> None:
    """Be the shift of the demo plant, until Ctrl-C: its people keep the suites moving."""
    from batchwright.execution import demo_shift

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    demo_shift.work(ended, pace_seconds=pace)
