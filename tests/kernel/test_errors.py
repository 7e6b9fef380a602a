"""Errors state value, limit and remedy, in one sentence and one by one."""

import pickle

import pytest

from batchwright.kernel.errors import BadInput, BatchwrightError, DomainError, Unavailable


def test_a_refusal_states_value_limit_and_remedy_in_one_sentence() -> None:
    error = DomainError(
        "pH is above its limit", value="7.9", limit="<= 7.6", remedy="Record an exception or measure again."
    )
    assert str(error) == "pH is above its limit: 7.9 (limit: <= 7.6). Record an exception or measure again."
    assert (error.message, error.value, error.limit) == ("pH is above its limit", "7.9", "<= 7.6")
    assert error.remedy == "Record an exception or measure again."


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (DomainError("the lot is on hold."), "the lot is on hold."),
        (DomainError("the lot is on hold", remedy="Ask quality."), "the lot is on hold. Ask quality."),
        (DomainError("too heavy", value=0), "too heavy: 0."),
        (DomainError("too heavy", limit=60), "too heavy (limit: 60)."),
        (Unavailable("the scale does not answer", value="SC-1"), "the scale does not answer: SC-1."),
        (BadInput("no number", file="a.csv", line=7, value="x"), "a.csv, line 7: no number: x."),
        (BadInput("empty", file="a.csv"), "a.csv: empty."),
        (BadInput("no number", line=7), "line 7: no number."),
        (BadInput("no number", limit="digits", remedy="Type digits."), "no number (limit: digits). Type digits."),
    ],
)
def test_what_is_not_known_is_left_out_of_the_sentence(error: BatchwrightError, sentence: str) -> None:
    assert str(error) == sentence


def test_bad_input_keeps_its_place_for_the_page_that_marks_the_line() -> None:
    error = BadInput("no number", file="a.csv", line=7)
    assert (error.file, error.line, error.place) == ("a.csv", 7, "a.csv, line 7")
    assert (BadInput("no number").file, BadInput("no number").line) == (None, None)


def test_an_error_is_the_same_when_it_comes_from_another_process() -> None:
    error = BadInput("no number", file="a.csv", line=7, value="x", limit="digits", remedy="Type digits.")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is BadInput
    assert (str(copy), vars(copy)) == (str(error), vars(error))


@pytest.mark.parametrize("kind", [DomainError, BadInput, Unavailable])
def test_whoever_catches_the_root_catches_every_refusal(kind: type[BatchwrightError]) -> None:
    with pytest.raises(BatchwrightError):
        raise kind("no")
