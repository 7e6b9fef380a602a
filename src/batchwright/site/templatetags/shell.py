"""The parts every page is made of: `{% load shell %}`. The gallery at `/parts/` shows each one with its parameters.

Words and looks only: a tag asks no database and decides nothing.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.template import loader
from django.template.context import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from batchwright.kernel import clock
from batchwright.people import meanings, permissions
from batchwright.site.templatetags import asking, listing
from batchwright.site.web import shapes, wording

register = template.Library()
for _part in (asking, listing):
    register.tags.update(_part.register.tags)
    register.filters.update(_part.register.filters)


_NOTHING = "---------"
"""What Django offers where nothing is chosen yet; a reader of screens reads nine hyphens."""


@register.simple_tag
def shape(name: str) -> SafeString:
    """Draw a shape beside a word.

    Args:
        name: One of `batchwright.site.web.shapes.SHAPES`.

    Returns:
        The drawing, hidden from assistive technology.
    """
    return mark_safe(shapes.svg(name))  # noqa: S308 - drawn from constants of ours


@register.inclusion_tag("shell/chip.html")
def chip(tone: str, word: str) -> dict[str, Any]:
    """A state: shape, word and colour.

    Args:
        tone: normal, done, off, waiting (grey); yours (blue); attention (amber); stop (red).
        word: The state in the words of the field.

    Returns:
        The context of the chip.
    """
    return {"tone": tone, "word": word}


@register.simple_block_tag(takes_context=True)
def page_head(context: Context, content: str, title: str, verdict: str = "", tone: str = "normal") -> SafeString:
    """The top of a page: its title, and its one question answered in a verdict line.

    Args:
        context: The page's context.
        content: Links that belong to the whole page, shown at the right.
        title: What the page is about.
        verdict: The answer, in one sentence.
        tone: Tone of the verdict, as for a chip.

    Returns:
        The head.
    """
    parts = {"title": title, "verdict": verdict, "tone": tone, "links": mark_safe(content.strip())}  # noqa: S308 - rendered template
    return _rendered(context, "shell/page_head.html", parts)


@register.simple_block_tag(takes_context=True)
def card(
    context: Context,
    content: str,
    title: str = "",
    tone: str = "",
    aside: str = "",
    flush: bool = False,
    level: int = 2,
) -> SafeString:
    """A card: one thing, or one question, on a surface of its own.

    Args:
        context: The page's context.
        content: What stands in it.
        title: Its heading, if it has one.
        tone: yours, attention or stop for a coloured edge; empty for none.
        aside: A short text at the right of the heading.
        flush: True where a table or a list fills the card to its edges.
        level: Level of the heading.

    Returns:
        The card.
    """
    parts = {"title": title, "tone": tone, "aside": aside, "flush": flush, "level": level, "body": content}
    return _rendered(context, "shell/card.html", parts)


@register.simple_block_tag(takes_context=True)
def notice(context: Context, content: str, tone: str = "normal", title: str = "") -> SafeString:
    """Something the page has to say before anything else; it stays until its cause is gone.

    Args:
        context: The page's context.
        content: The text.
        tone: As for a chip.
        title: Its first words.

    Returns:
        The notice.
    """
    return _rendered(context, "shell/notice.html", {"tone": tone, "title": title, "body": content})


@register.simple_block_tag(takes_context=True)
def empty_state(context: Context, content: str, title: str) -> SafeString:
    """An empty list: it says why it is empty and what makes it fill.

    Args:
        context: The page's context.
        content: What fills it, and a link to do so where there is one.
        title: Why it is empty.

    Returns:
        The text.
    """
    return _rendered(context, "shell/empty.html", {"title": title, "body": content})


@register.inclusion_tag("shell/field.html")
def field(bound: BoundField, help_text: str = "", optional: bool | None = None) -> dict[str, Any]:
    """A form field: label, help, error beside it.

    Args:
        bound: The field of a form.
        help_text: Text in place of the field's own help.
        optional: Whether to say that it may stay empty; by default as the field says.

    Returns:
        The context of the field.
    """
    asked = bound.field
    if isinstance(asked, forms.ModelChoiceField) and asked.empty_label == _NOTHING:
        asked.empty_label = _("choose") if asked.required else "\N{EN DASH}"
    kind = "group" if bound.use_fieldset else "check" if _is_check(bound) else "line"
    may_be_empty = not bound.field.required if optional is None else optional
    return {
        "field": bound,
        "help": help_text or bound.help_text,
        "kind": kind,
        "optional": may_be_empty and kind == "line",
    }


def _is_check(bound: BoundField) -> bool:
    return isinstance(bound.field.widget, forms.CheckboxInput)


@register.inclusion_tag("shell/write_keys.html")
def write_keys(version: int | None = None) -> dict[str, Any]:
    """Hidden fields of every form that writes: one key per form shown, and the version that was read.

    Args:
        version: Version of the row as shown; None where a new one is made.

    Returns:
        The context of the fields `idempotency_key` and `expected_version`.
    """
    return {"key": secrets.token_hex(16), "version": version}


@register.filter
def site_time(at: datetime | str | None, form: str = "") -> str:
    """Write a time as `2026-11-22 07:21 UTC+1` in the zone of the site.

    Args:
        at: An aware time, or a time as the record writes it; None is a dash.
        form: `seconds` to show them, `clock` for the hour and minute alone.

    Returns:
        A `time` element.
    """
    if at is None or at == "":
        return "\N{EN DASH}"
    moment = clock.parse(at) if isinstance(at, str) else at
    zone = timezone.get_default_timezone()
    words = wording.site_time(moment, zone, seconds=form == "seconds")
    day, _space, hour = words.partition(" ")
    if form == "clock":
        return format_html('<time datetime="{}" title="{}">{}</time>', _utc(moment), words, hour.split(" ")[0])
    # A line may break between the day and the hour, and nowhere else.
    written = '<time datetime="{}"><span class="nowrap">{}</span> <span class="nowrap">{}</span></time>'
    return format_html(written, _utc(moment), day, hour)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@register.filter
def site_date(at: datetime | date | None) -> str:
    """Write a day as `2026-11-22`, in the zone of the site.

    Args:
        at: An aware time or a date; None is a dash.

    Returns:
        The day.
    """
    if at is None:
        return "\N{EN DASH}"
    on = timezone.localdate(at, timezone.get_default_timezone()) if isinstance(at, datetime) else at
    return on.isoformat()


@register.filter
def from_now(at: datetime | None) -> str:
    """Say how far a time is away: `in 2 h 10 min`, `3 d ago`.

    Args:
        at: An aware time; None is nothing.

    Returns:
        A `time` element whose title is the time itself.
    """
    if at is None:
        return ""
    words = wording.site_time(at, timezone.get_default_timezone())
    return format_html('<time datetime="{}" title="{}">{}</time>', _utc(at), words, wording.distance(at, clock.now()))


@register.filter
def local_times(text: str, form: str = "") -> str:
    """Write the times inside a sentence of the record in the zone of the site.

    Args:
        text: The sentence.
        form: `seconds` to show them.

    Returns:
        The sentence, plain text.
    """
    return wording.with_site_times(str(text), timezone.get_default_timezone(), seconds=form == "seconds")


@register.filter
def plain_from_now(at: datetime | None) -> str:
    """Say how far a time is away, as plain text for a sentence.

    Args:
        at: An aware time; None is nothing.

    Returns:
        `in 2 h 10 min`, `3 d ago`.
    """
    return "" if at is None else wording.distance(at, clock.now())


@register.filter
def day_name(on: date) -> str:
    """Name a day: `Today, 2026-11-22`.

    Args:
        on: A day in the zone of the site.

    Returns:
        Its name.
    """
    return wording.day(on, timezone.localdate(clock.now(), timezone.get_default_timezone()))


@register.filter
def count(number: int) -> str:
    """Write a count with its thousands set apart: `48,211`.

    Args:
        number: A whole number.

    Returns:
        Digits.
    """
    return wording.count(number)


@register.filter
def role_name(code: str) -> str:
    """Name a role as people call it.

    Args:
        code: Its code; a process of the plant has one of its own.

    Returns:
        The name, or the code where it is none of the default roles.
    """
    return str(next((role.name for role in permissions.ROLES if role.code == code), code))


@register.filter
def meaning_name(code: str) -> str:
    """Name the meaning of a signature as it is printed.

    Args:
        code: Its code.

    Returns:
        The name, or the code where no installed version knows it.
    """
    return str(next((known.title for known in meanings.MEANINGS if known.code == code), code))


@register.filter
def at_key(table: Mapping[Any, Any], key: Any) -> Any:
    """Look into a mapping from a template.

    Args:
        table: Any mapping.
        key: The key.

    Returns:
        The value, or None.
    """
    return table.get(key)


@register.filter
def message_tone(level: str) -> str:
    """The tone in which a message of Django's framework is shown.

    Args:
        level: debug, info, success, warning or error.

    Returns:
        The tone of a notice.
    """
    return {"success": "done", "warning": "attention", "error": "stop"}.get(level, "normal")


def _rendered(context: Context, name: str, parts: dict[str, Any]) -> SafeString:
    inner = {**parts, "request": context.get("request")}
    return loader.render_to_string(name, inner)
