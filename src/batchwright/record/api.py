"""The record's JSON edge: for machines of the plant, for sponsors, and for witnesses who watch that history only grows.

Thin: reads only. Everything it gives can be checked with `verify.py` without trusting this server.
"""

from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.record import attachments, queries, verifier
from batchwright.record.access import reader, requires_action
from batchwright.record.models import Checkpoint, Entry
from batchwright.record.moments import Moment

router = Router(tags=["record"])

MOST = 500


class AttachmentOut(Schema):
    """One file that stands with an entry; `/entries/{seq}/attachments/{sha256}` gives it."""

    name: str
    media_type: str
    sha256: str
    size: int


class EntryOut(Schema):
    """One entry: who, when, what, why, and its hash."""

    seq: int
    at: str
    actor: str
    actor_name: str
    actor_role: str
    type: str
    subject: str
    subject_seq: int
    sponsor: str | None
    reason: str
    sentence: str
    data: dict[str, Any]
    attachments: list[AttachmentOut]
    hash: str


class EntriesOut(Schema):
    """Entries in order, and where to go on."""

    entries: list[EntryOut]
    next_after: int | None


class ProofOut(Schema):
    """An RFC 6962 audit path to the root of one signed checkpoint."""

    leaf_index: int
    tree_size: int
    leaf_hash: str
    root: str
    hashes: list[str]


class CheckpointOut(Schema):
    """A signed tree head as a C2SP signed note."""

    tree_size: int
    at: str
    root: str
    note: str


class ConsistencyOut(Schema):
    """The proof that a later tree head continues an earlier one."""

    old_size: int
    new_size: int
    hashes: list[str]


def _entry(entry: Entry) -> EntryOut:
    return EntryOut(
        seq=entry.seq, at=clock.iso(entry.at), actor=entry.actor, actor_name=entry.actor_name,
        actor_role=entry.actor_role, type=entry.type, subject=entry.subject, subject_seq=entry.subject_seq,
        sponsor=entry.sponsor, reason=entry.reason, sentence=entry.sentence, data=entry.data, hash=entry.hash_hex,
        attachments=[AttachmentOut(**one) for one in entry.content["attachments"]],
    )  # fmt: skip


def _checkpoint(head: Checkpoint) -> CheckpointOut:
    return CheckpointOut(tree_size=head.tree_size, at=clock.iso(head.at), root=bytes(head.root).hex(), note=head.note)


def _found(entry: Entry | None) -> Entry:
    if entry is None:
        raise Http404
    return entry


class EntryQuery(Schema):
    """What to look for."""

    subject: str | None = None
    actor: str | None = None
    type: str | None = None
    since: Moment | None = None
    until: Moment | None = None
    after: int = 0
    limit: int = 100


@router.get("/entries", response=EntriesOut)
@requires_action("record.read")
def entries(request: HttpRequest, asked: Annotated[EntryQuery, Query()]) -> EntriesOut:
    """Entries in order, those the caller may see."""
    if not 0 < asked.limit <= MOST:
        raise DomainError("Too many entries at once", value=asked.limit, limit=f"1 to {MOST}", remedy="Ask in parts.")
    found = queries.entries_visible_to(reader(request)).filter(seq__gt=asked.after)
    exact = {"subject": asked.subject, "actor": asked.actor, "type": asked.type, "at__gte": asked.since}
    found = found.filter(**{name: value for name, value in exact.items() if value is not None})
    if asked.until is not None:
        found = found.filter(at__lt=asked.until)
    rows = list(found.order_by("seq")[: asked.limit + 1])
    more = len(rows) > asked.limit
    rows = rows[: asked.limit]
    return EntriesOut(entries=[_entry(row) for row in rows], next_after=rows[-1].seq if more else None)


@router.get("/entries/{int:seq}", response=EntryOut)
@requires_action("record.read")
def entry(request: HttpRequest, seq: int) -> EntryOut:
    """One entry."""
    return _entry(_found(queries.entries_visible_to(reader(request)).filter(seq=seq).first()))


@router.get("/entries/{int:seq}/bytes")
@requires_action("record.read")
def entry_bytes(request: HttpRequest, seq: int) -> HttpResponse:
    """The exact bytes that were hashed."""
    found = _found(queries.entries_visible_to(reader(request)).filter(seq=seq).first())
    return HttpResponse(bytes(found.body), content_type="application/json")


@router.get("/entries/{int:seq}/attachments/{sha256}")
@requires_action("record.read")
def attachment(request: HttpRequest, seq: int, sha256: str) -> HttpResponse:
    """One file that stands with an entry."""
    found = attachments.attachment(reader(request), seq, sha256)
    if found is None:
        raise Http404
    return attachments.download(found)


@router.get("/entries/{int:seq}/proof", response=ProofOut)
@requires_action("record.read")
def proof(request: HttpRequest, seq: int) -> ProofOut:
    """The inclusion proof of an entry under the last checkpoint that covers it."""
    found = _found(queries.entries_visible_to(reader(request)).filter(seq=seq).first())
    head = Checkpoint.objects.filter(tree_size__gte=seq).order_by("-tree_size").first()
    if head is None:
        raise DomainError("No checkpoint covers this entry yet", value=f"#{seq}", remedy="Ask again in a minute.")
    path = queries.inclusion_proof(seq, head.tree_size)
    return ProofOut(
        leaf_index=seq - 1, tree_size=head.tree_size, leaf_hash=found.hash_hex, root=bytes(head.root).hex(),
        hashes=[part.hex() for part in path],
    )  # fmt: skip


@router.get("/checkpoints/latest", response=CheckpointOut)
@requires_action("record.read")
def latest_checkpoint(request: HttpRequest) -> CheckpointOut:  # noqa: ARG001 - ninja's signature
    """The last signed tree head."""
    head = queries.latest_checkpoint()
    if head is None:
        raise Http404
    return _checkpoint(head)


@router.get("/checkpoints/{int:tree_size}", response=CheckpointOut)
@requires_action("record.read")
def checkpoint(request: HttpRequest, tree_size: int) -> CheckpointOut:  # noqa: ARG001 - ninja's signature
    """One signed tree head."""
    head = Checkpoint.objects.filter(tree_size=tree_size).first()
    if head is None:
        raise Http404
    return _checkpoint(head)


@router.get("/consistency", response=ConsistencyOut)
@requires_action("record.read")
def consistency(request: HttpRequest, old: int, new: int) -> ConsistencyOut:  # noqa: ARG001 - ninja's signature
    """The proof that the tree of one checkpoint continues that of an earlier one."""
    if Checkpoint.objects.filter(tree_size=new).first() is None:
        raise Http404
    try:
        path = queries.consistency_proof(old, new)
    except verifier.Broken as broken:
        raise DomainError("There is no such proof", value=f"{old} to {new}", limit=str(broken)) from broken
    return ConsistencyOut(old_size=old, new_size=new, hashes=[part.hex() for part in path])
