"""Log lines for people and for machines."""

import json
import logging
import logging.config
import sys

import pytest

from batchwright.kernel import clock
from batchwright.site.log_lines import JsonLines, logging_settings


def test_a_line_for_machines_is_one_json_object_with_what_was_passed() -> None:
    record = logging.makeLogRecord(
        {"name": "plant", "levelname": "INFO", "msg": "signed %d", "args": (7,), "subject": "lot/L-0042"}
    )
    with clock.frozen(clock.parse("2026-11-22T07:21:00.000000Z")):
        line = json.loads(JsonLines().format(record))
    assert line["at"] == "2026-11-22T07:21:00.000000Z"
    assert (line["level"], line["logger"], line["message"]) == ("INFO", "plant", "signed 7")
    assert line["subject"] == "lot/L-0042"
    assert "traceback" not in line


def test_an_error_carries_its_traceback_in_the_same_line() -> None:
    try:
        raise ValueError("pH")
    except ValueError:
        record = logging.makeLogRecord({"msg": "failed", "exc_info": sys.exc_info()})
    line = JsonLines().format(record)
    assert "\n" not in line
    assert "ValueError: pH" in json.loads(line)["traceback"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_settings_can_be_used(form: str, capfd: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        logging.config.dictConfig(logging_settings(level="INFO", form="json" if form == "json" else "text"))
        logging.getLogger("plant").info("checkpoint signed")
        root.handlers[0].flush()
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    assert "checkpoint signed" in capfd.readouterr().err
