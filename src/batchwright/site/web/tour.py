"""A tour of seven steps, from the plant now to a record that is checked offline; each stop is a real thing.

Nothing is numbered in advance: every stop is found by a query of what the reader may see, and says what is missing
where there is nothing of its kind yet. Where the tour stands is a cookie: it goes on when somebody else signs in.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Case, Count, IntegerField, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from batchwright import materials, record
from batchwright.execution import overviews, queries
from batchwright.execution.exceptions import missing
from batchwright.execution.models import Batch, BatchException, Run, Weighing
from batchwright.execution.services.common import controls_of
from batchwright.execution.standing import as_rules_see
from batchwright.execution.states import ENDED, State
from batchwright.people import permissions
from batchwright.people import queries as persons

COOKIE = "tour"
NUMBERS = frozenset("1234567")
"""What the cookie and a form may say."""
_TOLD = ("enter", "weigh", "dispense", "sample", "charge")
"""Kinds of step that show most, the best first."""
_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Stop:
    """What a step of the tour leads to.

    Attributes:
        look: What to look at.
        href: Its page.
        acts: Codes of the roles of which one acts there; none where looking is all.
        there: Whether there is something of its kind.
    """

    look: str
    href: str
    acts: tuple[str, ...] = ()
    there: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the tour, as its reader meets it."""

    number: int
    title: str
    stop: Stop
    who: str
    """Who acts there, where the reader does not."""
    here: bool = False
    """Whether the page that is shown is the stop."""

    @property
    def previous(self) -> int:
        """Number of the step before; 0 for the first."""
        return self.number - 1

    @property
    def next(self) -> int:
        """Number of the step after; 0 for the last."""
        return self.number + 1 if self.number < len(_STEPS) else 0

    @property
    def of(self) -> str:
        """Where it stands in the tour."""
        return _("Step %(n)s of %(all)s") % {"n": self.number, "all": len(_STEPS)}


def number_of(request: HttpRequest) -> int:
    """Read where the tour stands.

    Args:
        request: The request; its cookie may hold anything.

    Returns:
        The number of the step; 0 where no tour is taken.
    """
    kept = request.COOKIES.get(COOKIE, "")
    return int(kept) if kept in NUMBERS else 0


def step_of(actor: record.Actor, number: int, path: str = "") -> Step:
    """Give one step of the tour.

    Args:
        actor: Who takes it.
        number: From 1.
        path: Address of the page that is shown.

    Returns:
        The step with its stop.
    """
    title, find = _STEPS[number - 1]
    stop = find(actor)
    return Step(number, title(), stop, _who(actor, stop.acts), path == stop.href.partition("?")[0].partition("#")[0])


def steps_of(actor: record.Actor) -> list[Step]:
    """Give every step of the tour.

    Args:
        actor: Who takes it.

    Returns:
        The steps in order.
    """
    return [step_of(actor, number) for number in range(1, len(_STEPS) + 1)]


def _who(actor: record.Actor, roles: Iterable[str]) -> str:
    """Who acts at a stop, with somebody's user name; "" for whoever acts there, or knows of no one."""
    wanted = tuple(roles)
    if not wanted or actor.role in wanted or actor.sponsor is not None:
        return ""
    somebody = next((one for role in wanted if (one := persons.users(actor, role=role).first()) is not None), None)
    role = str(permissions.role(wanted[0]).name).lower()
    if somebody is None:
        return _("Here a person in the role %(role)s acts.") % {"role": role}
    return _("Here a person in the role %(role)s acts, such as %(name)s.") % {"role": role, "name": somebody.username}


def _now(actor: record.Actor) -> Stop:  # noqa: ARG001 - every stop is found alike
    look = _(
        "Each suite says what runs in which unit, the step now, the time left, the worst deviation and who is needed."
        " There is colour only where somebody has to look."
    )
    return Stop(look, reverse("home"))


def _batch(actor: record.Actor) -> Stop:
    running = list(queries.batches(actor, state=State.RUNNING.value).order_by("-acts", "id")[:_LOOKED_AT])
    found = next((one for one in running if one.pk in _forecast(actor, running)), next(iter(running), None))
    if found is None:
        return Stop(_("No batch runs now. A batch that was started shows its chart, its values and its forecast."),
                    reverse("execution:batches"), there=False)  # fmt: skip
    look = _(
        "%(batch)s: where its procedure stands, its values beside their limits and, where the recipe names a twin, the"
        " forecast from what was entered so far."
    )
    return Stop(look % {"batch": found.number}, reverse("execution:batch", args=[found.number]))


def _forecast(actor: record.Actor, batches: list[Batch]) -> set[int]:
    """Keys of the batches in which something runs that a twin forecasts."""
    told = {one.id for control, _plan in controls_of(batches).values() for one in control.recipe.walk() if one.twin}
    rows = Run.visible_to(actor).filter(batch__in=[one.pk for one in batches], element__in=told)
    return set(rows.filter(state=State.RUNNING.value).values_list("batch_id", flat=True))


def _floor(actor: record.Actor) -> Stop:
    ranks = [When(kind=kind, then=Value(rank)) for rank, kind in enumerate(_TOLD)]
    order = Case(*ranks, default=Value(len(_TOLD)), output_field=IntegerField())
    rows = Run.visible_to(actor).filter(level="phase", state=State.RUNNING.value, batch__state=State.RUNNING.value)
    found = rows.exclude(kind="automated").order_by(order, "-id").first()
    if found is None:
        return Stop(_("No step waits for a person. A step stands here while a batch runs."),
                    reverse("execution:batches"), there=False)  # fmt: skip
    look = _(
        "%(step)s of %(batch)s: what exactly is to be done, with the limits beside what is typed. Every attempt is"
        " kept, the refused ones too."
    )
    href = reverse("execution:step", args=[found.batch.number, found.path])
    return Stop(look % {"step": found.name, "batch": found.batch.number}, href, (found.role or "operator",))


def _exception(actor: record.Actor) -> Stop:
    found = overviews.gravest_first(queries.exceptions(actor, only_open=True)).first()
    if found is None:
        latest = queries.exceptions(actor).select_related("batch").order_by("-id").first()
        if latest is None:
            return Stop(_("No exception was raised yet. What is not as the recipe says is raised by itself."),
                        reverse("execution:exceptions"), there=False)  # fmt: skip
        look = _("%(number)s is closed: its cause, its impact and who signed that.") % {"number": latest.number}
        return Stop(look, _at(latest))
    seats = missing(as_rules_see([found])[0])
    acts = ("supervisor",) if not found.cause else tuple(seats[0].roles) if seats else ()
    look = _(
        "%(number)s of %(batch)s: what was not as the recipe says, with its cause and its impact, and who has to sign"
        " them. While it is open nobody releases the batch."
    )
    return Stop(look % {"number": found.number, "batch": found.batch.number}, _at(found), acts)


def _at(row: BatchException) -> str:
    return reverse("execution:exception", args=[row.batch.number, row.number])


def _lot(actor: record.Actor) -> Stop:
    seen = materials.lots(actor)
    held = seen.filter(status="hold").annotate(went=Count("descents")).order_by("-went", "-id").first()
    if held is not None:
        look = _(
            "%(lot)s, %(name)s, is on hold: where it came from, which batches it went into, and how far a recall would"
            " reach. Quality assurance decides on it on its own page."
        ) % {"lot": held.identifier, "name": held.definition.name}
        return Stop(look, reverse("materials:genealogy", args=[held.identifier]))
    used = Weighing.visible_to(actor).filter(returned_at__isnull=True).order_by("-id").values_list("lot_id", flat=True)
    found = seen.filter(pk__in=list(used[:200])).order_by("-id").first() or seen.order_by("-id").first()
    if found is None:
        return Stop(_("There is no lot yet. A lot is received, or made by a batch."), reverse("materials:lots"),
                    there=False)  # fmt: skip
    look = _(
        "%(lot)s, %(name)s: where it came from, which batches it went into, and how far a recall would reach."
    ) % {"lot": found.identifier, "name": found.definition.name}
    return Stop(look, reverse("materials:genealogy", args=[found.identifier]))


def _review(actor: record.Actor) -> Stop:
    waiting = min(queries.to_review(actor)[:_LOOKED_AT], key=lambda one: one.open_exceptions, default=None)  # type: ignore[attr-defined]
    if waiting is None:
        done = queries.batches(actor).filter(reviewed_at__isnull=False).order_by("-reviewed_at").first()
        if done is None:
            return Stop(_("No batch has ended yet. Its record is reviewed when it has."), reverse("execution:batches"),
                        there=False)  # fmt: skip
        look = _("%(batch)s is reviewed: every check, what was judged, and who signed it.") % {"batch": done.number}
        return Stop(look, reverse("execution:review", args=[done.number]))
    look = _(
        "%(batch)s: only what needs judgement stands open; what is fine is folded away and says why. The signature at"
        " the end shows in full what is signed."
    )
    return Stop(look % {"batch": waiting.number}, reverse("execution:review", args=[waiting.number]), ("qa",))


def _record(actor: record.Actor) -> Stop:
    found = _most_complete(actor)
    if found is None:
        return Stop(_("There is no batch yet whose record could be taken away."), reverse("record_entries"),
                    there=False)  # fmt: skip
    look = _(
        "Take the record of %(batch)s away with Export record, unpack the zip and run: python verify.py. It needs no"
        " network and nothing of this plant."
    )
    return Stop(look % {"batch": found.number}, reverse("execution:batch", args=[found.number]) + "#export")


def _most_complete(actor: record.Actor) -> Batch | None:
    rows = queries.batches(actor)
    ended = rows.filter(state__in=list(ENDED))
    found: Batch | None = (
        ended.filter(reviewed_at__isnull=False).order_by("-reviewed_at").first()
        or ended.order_by("-ended_at").first() or rows.exclude(state=State.IDLE.value).order_by("id").first()
    )  # fmt: skip
    return found


_STEPS: tuple[tuple[Callable[[], str], Callable[[record.Actor], Stop]], ...] = (
    (lambda: _("The plant now"), _now),
    (lambda: _("A batch"), _batch),
    (lambda: _("A step on the floor"), _floor),
    (lambda: _("An exception and who decides"), _exception),
    (lambda: _("A lot and where it went"), _lot),
    (lambda: _("The review by exception"), _review),
    (lambda: _("The record, taken away and verified"), _record),
)
