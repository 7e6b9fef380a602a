"""What needs a person now: the cards of the page "What needs me?"."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.people import access, queries
from batchwright.people.models import TrainingRecord, User
from batchwright.people.qualification import TrainingState, state
from batchwright.people.statement import ACCOUNTABILITY_VERSION
from batchwright.people.training import achievements, latest, requirements, words
from batchwright.people.validity import statuses


@dataclass(frozen=True, slots=True)
class NeedShown:
    """One thing that waits for the actor.

    Attributes:
        kind: ``statement``, ``training``, ``assessment``, ``signature``, ``locked`` or ``alert``.
        title: What to do, as a verb and its object.
        detail: Why now.
        url_name: Name of the page that does it.
        url_arguments: Arguments of that page.
        urgent: Whether it stops work.
    """

    kind: str
    title: str
    detail: str
    url_name: str
    url_arguments: tuple[object, ...] = ()
    urgent: bool = False


def needs_of(actor: record.Actor) -> list[NeedShown]:
    """Give what waits for a person in the present role.

    Args:
        actor: The person.

    Returns:
        Needs, the urgent ones first.
    """
    person = User.visible_to(actor).filter(username=actor.id).first()
    if person is None:
        return []
    granted = access.held(actor)
    needs = [*_of_account(person, granted), *_of_training(person, actor)]
    if "sign.assessed_competent" in granted:
        needs += _to_assess(actor)
    if "training.plan" in granted:
        needs += _void(actor)
    if "user.unlock" in granted:
        needs += _locked(actor)
    return sorted(needs, key=lambda one: not one.urgent)


def _of_account(person: User, granted: frozenset[str]) -> list[NeedShown]:
    signs = not granted.isdisjoint({"sign.performed", "sign.read_and_understood"})
    if not signs or person.statement_version == ACCOUNTABILITY_VERSION:
        return []
    return [
        NeedShown(
            "statement", _("Accept the accountability statement"), _("You can sign nothing before."), "people:account",
            urgent=True,
        )
    ]  # fmt: skip


def _of_training(person: User, actor: record.Actor) -> list[NeedShown]:
    if actor.sponsor is not None:
        return []
    needs = []
    now = clock.now()
    done = achievements(person)
    unread = TrainingRecord.visible_to(actor).filter(user=person, read_at__isnull=True)
    assigned = list(unread.select_related("edition__qualification"))
    missing = set()
    for one in requirements([f"role/{actor.role}"], now):
        verdict = state(one, done, now)
        if verdict is TrainingState.VALID:
            continue
        if not verdict.qualifies:
            missing.add(one.code)
        # Where its document is assigned already, reading and signing that is what is to be done.
        if not any(row.edition.qualification.code == one.code for row in assigned):
            own = TrainingRecord.visible_to(actor).filter(user=person, edition__qualification__code=one.code).last()
            page, about = ("people:person", person.username) if own is None else ("people:training-record", own.pk)
            needs.append(
                NeedShown(
                    "training", _("Get trained in %(title)s") % {"title": one.title},
                    _("%(code)s, edition %(edition)s: %(state)s. A supervisor plans it, and assesses it.")
                    % {"code": one.code, "edition": one.edition, "state": words(verdict)},
                    page, (about,), urgent=not verdict.qualifies,
                )
            )  # fmt: skip
    needs += [
        NeedShown(
            "training", _("Read and sign %(document)s") % {"document": row.edition.document},
            _("Edition %(edition)s was assigned to you.") % {"edition": row.edition.edition}, "people:training-record",
            (row.pk,), urgent=row.edition.qualification.code in missing,
        )
        for row in assigned
    ]  # fmt: skip
    return needs


def _to_assess(actor: record.Actor) -> list[NeedShown]:
    waiting = TrainingRecord.visible_to(actor).filter(
        read_at__isnull=False, achieved_at__isnull=True, user__is_active=True
    )
    return [
        NeedShown(
            "assessment", _("Assess %(name)s") % {"name": row.user.printed_name},
            _("%(document)s is read and understood.") % {"document": row.edition.document}, "people:training-record",
            (row.pk,),
        )
        for row in waiting.exclude(user__username=actor.id)
    ]  # fmt: skip


def _void(actor: record.Actor) -> list[NeedShown]:
    needs = []
    assessed = TrainingRecord.visible_to(actor).filter(achieved_at__isnull=False, user__is_active=True)
    newest = {(row.user_id, row.edition_id): row for row in assessed.order_by("number")}
    signed = latest(newest.values())
    held = statuses(one for made in signed.values() for one in made)
    for row in newest.values():
        needs += [
            NeedShown(
                "signature", _("Signature of %(name)s is void") % {"name": one.printed_name},
                f"{row.subject}: {held[one.pk].sentence()}", "people:training-record", (row.pk,), urgent=True,
            )
            for one in signed[row.pk]
            if not held[one.pk].valid
        ]  # fmt: skip
    return needs


def _locked(actor: record.Actor) -> list[NeedShown]:
    locked = User.visible_to(actor).filter(locked_until__gt=clock.now())
    needs = [
        NeedShown(
            "locked", _("%(name)s is locked") % {"name": one.printed_name},
            _("after %(count)s failed attempts, until %(at)s")
            % {"count": one.failed_attempts, "at": clock.iso(one.locked_until)},
            "people:person", (one.username,), urgent=True,
        )
        for one in locked
        if one.locked_until is not None
    ]  # fmt: skip
    names = {one.username for one in locked}
    for alert in queries.alerts(actor):
        name = alert.data["username"]
        if name not in names:
            names.add(name)
            needs.append(NeedShown("alert", _("Look at failed log-ins"), alert.sentence, "people:person", (name,)))
    return needs
