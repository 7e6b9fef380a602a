"""What people read of a value: units as on a gauge, yes and no, and no name of a program."""

from batchwright.execution.entries.phases import PhaseAttempted
from batchwright.record.web.presentation import _words
from batchwright.site.templatetags.units import printed


def test_units_are_written_as_on_a_gauge() -> None:
    degrees = "\N{DEGREE SIGN}C"
    assert printed("91.0 Cel (80 Cel to 90 Cel)") == f"91.0 {degrees} (80 {degrees} to 90 {degrees})"
    assert printed("Cel") == "\N{DEGREE SIGN}C"
    assert printed("[pH]") == "pH"
    assert printed("39 mm[Hg]") == "39 mmHg"
    assert printed("12.1 10*6/mL") == "12.1 10\N{SUPERSCRIPT SIX}/mL"
    assert printed("1182000 {tablets}, at every batch size") == "1182000 tablets, at every batch size"
    assert printed("{tablets}") == "tablets"
    assert printed("1 {vials}") == "1 vial"
    assert printed("21 {vials}") == "21 vials"
    assert printed("Celsius of the code {x}") == "Celsius of the code {x}"


def test_an_attempt_is_told_in_words() -> None:
    def said(**values: object) -> str:
        kept = {name: {"text": value} if isinstance(value, str) else {"is": value} for name, value in values.items()}
        return PhaseAttempted(
            batch="B-1", path="clear", name="Clear the booth", attempt=1, verdict="accepted", values=kept
        ).sentence()

    assert said(point_1=True, point_2=True, rest="none") == "Batch B-1, Clear the booth: 2 points confirmed, rest none"
    assert said(point_1=True) == "Batch B-1, Clear the booth: 1 point confirmed"
    assert said(sieve_whole=False) == "Batch B-1, Clear the booth: sieve whole no"


def test_a_list_in_the_record_is_shown_in_words() -> None:
    entered = [{"field": "rest", "text": "202", "calibrated_until": None, "manual": True}]
    assert _words(entered) == "field rest, text 202, manual yes"
    assert _words([]) == "nothing"
