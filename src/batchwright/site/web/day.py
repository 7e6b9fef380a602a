"""The plant's day at a glance: which batch was in which unit when, with exceptions and the line of now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.execution import queries
from batchwright.execution.models import BatchException
from batchwright.execution.present import raised_since
from batchwright.plant.suites import uses_between
from batchwright.site.web import wording
from batchwright.site.web.now import Now

BEHIND, AHEAD = timedelta(hours=20), timedelta(hours=4)
"""How far the strip reaches back and forward; 24 hours in all."""
_LANE, _BAR, _AXIS = 24, 18, 20
"""Heights in CSS pixels."""
_TICK_HOURS = 4
_MARKS = {"critical": "stop", "major": "attention", "minor": "normal"}
MOST_MARKS = 200


@dataclass(frozen=True, slots=True)
class Bar:
    """A batch in a unit, or under way, from one time to another.

    Attributes:
        batch: Its number.
        product: Code of its product.
        since: When it began.
        until: When it ended; None where it goes on.
        href: Its page; "" where the reader has none, as for a batch of another system.
        planned: Whether it has not begun.
    """

    batch: str
    product: str
    since: datetime
    until: datetime | None
    href: str = ""
    planned: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """An exception at the time when it was raised."""

    number: str
    at: datetime
    tone: str
    sentence: str
    href: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One unit of a suite, or one batch of a sponsor."""

    name: str
    href: str
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Strip:
    """The day of one suite."""

    name: str
    lanes: tuple[Lane, ...]
    since: datetime
    now: datetime
    zone: tzinfo

    @property
    def until(self) -> datetime:
        """Its end."""
        return self.now + AHEAD

    def percent(self, at: datetime) -> float:
        """Where a time lies between its beginning and its end, in percent; what lies outside is brought to the edge."""
        share = (at - self.since) / (self.until - self.since)
        return round(100 * min(max(share, 0.0), 1.0), 2)

    @property
    def words(self) -> str:
        """What is drawn, for those who do not see it."""
        bars = sum(len(lane.bars) for lane in self.lanes)
        marks = sum(len(lane.marks) for lane in self.lanes)
        return _(
            "%(suite)s from %(since)s to %(until)s: %(bars)s uses of units, %(marks)s exceptions; the table below says"
            " the same."
        ) % {
            "suite": self.name, "since": wording.site_time(self.since, self.zone),
            "until": wording.site_time(self.until, self.zone), "bars": bars, "marks": marks,
        }  # fmt: skip

    @property
    def drawing(self) -> SafeString:
        """The lanes as SVG; horizontal places are percents, so that letters keep their size."""
        height = _AXIS + _LANE * len(self.lanes)
        parts = [*self._ticks(height)]
        for number, lane in enumerate(self.lanes):
            parts += [*self._lane(lane, _AXIS + _LANE * number)]
        at = self.percent(self.now)
        parts.append(
            format_html(
                '<line class="now-line" x1="{}%" x2="{}%" y1="14" y2="{}"/><text class="now-word" x="{}%" y="11"'
                ' text-anchor="middle">{}</text>',
                at, at, height, at, _("now"),
            )
        )
        inside = mark_safe("".join(parts))  # noqa: S308 - each part is escaped
        return format_html(
            '<svg class="day-svg" width="100%" height="{}" role="img" aria-label="{}">{}</svg>',
            height, self.words, inside,
        )  # fmt: skip

    def _ticks(self, height: int) -> Iterator[SafeString]:
        local = self.since.astimezone(self.zone)
        at = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=_TICK_HOURS - local.hour % _TICK_HOURS)
        while at < self.until:
            here = self.percent(at)
            yield format_html('<line class="tick" x1="{}%" x2="{}%" y1="{}" y2="{}"/>', here, here, _AXIS, height)
            if abs(here - self.percent(self.now)) > 8:  # the word "now" stands there
                day = f"{at:%m-%d} " if at.hour < _TICK_HOURS else ""
                yield format_html(
                    '<text class="hour" x="{}%" y="11" text-anchor="middle">{}</text>', here, f"{day}{at:%H:%M}"
                )
            at += timedelta(hours=_TICK_HOURS)

    def _lane(self, lane: Lane, top: int) -> Iterator[SafeString]:
        yield format_html('<line class="lane" x1="0" x2="100%" y1="{}" y2="{}"/>', top, top)
        for bar in lane.bars:
            left, right = self.percent(bar.since), self.percent(bar.until or self.now)
            kind = "bar planned" if bar.planned else "bar" if bar.until else "bar open"
            yield format_html(
                '<svg x="{}%" y="{}" width="{}%" height="{}"><rect class="{}" width="100%" height="100%" rx="3"/>'
                '<text class="bar-word" x="5" y="13">{}</text><title>{}</title></svg>',
                left, top + (_LANE - _BAR) // 2, max(round(right - left, 2), 0.4), _BAR, kind, bar.batch,
                f"{bar.batch} {bar.product}",
            )  # fmt: skip
        for mark in lane.marks:
            yield format_html(
                '<svg class="mark" data-tone="{}" x="{}%" y="{}" width="14" height="14" overflow="visible"><path'
                ' transform="translate(-7 0)" d="M7 0 14 7 7 14 0 7z"/><title>{}</title></svg>',
                mark.tone, self.percent(mark.at), top + (_LANE - 14) // 2, f"{mark.number} {mark.sentence}",
            )  # fmt: skip


def strips(actor: record.Actor, seen: Now, zone: tzinfo) -> list[Strip]:
    """Draw the day of every suite in which something was.

    Args:
        actor: Who reads.
        seen: What goes on, as `batchwright.site.web.now.now_of` told the same reader.
        zone: The zone of the site.

    Returns:
        One for each suite with lanes; for a sponsor's people one, with a lane for each of the own batches.

    Raises:
        Refused: If the actor may not see batches.
    """
    since = seen.at - BEHIND
    raised = list(raised_since(actor, since)[:MOST_MARKS])
    if not seen.has_units:
        lanes = _lanes_of_batches(actor, seen, since)
        return [Strip(_("Batches"), tuple(_marked(lanes, [(row.batch.number, _mark(row)) for row in raised])), since,
                      seen.at, zone)] if lanes else []  # fmt: skip
    lanes_of = _bars(actor, seen, since)
    marks = [(unit, _mark(row)) for row in raised if (unit := _unit_of(row, lanes_of))]
    found = []
    for suite in seen.suites:
        lanes = [
            Lane(one.tag, reverse("plant:unit", args=[one.tag]), tuple(lanes_of.get(one.tag, ())))
            for one in suite.units if one.tag in lanes_of or any(unit == one.tag for unit, _one in marks)
        ]  # fmt: skip
        found.append(Strip(suite.name, tuple(_marked(lanes, marks)), since, seen.at, zone))
    return [one for one in found if one.lanes]


def _bars(actor: record.Actor, seen: Now, since: datetime) -> dict[str, list[Bar]]:
    rows = list(uses_between(actor, since, seen.at))
    here = set(queries.batches(actor).filter(number__in={row.batch for row in rows}).values_list("number", flat=True))
    found: dict[str, list[Bar]] = {}
    for row in rows:
        href = reverse("execution:batch", args=[row.batch]) if row.batch in here else ""
        bar = Bar(row.batch, row.product, row.began_at, row.ended_at, href)
        found.setdefault(row.unit.tag, []).append(bar)
    for one in seen.batches:
        batch, units = one.present.batch, one.present.units
        if one.present.doing or batch.state != "Idle" or batch.planned_for is None or not units:
            continue
        if seen.at <= batch.planned_for < seen.at + AHEAD:
            coming = Bar(batch.number, batch.product, batch.planned_for, seen.at + AHEAD, one.href, planned=True)
            found.setdefault(units[0], []).append(coming)
    return found


def _lanes_of_batches(actor: record.Actor, seen: Now, since: datetime) -> list[Lane]:
    ended = queries.batches(actor).filter(ended_at__gte=since, started_at__isnull=False).order_by("started_at")
    rows = [one.present.batch for one in seen.batches] + list(ended[:MOST_MARKS])
    found = {}
    for row in rows:
        if row.started_at is None or (row.ended_at is not None and row.ended_at < since):
            continue
        href = reverse("execution:batch", args=[row.number])
        found[row.number] = Lane(row.number, href, (Bar(row.number, row.product, row.started_at, row.ended_at, href),))
    return list(found.values())


def _mark(row: BatchException) -> Mark:
    href = reverse("execution:exception", args=[row.batch.number, row.number])
    return Mark(row.number, row.raised_at, _MARKS[row.severity], row.sentence, href)


def _unit_of(row: BatchException, bars: dict[str, list[Bar]]) -> str:
    """The unit of the step that it is about, or one in which its batch was at that time; "" where there is none."""
    if row.run is not None and row.run.unit:
        return row.run.unit
    for tag, found in bars.items():
        for bar in found:
            if bar.batch == row.batch.number and bar.since <= row.raised_at <= (bar.until or row.raised_at):
                return tag
    return ""


def _marked(lanes: Sequence[Lane], marks: Sequence[tuple[str, Mark]]) -> list[Lane]:
    return [
        Lane(lane.name, lane.href, lane.bars, tuple(mark for name, mark in marks if name == lane.name))
        for lane in lanes
    ]
