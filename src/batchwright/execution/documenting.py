"""The document of a batch, read from rows: `batchwright.execution.document` filled as of one moment."""

from django.conf import settings

from batchwright import record
from batchwright.execution import document_runs, document_stock
from batchwright.execution.document import BatchDocument
from batchwright.execution.document_parts import (
    EquipmentLine,
    ExceptionLine,
    FormulaLine,
    Heading,
    Master,
    Pair,
    Person,
    RecordStatement,
    ReviewLine,
    Revision,
    YieldLine,
)
from batchwright.execution.exceptions import Kind
from batchwright.execution.facts import facts_of, reconciled
from batchwright.execution.gathering import Gathered, entries_of, gather
from batchwright.execution.models import Batch, BatchException
from batchwright.execution.review import review
from batchwright.execution.reviewed import BatchFacts
from batchwright.kernel import clock
from batchwright.plant import EquipmentElement
from batchwright.recipes.procedure import EquipmentRequirement
from batchwright.recipes.scaling import parameters_of
from batchwright.recipes.showing import requirement_words, value_words


def document_of(
    actor: record.Actor, one: Batch, *, head: record.Checkpoint | None = None
) -> BatchDocument:  # fmt: skip
    """Read the document of a batch.

    Args:
        actor: Who reads.
        one: A batch that the actor was allowed to read.
        head: The checkpoint that it is shown under; None for the latest.

    Returns:
        Everything that is on record now.

    Raises:
        Refused: If the actor may not see batches.
    """
    gathered = gather(actor, one, clock.now())
    facts = facts_of(actor, gathered.turn, tuple(reconciled(gathered.turn, gathered.output)))
    return BatchDocument(
        heading=_heading(gathered), master=_master(gathered), revisions=_revisions(gathered),
        exceptions=tuple(_exception(gathered, row) for row in gathered.exceptions), redlines=_redlines(gathered),
        formula=_formula(gathered), phases=document_runs.phases(gathered),
        never_begun=document_runs.never_begun(gathered), materials=document_stock.lots(gathered),
        weighings=document_stock.weighings(gathered), equipment=_equipment(gathered, facts),
        instruments=document_runs.instruments(gathered), inspections=document_runs.inspections(gathered),
        samples=document_runs.samples(gathered), yields=_yields(facts), stock=document_stock.filled(gathered),
        labels=document_stock.specimens(gathered),
        signatures=tuple(gathered.line_of(row) for row in gathered.signatures),
        reviews=_reviews(gathered, facts), record=_statement(gathered, head),
    )  # fmt: skip


def _heading(gathered: Gathered) -> Heading:
    batch, header = gathered.batch, gathered.turn.control.recipe.header
    return Heading(
        batch=batch.number, product=batch.product, product_name=batch.name, strength=header.strength,
        lot="" if batch.lot is None else batch.lot.identifier, size=batch.size, sponsor=batch.tenant or "",
        sponsor_name="" if batch.sponsor is None else batch.sponsor.name, site=settings.CONFIGURATION.site_name,
        state=batch.state, planned_for=batch.planned_for, began=batch.started_at, ended=batch.ended_at,
        zone=settings.TIME_ZONE, made_at=gathered.turn.facts.now,
    )  # fmt: skip


def _master(gathered: Gathered) -> Master:
    version, control = gathered.batch.recipe_version, gathered.turn.control
    return Master(
        recipe=version.recipe.identifier, version=str(version.number), name=version.recipe.name, sha256=control.master,
        approved_sha256=version.sha256, effective=version.effective_from, signatures=gathered.signed(version),
    )  # fmt: skip


def _revisions(gathered: Gathered) -> tuple[Revision, ...]:
    made = {one.pk: gathered.maker(one) for one in gathered.controls}
    entries = record.entries_visible_to(gathered.actor).in_bulk([one.seq for one in made.values() if one is not None])
    lines = []
    for one in gathered.controls:
        found = made[one.pk]
        entry = None if found is None else entries[found.seq]
        by = None if entry is None else Person(id=entry.actor, name=entry.actor_name, role=entry.actor_role)
        at = None if entry is None else entry.at
        lines.append(Revision(number=one.revision, sha256=one.sha256, why=one.why, by=by, at=at))
    return tuple(lines)


def _exception(gathered: Gathered, row: BatchException) -> ExceptionLine:
    made = gathered.maker(row)
    return ExceptionLine(
        number=row.number, kind=row.kind, severity=row.severity, sentence=row.sentence, path=row.path, field=row.field,
        value=row.value, limit=row.limit, raised_by=Person(id=row.raised_by, name=row.raised_by_name),
        raised_at=row.raised_at, cause=row.cause, impact=row.impact, signatures=gathered.signed(row),
        closed_at=row.closed_at, seq=None if made is None else made.seq,
    )  # fmt: skip


def _redlines(gathered: Gathered) -> tuple[Pair, ...]:
    return tuple(Pair(name=row.number, value=row.sentence) for row in gathered.exceptions if row.kind == Kind.REDLINE)


def _formula(gathered: Gathered) -> tuple[FormulaLine, ...]:
    control = gathered.turn.control
    parameters = dict(parameters_of(control.recipe))
    lines = []
    for one in control.lines:
        parameter = parameters[one.path]
        lines.append(
            FormulaLine(
                path=one.path, name=parameter.name, kind=parameter.kind, material=parameter.material,
                value="" if one.value is None else value_words(one.value),
                limits="" if parameter.limits is None else str(parameter.limits),
                classification=parameter.classification, explanation=one.explanation, provisional=one.provisional,
            )
        )  # fmt: skip
    return tuple(lines)


def _equipment(gathered: Gathered, facts: BatchFacts) -> tuple[EquipmentLine, ...]:
    control, plan = gathered.turn.control, gathered.turn.plan
    used: dict[str, list[str]] = {run.unit: [] for run in gathered.runs if run.unit}
    for one in control.bound:
        used.setdefault(one.unit, []).append(one.element)
    said = {one.unit: one.sentence for one in facts.equipment}
    names = dict(EquipmentElement.visible_to(gathered.actor).filter(tag__in=list(used)).values_list("tag", "name"))
    lines = []
    for tag, elements in used.items():
        own = [run for run in gathered.runs if run.unit == tag]
        ends = [run.completed_at for run in own if run.completed_at is not None]
        asked: list[EquipmentRequirement] = []
        for element in elements:
            asked += plan.elements[element].equipment if element else control.recipe.equipment
        lines.append(
            EquipmentLine(
                unit=tag, name=names.get(tag, ""), requirements=tuple(requirement_words(one) for one in asked),
                element=", ".join((plan.elements[one].name or one) if one else control.recipe.name for one in elements),
                began=min((run.started_at for run in own if run.started_at is not None), default=None),
                ended=max(ends, default=None), condition=said.get(tag, ""),
            )
        )  # fmt: skip
    return tuple(lines)


def _yields(facts: BatchFacts) -> tuple[YieldLine, ...]:
    return tuple(
        YieldLine(
            id=found.id, name=found.name, percent="" if found.percent is None else str(found.percent),
            verdict=found.verdict, sentence=found.sentence,
        )
        for found in facts.yields
    )  # fmt: skip


def _reviews(gathered: Gathered, facts: BatchFacts) -> tuple[ReviewLine, ...]:
    said = {one.check_key: one for one in gathered.judgements}
    lines = []
    for check in review(facts).checks:
        judged = said.get(check.key)
        lines.append(
            ReviewLine(
                code=check.code, about=check.about, verdict=check.verdict, sentence=check.sentence, why=check.why,
                judgement="" if judged is None else judged.text, judged_at=None if judged is None else judged.at,
                judged_by=None if judged is None else Person(id=judged.by, name=judged.by_name),
            )
        )  # fmt: skip
    return tuple(lines)


def _statement(gathered: Gathered, head: record.Checkpoint | None) -> RecordStatement:
    entries = entries_of(gathered.actor, gathered.batch)
    latest = record.latest_checkpoint() if head is None else head
    statement = RecordStatement(
        subject=gathered.batch.subject, entries=len(entries), first_seq=entries[0], last_seq=entries[-1],
        key=record.site_key(),
    )  # fmt: skip
    if latest is None or latest.tree_size < statement.last_seq:
        return statement
    return statement.model_copy(
        update={"site": latest.key_name, "tree_size": latest.tree_size, "root": bytes(latest.root).hex()}
    )
