"""How times, durations and counts are written on every page, in the zone of the site.

Pure: a time goes in, words come out; "now" is an argument.
"""

import re
from datetime import date, datetime, timedelta, tzinfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batchwright.kernel import clock

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_STAMP = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def zone_name(at: datetime, zone: tzinfo) -> str:
    """Name the offset of a time as readers of a batch record expect it.

    Args:
        at: An aware time.
        zone: The zone of the site.

    Returns:
        ``UTC``, ``UTC+1`` or ``UTC+5:30``.
    """
    offset = at.astimezone(zone).utcoffset() or timedelta(0)
    minutes = int(offset.total_seconds() // _MINUTE)
    if minutes == 0:
        return "UTC"
    sign = "+" if minutes > 0 else "\N{MINUS SIGN}"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")


def site_time(at: datetime, zone: tzinfo, *, seconds: bool = False) -> str:
    """Write a time in the zone of the site, with the zone.

    Args:
        at: An aware time.
        zone: The zone of the site.
        seconds: Whether seconds matter to the reader.

    Returns:
        ``2026-11-22 07:21 UTC+1``.

    Raises:
        ValueError: If the time is naive.
    """
    local = clock.ensure_utc(at).astimezone(zone)
    return f"{local:%Y-%m-%d} {local:%H:%M:%S} {zone_name(at, zone)}" if seconds else (
        f"{local:%Y-%m-%d} {local:%H:%M} {zone_name(at, zone)}"
    )  # fmt: skip


def with_site_times(text: str, zone: tzinfo, *, seconds: bool = False) -> str:
    """Write the record's times inside a sentence in the zone of the site.

    Args:
        text: A sentence that may hold times as the record writes them.
        zone: The zone of the site.
        seconds: Whether seconds matter to the reader.

    Returns:
        The sentence with every such time as `2026-11-22 07:21 UTC+1`.
    """
    return _STAMP.sub(lambda found: site_time(clock.parse(found[0]), zone, seconds=seconds), text)


def duration(length: timedelta) -> str:
    """Write a length of time in words, by its two largest parts.

    Args:
        length: Any duration; its sign is dropped.

    Returns:
        ``2 h 10 min``, ``3 d 4 h``, ``211 d``, ``45 s``.
    """
    seconds = abs(int(length.total_seconds()))
    if seconds < _MINUTE:
        return _("%(n)d s") % {"n": seconds}
    if seconds < _HOUR:
        return _("%(n)d min") % {"n": seconds // _MINUTE}
    if seconds < _DAY:
        hours, minutes = divmod(seconds // _MINUTE, 60)
        return _("%(h)d h %(m)d min") % {"h": hours, "m": minutes} if minutes else _("%(n)d h") % {"n": hours}
    days, hours = divmod(seconds // _HOUR, 24)
    if hours and days < 14:
        return _("%(d)d d %(h)d h") % {"d": days, "h": hours}
    return _("%(n)d d") % {"n": days}


def distance(at: datetime, now: datetime) -> str:
    """Say how far a time lies from now.

    Args:
        at: An aware time, before or after now.
        now: The present.

    Returns:
        ``in 2 h 10 min``, ``3 d ago`` or ``just now``.
    """
    length = at - now
    if abs(length) < timedelta(seconds=10):
        return _("just now")
    words = {"length": duration(length)}
    return _("in %(length)s") % words if length > timedelta(0) else _("%(length)s ago") % words


def day(on: date, today: date) -> str:
    """Name a day by its date, and by the word for it where there is one.

    Args:
        on: The day.
        today: The present day in the zone of the site.

    Returns:
        ``Today, 2026-11-22``, ``Yesterday, 2026-11-21`` or ``2026-11-20``.
    """
    if on == today:
        return _("Today, %(date)s") % {"date": on.isoformat()}
    if on == today - timedelta(days=1):
        return _("Yesterday, %(date)s") % {"date": on.isoformat()}
    return on.isoformat()


def count(number: int) -> str:
    """Write a count with its thousands set apart.

    Args:
        number: A whole number.

    Returns:
        ``48,211``.
    """
    return f"{number:,}"


def entries(number: int) -> str:
    """Write a number of entries in words.

    Args:
        number: How many.

    Returns:
        ``1 entry`` or ``48,211 entries``.
    """
    return ngettext("%(n)s entry", "%(n)s entries", number) % {"n": count(number)}
