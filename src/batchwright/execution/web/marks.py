"""Where each element of one level of the chart stands, in a shape and a word."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from batchwright.execution.choices import Blocked
from batchwright.execution.engine import Walk
from batchwright.execution.models import Run
from batchwright.execution.queries import Standing
from batchwright.recipes.chart_svg import Mark, MarkKind

_KINDS: Mapping[str, MarkKind] = {
    "Running": "running", "Restarting": "running", "Complete": "done", "Pausing": "held", "Paused": "held",
    "Holding": "held", "Held": "held", "Stopping": "stopped", "Stopped": "stopped", "Aborting": "stopped",
    "Aborted": "stopped",
}  # fmt: skip


def word_of(kind: str) -> str:
    """Name a mark.

    Args:
        kind: Of the mark.

    Returns:
        One word.
    """
    words = {
        "running": _("running"), "done": _("done"), "held": _("held"), "stopped": _("stopped"),
        "skipped": _("skipped"), "waits": _("waits"),
    }  # fmt: skip
    return words[kind]


def mark_of(run: Run, times: int = 1) -> Mark | None:
    """Mark a run.

    Args:
        run: The latest run of an element.
        times: How often the element has run.

    Returns:
        The mark; None where it has not begun.
    """
    if run.skipped:
        return Mark("skipped", word_of("skipped"))
    if run.awaits:
        return Mark("waits", _("second person"))
    kind = _KINDS.get(run.state)
    if kind is None:
        return None
    word = word_of(kind)
    return Mark(kind, f"{word}, {_('run %(n)s') % {'n': times}}" if times > 1 else word)


def marks(standing: Standing) -> dict[str, Mark]:
    """Mark every element of a batch's procedure, and each place where the procedure waits.

    Args:
        standing: Where the batch stands.

    Returns:
        By `batchwright.recipes.chart_svg.key_of`; an element that has run more than once is marked by its latest run.
    """
    turn = standing.turn
    found: dict[str, Mark] = {}
    latest: dict[str, list[Run]] = {}
    for run in turn.runs.values():
        latest.setdefault(run.element, []).append(run)
    for element, runs in latest.items():
        mark = mark_of(runs[-1], len(runs))
        if mark is not None:
            found[element] = mark
    for skipped in turn.control.skipped:
        found.setdefault(skipped, Mark("skipped", word_of("skipped")))
    return found | dict.fromkeys(_waiting(standing), Mark("waits", word_of("waits")))


def _waiting(standing: Standing) -> Iterator[str]:
    """Transitions behind which the procedure waits."""
    turn = standing.turn
    walk = Walk(turn.plan, turn.marking, turn.facts)
    for token in walk.tokens:
        way = walk.way(token)
        if isinstance(way, Blocked) and way.why in ("condition", "time", "question"):
            behind = walk.level_of(token.level).followers
            for node, after in behind.items():
                if (node.kind, node.id) == (token.at.kind, token.at.id):
                    yield from (f"transition {one.id}" for one in after if one.kind == "transition")
