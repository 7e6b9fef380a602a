"""Log lines for people, or one JSON object per line for machines; on stderr, where a service manager finds them."""

import json
import logging
from typing import Any, Literal

from batchwright.kernel import clock

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """One JSON object per message: at, level, logger, message, whatever was passed as `extra`, and the traceback."""

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
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


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
            "text": {"format": "%(asctime)s %(levelname)-7s %(name)s: %(message)s"},
            "json": {"()": "batchwright.site.log_lines.JsonLines"},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["stderr"], "level": level},
        # Django's own handlers mail administrators and write a second time; its messages go where all others go.
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
        },
    }
