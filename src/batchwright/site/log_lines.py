"""Log lines for people, or one JSON object per line for machines; on stderr, where a service manager finds them.

Logs go to people and places that may see no batch: a line never holds a secret or a value of the plant. What an error
says may hold one, so a traceback names the kind and the place of every error, and repeats the words only of those whose
words are known to be ours or the system's.
"""

import json
import logging
import re
import traceback
from types import TracebackType
from typing import Any, Literal

from batchwright.kernel import clock
from batchwright.kernel.errors import BatchwrightError
from batchwright.site.request_number import current

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_NOT_WRITTEN = frozenset({"request", "server_time"})
"""What Django passes along for its own handlers: the request would be written with its address and query."""
_OF_CODE = (ImportError, AttributeError, NameError, NotImplementedError, RecursionError, SystemExit, KeyboardInterrupt)
"""Their words name parts of the program."""
_QUERY = re.compile(r"\?\S*")

_Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def words_of(error: BaseException) -> str:
    """What an error says, as far as it may stand in a log.

    Args:
        error: Any error.

    Returns:
        Its words, or that they are withheld.
    """
    if isinstance(error, BatchwrightError):
        return str(error.message)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, _OF_CODE):
        return str(error)
    if type(error).__module__.startswith(("django.db", "psycopg", "sqlite3")) and "Operational" in type(error).__name__:
        # The first line says what the database does not do; a detail that names rows follows it.
        return str(error).split("\n", 1)[0]
    return "(its words are withheld: they may hold values)"


def told(error: BaseException) -> str:
    """A traceback without values: kinds, places, and the words that may be repeated.

    Args:
        error: What was raised.

    Returns:
        Several lines, causes first, as Python writes them.
    """
    parts: list[str] = []
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        frames = "".join(traceback.format_tb(following.__traceback__))
        parts.append(f"Traceback (most recent call last):\n{frames}{type(following).__name__}: {words_of(following)}")
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return "\n\nthen\n\n".join(reversed(parts))


class _WithoutValues(logging.Formatter):
    def formatException(self, ei: _Raised) -> str:  # noqa: N802 - logging's name
        """Write what was raised, without values.

        Args:
            ei: Kind, error and traceback.

        Returns:
            Several lines.
        """
        return "" if ei[1] is None else told(ei[1])


class TextLines(_WithoutValues):
    """Lines for people."""

    def __init__(self) -> None:
        """Take the form of the lines."""
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Write one message.

        Args:
            record: The message.

        Returns:
            The line, with the request it belongs to where there is one, and a traceback below it.
        """
        record.exc_text = None  # another handler may have kept one with values
        line = super().format(record)
        number = _request_id()
        first, *rest = line.split("\n", 1)
        return "\n".join([f"{first} (request {number})" if number else first, *rest])


class JsonLines(_WithoutValues):
    """One JSON object per message: at, level, logger, message, request, whatever was passed as `extra`, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one message.

        Args:
            record: The message.

        Returns:
            One line of JSON.
        """
        line: dict[str, Any] = {
            "at": clock.iso(clock.now()),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": _QUERY.sub("?...", record.getMessage()),
        }
        if number := _request_id():
            line["request_id"] = number
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD | _NOT_WRITTEN}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def _request_id() -> str:
    return current.get()


def logging_settings(*, level: str, form: Literal["text", "json"]) -> dict[str, Any]:
    """Build the settings for `logging.config.dictConfig`.

    Args:
        level: Least weight that is written.
        form: Lines for people or for machines.

    Returns:
        The settings.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "text": {"()": "batchwright.site.log_lines.TextLines"},
            "json": {"()": "batchwright.site.log_lines.JsonLines"},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["stderr"], "level": level},
        # Django's own handlers mail administrators and write a second time; its messages go where all others go.
        # Of a request that was refused our own line tells; Django's would repeat the address.
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django.request": {"level": "ERROR"},
            "django.server": {"handlers": [], "propagate": True},
        },
    }
