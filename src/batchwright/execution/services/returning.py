"""Giving a weight back, before it is charged: it counts no more, and stays in the record with an exception."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from batchwright import materials, record
from batchwright.execution import keeping
from batchwright.execution.entries import WeightReturned
from batchwright.execution.exceptions import Raised
from batchwright.execution.models import Batch, Weighing
from batchwright.execution.services.acting import Act
from batchwright.execution.services.common import raise_exceptions
from batchwright.execution.services.weighing_facts import Dispensing, read_dispensing
from batchwright.execution.weighing import undo
from batchwright.execution.weighing_amounts import Weighed, total
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity


@record.command
def return_weight(
    *,
    actor: record.Actor,
    batch: Batch,
    path: str,
    weighing: int,
    checker: record.Actor | None,
    reason: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Give a weight back to the container that it came from, before it is charged; it stays in the record.

    Args:
        actor: Who gives it back.
        batch: The batch.
        path: Of the dispensing's run.
        weighing: Key of the weight.
        checker: Second person, who identified in the same request.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands; an exception is raised with it.

    Raises:
        Refused: If the actor may not, or the checker not verify.
        DomainError: If there is no such weight, it was charged or given back, the step is complete, or a reason or a
            second person is missing.
    """
    data = WeightReturned(
        batch=batch.number, path=path, name="-", attempt=0, verdict="-", line="-", lot="-", net="-", source="-",
        vessel="-", checked_by="" if checker is None else checker.id,
    )  # fmt: skip
    with record.entry(
        data, actor=actor, subject=batch, reason=reason, sponsor=batch.tenant, idempotency_key=idempotency_key
    ) as entry:
        act = Act.begin(entry, batch, path, checker=checker, reason=reason)
        if act.reasons:
            raise DomainError("; ".join(one.sentence for one in act.reasons), value=act.run.name)
        dispensing = read_dispensing(act.turn, act.run)
        row = next((one for one in dispensing.rows if one.pk == weighing), None)
        if row is None or row.charged or row.into is None:
            raise DomainError(_("There is no such weight that could be given back"), value=weighing)
        own = [one for one in dispensing.rows if one.line == row.line]
        second = "" if checker is None else checker.id
        left, exception = undo(
            dispensing.weighed[row.line], own.index(row), by=actor.id, checked_by=second, reason=reason
        )
        container, source = (materials.container(one.identifier, actor) for one in (row.into, row.source))
        if container is None or source is None:
            raise DomainError(_("There is no such container"), value=row.into.identifier)
        entry.update(row, returned_at=clock.now())
        materials.give_back(
            entry, container=container, amount=Quantity.parse(row.net), into=source, purpose=act.turn.batch.number
        )
        entry.data = _returned(act, data, row, dispensing, left, exception.model_copy(update={"path": path}))
    return entry.receipt


def _returned(
    act: Act, data: WeightReturned, row: Weighing, dispensing: Dispensing, left: Sequence[Weighed], exception: Raised
) -> WeightReturned:
    asked = next(one for one in dispensing.own if one.path == row.line)
    line, _why = dispensing.line(asked)
    values = keeping.known(act.run.values)
    if left:
        values[asked.name] = total(line, left)
    else:
        values.pop(asked.name, None)
    act.turn.entry.update(act.run, values=keeping.kept(values))
    act.turn.write()
    rows = raise_exceptions(act.turn.entry, act.turn.batch, [exception], by=act.actor, run=act.run)
    return data.model_copy(
        update={
            "name": act.run.name, "verdict": "accepted", "line": row.line, "lot": row.lot.identifier, "net": row.net,
            "source": row.source.identifier, "vessel": row.vessel, "values": keeping.kept(values),
            "exceptions": [one.number for one in rows],
        }
    )  # fmt: skip
