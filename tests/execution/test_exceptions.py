"""An exception is signed by as many people as it is grave, and stands in the way until it is closed."""

from datetime import timedelta
from typing import Any, Literal

import pytest

from batchwright.execution.exceptions import (
    SEVERITY,
    BatchException,
    Given,
    Kind,
    Severity,
    blocks_completion,
    blocks_release,
    missing,
    raise_severity,
    raised,
    severity_of,
    sign,
)
from batchwright.kernel.errors import DomainError
from tests.execution.graphs import START


def exception(kind: Kind = Kind.OUT_OF_LIMIT, **changes: Any) -> BatchException:
    classification: Literal["none", "KPP", "CPP"] = changes.pop("classification", "none")
    given = {"cause": "drift", "impact": "none", **changes}
    return BatchException(
        number="X-1",
        raised=raised(kind, "pH 7.9 is above 7.6", classification=classification),
        at=START,
        by="operator",
        **given,
    )


def by(person: str, role: str, meaning: str, minutes: int = 5) -> Given:
    return Given(by=person, role=role, meaning=meaning, at=START + timedelta(minutes=minutes))


REVIEW, APPROVE = by("sup", "supervisor", "reviewed"), by("qa1", "qa", "approved", 9)


def test_every_kind_has_a_severity_and_a_limit_has_that_of_its_parameter() -> None:
    assert set(SEVERITY) == set(Kind)
    assert severity_of(Kind.OUT_OF_LIMIT, "CPP") is Severity.CRITICAL
    assert severity_of(Kind.OUT_OF_LIMIT, "KPP") is Severity.MAJOR
    assert severity_of(Kind.OUT_OF_LIMIT) is Severity.MINOR
    assert severity_of(Kind.REDLINE, "CPP") is Severity.MAJOR


@pytest.mark.parametrize(
    ("kind", "classification", "signatures"),
    [
        (Kind.LATE_ENTRY, "none", [REVIEW]),
        (Kind.OUT_OF_LIMIT, "KPP", [REVIEW, APPROVE]),
        (Kind.OUT_OF_LIMIT, "CPP", [REVIEW, by("qp1", "qualified_person", "approved", 9)]),
    ],
)
@pytest.mark.requirement("211.192")
@pytest.mark.requirement("Exception: signatures")
def test_one_or_two_signatures_close_it(kind: Kind, classification: Any, signatures: list[Given]) -> None:
    found = exception(kind, classification=classification)
    assert blocks_release([found]) == (found,)
    for given in signatures:
        assert found.is_open
        found = sign(found, given)
    assert not found.is_open
    assert found.closed == signatures[-1].at
    assert missing(found) == ()
    assert blocks_release([found]) == blocks_completion([found]) == ()
    with pytest.raises(DomainError, match="is closed"):
        sign(found, signatures[-1])


@pytest.mark.parametrize(
    ("changes", "given", "why"),
    [
        ({"cause": " "}, REVIEW, "cause and impact are not written"),
        ({"impact": ""}, REVIEW, "cause and impact are not written"),
        ({}, APPROVE, "another meaning than the next one: approved .limit: reviewed"),
        ({}, by("x", "operator", "reviewed"), "this role does not sign this: operator"),
        ({}, by("operator", "supervisor", "reviewed"), "another person's"),
        ({}, by("sup", "supervisor", "reviewed", -1), "older than what it signs"),
        ({"signatures": (REVIEW,)}, by("sup", "qa", "approved", 9), "another person's"),
        ({"signatures": (REVIEW,)}, by("qa1", "qa", "approved", 4), "older than what it signs"),
    ],
)
def test_a_signature_that_is_none_is_refused(changes: dict[str, Any], given: Given, why: str) -> None:
    with pytest.raises(DomainError, match=why):
        sign(exception(Kind.REDLINE, **changes), given)


def test_it_is_made_graver_before_it_is_signed_and_never_less_grave() -> None:
    found = raise_severity(exception(Kind.REDLINE), Severity.CRITICAL)
    assert found.raised.severity is Severity.CRITICAL
    with pytest.raises(DomainError, match="not made less grave"):
        raise_severity(found, Severity.MAJOR)
    with pytest.raises(DomainError, match="has been signed as it is"):
        raise_severity(sign(exception(Kind.REDLINE), REVIEW), Severity.CRITICAL)


def test_completion_waits_for_what_is_critical_and_unassessed() -> None:
    grave = exception(Kind.MATERIAL)
    assert blocks_completion([grave, exception(Kind.REDLINE)]) == (grave,)
    assert blocks_completion([sign(grave, REVIEW)]) == ()
