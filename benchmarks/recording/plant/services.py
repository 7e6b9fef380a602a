"""The change that is measured, written as every service of the plant is."""

from django.utils.translation import gettext as _

from batchwright import record
from benchmarks.recording.plant.models import Container


@record.entry_type("bench_container.moved/1")
class ContainerMoved(record.EntryData):
    """A container was brought to another place."""

    code: str
    place: str

    def sentence(self) -> str:
        """Say what went where."""
        return _("Container %(code)s moved to %(place)s") % {"code": self.code, "place": self.place}


@record.entry_type("bench_container.received/1")
class ContainersReceived(record.EntryData):
    """Containers arrived."""

    count: int


@record.command
def move_container(
    *, actor: record.Actor, container: Container, place: str, reason: str, idempotency_key: str | None = None
) -> record.Receipt:
    """Move a container: one transaction, one entry.

    Args:
        actor: Who moves it.
        container: The container as the caller read it.
        place: Where it stands from now on.
        reason: Why.
        idempotency_key: The caller's key for this command.

    Returns:
        The receipt.
    """
    with record.entry(
        ContainerMoved(code=container.code, place=place),
        actor=actor, subject=container, reason=reason, idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        entry.update(container, place=place)
    return entry.receipt


def receive_containers(*, actor: record.Actor, containers: list[Container]) -> record.Receipt:
    """Take containers in, all by one entry.

    Args:
        actor: Who takes them in.
        containers: Unsaved rows.

    Returns:
        The receipt.
    """
    with record.entry(ContainersReceived(count=len(containers)), actor=actor, subject="bench/goods-in") as entry:
        for container in containers:
            entry.create(container)
    return entry.receipt
