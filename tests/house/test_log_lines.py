"""Log lines for people and for machines."""

import json
import logging
import logging.config
import sys

import pytest
from django.db import IntegrityError, OperationalError

from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.site import request_number
from batchwright.site.log_lines import JsonLines, TextLines, logging_settings


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
        raise NotImplementedError("a part")
    except NotImplementedError:
        record = logging.makeLogRecord({"msg": "failed", "exc_info": sys.exc_info()})
    line = JsonLines().format(record)
    assert "\n" not in line
    assert "NotImplementedError: a part" in json.loads(line)["traceback"]
    assert "test_log_lines.py" in json.loads(line)["traceback"]


VALUE = "7.9-of-lot-L-0042"


def failing_with(error: Exception) -> logging.LogRecord:
    """A log record of an error that came of another one, which holds the value as well."""
    try:
        try:
            raise ValueError(VALUE)
        except ValueError as inner:
            raise error from inner
    except Exception:  # noqa: BLE001 - any error
        return logging.makeLogRecord({"msg": "failed", "exc_info": sys.exc_info()})


@pytest.mark.requirement("11.10(c)")
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DomainError("pH is above its limit", value=VALUE, limit="7.6"), "pH is above its limit"),
        (KeyError(VALUE), "withheld"),
        (IntegrityError(f"duplicate key\nDETAIL: Key (name)=({VALUE}) already exists."), "withheld"),
        (OperationalError(f"the server closed the connection\nDETAIL: {VALUE}"), "the server closed the connection"),
        (PermissionError(13, "Permission denied", VALUE), "Permission denied"),
    ],
)
def test_no_value_of_the_plant_stands_in_a_log(error: Exception, words: str) -> None:
    record = failing_with(error)
    for formatter in (JsonLines(), TextLines()):
        line = formatter.format(record)
        assert VALUE not in line
        assert type(error).__name__ in line
        assert words in line


def test_a_line_says_which_request_it_belongs_to_and_repeats_no_query() -> None:
    record = logging.makeLogRecord({"msg": "Error handling /find?q=%s", "args": (VALUE,), "request": f"GET {VALUE}"})
    token = request_number.current.set("0123456789abcdef")
    try:
        said = json.loads(JsonLines().format(record))
        assert TextLines().format(logging.makeLogRecord({"msg": "x"})).endswith("x (request 0123456789abcdef)")
    finally:
        request_number.current.reset(token)
    assert said["request_id"] == "0123456789abcdef"
    assert VALUE not in json.dumps(said)


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
