"""Steps that are completed with a signature (21 CFR 11.50, 11.70)."""

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.execution import statements
from batchwright.execution.attempts import Attempt, Entered
from batchwright.execution.entries import PhaseSigned
from batchwright.execution.models import Batch, Run
from batchwright.execution.outlook import may_perform
from batchwright.execution.phases import judge
from batchwright.execution.services import turning
from batchwright.execution.services.performing import phase_of, take_in
from batchwright.execution.services.situations import situation_of
from batchwright.execution.services.turning import Turn
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.people import meanings
from batchwright.people.evidence import Evidence
from batchwright.people.models import PlantSession
from batchwright.recipes.phases import Sign

_CODES = {one.code for one in meanings.MEANINGS}


def meaning_of(phase: Sign) -> str:
    """Give the meaning of the signature on a step: what the recipe says where it names one, else that it was done.

    Args:
        phase: The step.

    Returns:
        Code of the meaning; what the recipe says in its own words stands in what is shown.
    """
    named = phase.meaning.strip().lower().replace(" ", "_")
    return named if named in _CODES else "performed"


def _sign_of(turn: Turn, path: str) -> tuple[Run, Sign]:
    may_perform(turn.plan, turn.marking, path)
    phase = phase_of(turn, path)
    if not isinstance(phase, Sign):
        raise DomainError(_("This step asks for no signature"), value=path)
    return turn.runs[path], phase


def shown_for_step(batch: Batch, path: str) -> str:
    """Write what is shown to whoever signs a step of a batch that the caller was allowed to read.

    Args:
        batch: The batch.
        path: Of the step's run.

    Returns:
        The text.

    Raises:
        DomainError: If it is not this step's turn, or it asks for no signature.
    """
    turn = turning.read(batch, clock.now())
    return statements.of_step(turn, *_sign_of(turn, path))


@record.command
def sign_step(
    *,
    actor: record.Actor,
    run: Run,
    name: str,
    given: Evidence,
    session: PlantSession,
    address: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Complete a step with a signature.

    Args:
        actor: Who signs.
        run: Run of the step, as it was shown.
        name: Name of the statement that was shown.
        given: What the signer gave.
        session: The signer's session.
        address: Network address of the browser.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, or the signature is refused.
        DomainError: If it is not this step's turn, or the actor is not in its role or not trained.
    """
    batch, path = run.batch, run.path
    phase = turning.read(batch, clock.now()).plan.elements[run.element].phase
    if not isinstance(phase, Sign):
        raise DomainError(_("This step asks for no signature"), value=path)
    data = PhaseSigned(
        batch=batch.number, path=path, name=run.name, attempt=0, verdict="-", meaning=phase.meaning or "performed"
    )
    with people.signed_entry(
        data, actor=actor, row=run, meaning=meaning_of(phase),
        shown=lambda fresh: shown_for_step(fresh.batch, fresh.path),
        name=name, given=given, session=session, address=address, sponsor=batch.tenant,
        idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        people.authorize(actor, "step.perform")
        turn = turning.begin(entry, batch)
        mine, phase = _sign_of(turn, path)
        done = (Entered(field="done", text="done"),)
        attempt = Attempt(path=path, by=actor.id, at=turn.facts.now, entered=done)
        judged = judge(phase, attempt, situation_of(turn, mine, phase, actor, done))
        if judged.verdict == "refused":
            raise DomainError("; ".join(one.sentence for one in judged.reasons), value=mine.name)
        data = take_in(turn, mine, judged, data, actor=actor)
        if data.verdict == "refused":
            raise DomainError("; ".join(data.reasons), value=mine.name)
        entry.data = data
    return entry.receipt
