"""How a figure is written for people; its name says in which unit it is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from batchwright.site.web import wording

_MEBIBYTE = 1 << 20


def value(name: str, number: float) -> str:
    """Write a figure.

    Args:
        name: Its name, which ends in its unit where it has one.
        number: In that unit.

    Returns:
        Such as ``48,211``, ``2 h 10 min`` or ``81 MiB``.
    """
    if name.endswith("_time_seconds"):
        return wording.site_time(datetime.fromtimestamp(number, UTC), ZoneInfo(settings.TIME_ZONE))
    if name.endswith("_seconds"):
        return wording.duration(timedelta(seconds=number))
    if name.endswith("_bytes"):
        return f"{number / _MEBIBYTE:,.0f} MiB"
    if name.endswith("_whole"):
        return _("yes") if number else _("no")
    return wording.count(int(number))
