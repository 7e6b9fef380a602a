"""Review of another system's batch production record: what stands against release, each with its place.

The rules ask for no more than the record itself can show (21 CFR 211.188, 211.192, 11.50, 11.100; EU GMP chapter 6 and
Annex 11): exceptions are closed, an out-of-specification result has a confirmation and the approval of a second person,
a signature has an id of its own, and nobody signs before what is signed has happened. A review that finds nothing
releases nothing: the decision is a person's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from batchwright.kernel import clock
from batchwright.recipes.foreign_record import ForeignRecord, Place, RecordedComment, RecordedEvent, RecordedSignature

APPROVAL = "approval"
"""Meaning of a signature that approves."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that a reviewer has to know.

    Attributes:
        code: What sort.
        blocks: Whether it stands against release.
        id: Identifier of the thing it is about.
        sentence: What was found.
        remedy: What can be done.
    """

    code: str
    blocks: bool
    place: Place
    id: str
    sentence: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"line {self.place.line}, {self.place.path} ({self.id or 'without ID'}): {self.sentence}"

    def as_json(self) -> dict[str, Any]:
        """Give it for machines."""
        return {
            "code": self.code, "blocks": self.blocks, "line": self.place.line, "path": self.place.path, "id": self.id,
            "sentence": self.sentence, "remedy": self.remedy,
        }  # fmt: skip


def review(record: ForeignRecord) -> list[Remark]:
    """Review a record.

    Args:
        record: The record.

    Returns:
        What was found, in the order of the rules; release is refused if one of them blocks.
    """
    return [finding for rule in RULES for finding in rule(record)]


def is_refused(findings: list[Remark]) -> bool:
    """Whether something stands against release."""
    return any(one.blocks for one in findings)


def open_exceptions(record: ForeignRecord) -> Iterator[Remark]:
    """An exception that nobody has closed blocks release (21 CFR 211.192)."""
    for event in record.events:
        if event.is_exception and event.is_open:
            yield Remark(
                "exception-open", True, event.place, event.id,
                f"The exception is {event.status or 'of unknown status'} ({event.category or 'no category'}, risk "
                f"{event.risk or 'unknown'}): {event.message.rstrip('.')}", "Investigate, decide and close it.",
            )  # fmt: skip


def second_approval(record: ForeignRecord) -> Iterator[Remark]:
    """An out-of-specification result needs the approval of another person than the one who found it."""
    for event in record.events:
        if not (event.is_exception and event.is_out_of_specification):
            continue
        signed = [one for one in record.signatures if one.of == event.id]
        first = set(event.persons) | {one.person for one in signed if not _approves(one)}
        if not any(_approves(one) and one.person and one.person not in first for one in signed):
            found = ", ".join(f"{one.meaning or 'no meaning'} by {one.person or 'nobody'} (line {one.place.line})"
                              for one in signed)  # fmt: skip
            yield Remark(
                "second-approval-missing", True, event.place, event.id,
                f"The result is out of specification and no second person has approved it; it carries "
                f"{found or 'no signature'}", "A second person investigates and approves.",
            )  # fmt: skip


def unsigned_exceptions(record: ForeignRecord) -> Iterator[Remark]:
    """An exception without any signature blocks release."""
    signed = {one.of for one in record.signatures}
    for event in record.events:
        if event.is_exception and event.id not in signed:
            yield Remark("exception-unsigned", True, event.place, event.id, "Nobody has signed this exception",
                          "Confirm and approve it.")  # fmt: skip


def signature_ids(record: ForeignRecord) -> Iterator[Remark]:
    """An id of a signature belongs to one signature (21 CFR 11.100(a))."""
    by_id: dict[str, list[RecordedSignature]] = defaultdict(list)
    for signature in record.signatures:
        by_id[signature.id].append(signature)
    for name, every in by_id.items():
        if not name:
            for one in every:
                yield Remark("signature-without-id", True, one.place, "", f"The signature of {one.person} has no ID")
        elif len(every) > 1:
            lines = " and ".join(f"line {one.place.line} ({one.meaning} by {one.person})" for one in every)
            moment = " at one and the same moment" if len({one.at for one in every}) == 1 else ""
            yield Remark(
                "signature-id-twice", True, every[1].place, name,
                f"{len(every)} signatures share this ID{moment}: {lines}",
                "Ask the other system for the two signatures as they were given.",
            )  # fmt: skip


def signature_times(record: ForeignRecord) -> Iterator[Remark]:
    """Nobody signs before what is signed has happened, or after the record was closed."""
    moments = {one.id: (one.at, one.place) for one in _happened(record)}
    for signature in record.signatures:
        if signature.at is None:
            yield Remark("signature-without-time", True, signature.place, signature.id,
                          f"The signature of {signature.person} has no time that can be read")  # fmt: skip
            continue
        at, place = moments.get(signature.of, (None, None))
        if at is not None and place is not None and signature.at < at:
            early = (at - signature.at).total_seconds()
            yield Remark(
                "signature-before-event", True, signature.place, signature.id,
                f"{signature.person} signed {early:.3f} s before {signature.of} (line {place.line}) happened: "
                f"{clock.iso(signature.at)}, and the event at {clock.iso(at)}",
                "Find out which of the clocks is wrong, or who signed in advance.",
            )  # fmt: skip
        if record.changed is not None and signature.at > record.changed:
            yield Remark("signature-after-record", True, signature.place, signature.id,
                          f"{signature.person} signed after the record was last changed")  # fmt: skip


def people(record: ForeignRecord) -> Iterator[Remark]:
    """A signature and a phase name who did it; nobody approves what they confirmed themselves (211.188(b)(11))."""
    confirmed = defaultdict(set)
    for one in record.signatures:
        if not _approves(one):
            confirmed[one.of].add(one.person)
    for one in record.signatures:
        if not one.person:
            yield Remark("signature-without-person", True, one.place, one.id, "The signature names nobody")
        elif _approves(one) and one.person in confirmed[one.of]:
            yield Remark("approval-by-same-person", True, one.place, one.id,
                          f"{one.person} approved what they had confirmed themselves")  # fmt: skip
    for phase in record.elements():
        if phase.level == "Phase" and not phase.performer:
            yield Remark("performer-missing", True, phase.place, phase.id, "The phase names no performer")


def events_whole(record: ForeignRecord) -> Iterator[Remark]:
    """An event and a comment have an id of their own and a time, without which the other rules could not judge."""
    seen: set[str] = set()
    for one in _happened(record):
        if one.at is None:
            yield Remark("event-without-time", True, one.place, one.id, "It has no time that can be read")
        if not one.id or one.id in seen:
            yield Remark("event-id-twice" if one.id else "event-without-id", True, one.place, one.id,
                          "Another event or comment has this ID" if one.id else "It has no ID")  # fmt: skip
        seen.add(one.id)


def completeness(record: ForeignRecord) -> Iterator[Remark]:
    """A phase says when it was complete; what is referred to is in the record."""
    for phase in record.elements():
        if phase.level == "Phase" and phase.completed is None:
            yield Remark("phase-incomplete", True, phase.place, phase.id, "The phase has no time of completion")
    executed = {one.id for one in record.elements()}
    events = {one.id for one in record.events}
    known = executed | events | {one.id for one in record.comments} | {record.id}
    for signature in record.signatures:
        if signature.of not in known:
            yield Remark("reference-missing", True, signature.place, signature.id,
                          f"What was signed is not in the record: {signature.of or 'no reference'}")  # fmt: skip
    for event in record.events:
        if event.element and event.element not in executed:
            yield Remark("reference-missing", True, event.place, event.id,
                          f"The element that it happened in is not in the record: {event.element}")  # fmt: skip
    for comment in record.comments:
        if comment.target not in known:
            yield Remark("reference-missing", True, comment.place, comment.id,
                          f"What it comments on is not in the record: {comment.target or 'no reference'}")  # fmt: skip
    if not record.recipes:
        yield Remark("nothing-executed", True, record.place, record.id, "The record holds no executed recipe")


def disagreements(record: ForeignRecord) -> Iterator[Remark]:
    """A comment that recommends something else than the event says has not been followed."""
    events: dict[str, RecordedEvent] = {one.id: one for one in record.events}
    for comment in record.comments:
        event = events.get(comment.target)
        if event is None:
            continue
        for word, asked, said in (("risk", comment.risk, event.risk), ("status", comment.status, event.status)):
            if asked and asked.casefold() != said.casefold():
                yield Remark(
                    "recommendation-not-followed", False, comment.place, comment.id,
                    f"{comment.person} recommends the {word} {asked!r} for {event.id} (line {event.place.line}), "
                    f"which says {said!r}",
                )  # fmt: skip


def repetitions(record: ForeignRecord) -> Iterator[Remark]:
    """A phase that ran again is shown, as its first result is easily overlooked."""
    for phase in record.elements():
        if phase.level == "Phase" and (phase.instance or 1) > 1:
            yield Remark("phase-repeated", False, phase.place, phase.id, f"The phase ran {phase.instance} times")


def _happened(record: ForeignRecord) -> list[RecordedEvent | RecordedComment]:
    return [*record.events, *record.comments]


def _approves(signature: RecordedSignature) -> bool:
    return signature.meaning.casefold() == APPROVAL


Rule = Callable[[ForeignRecord], Iterator[Remark]]
RULES: tuple[Rule, ...] = (
    open_exceptions, second_approval, unsigned_exceptions, signature_ids, signature_times, people, events_whole,
    completeness, disagreements, repetitions,
)  # fmt: skip
"""Every rule, the most serious first."""
