"""Review by exception: every check of a batch, with its verdict, its evidence, and why it is fine where it is.

A check *blocks* release, *needs judgement* of the reviewer, or is *fine*; nothing is left out, so that "218 checks
fine" can be opened to each with its why. What blocks is what no reviewer may pass over (21 CFR 211.192): an open
exception or deviation, a lot that is on hold or rejected, an open test, a result out of specification without a closed
investigation, a signature that is missing or older than what it signs, a record that does not verify. A review
releases nothing: a person does.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from batchwright.execution.exceptions import Severity
from batchwright.execution.reviewed import BatchFacts, PhaseFact, ValueFact
from batchwright.execution.states import State
from batchwright.kernel import clock

Verdict = Literal["fine", "needs judgement", "blocks"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    code: str
    about: str
    """What it is about: a path, a lot, a signature."""
    verdict: Verdict
    sentence: str
    why: str
    """Why it is fine, or what makes it something else."""
    evidence: str = ""

    @property
    def key(self) -> str:
        """Under which a judgement is kept; the sentence is in it, so that a judgement ends with its facts."""
        return f"{self.code}|{self.about}|{self.sentence}"


@dataclass(frozen=True, slots=True)
class Review:
    """All checks of a batch."""

    checks: tuple[Check, ...]

    def of(self, verdict: Verdict) -> tuple[Check, ...]:
        """The checks with a verdict, in the order of the rules."""
        return tuple(one for one in self.checks if one.verdict == verdict)

    @property
    def summary(self) -> str:
        """Such as ``1 blocks, 3 need judgement, 218 checks fine``."""
        counts = Counter(one.verdict for one in self.checks)
        return f"{counts['blocks']} block, {counts['needs judgement']} need judgement, {counts['fine']} checks fine"

    def open(self, judged: Mapping[str, str]) -> tuple[Check, ...]:
        """What keeps the batch from being released.

        Args:
            judged: The reviewer's judgements, by key of the check.

        Returns:
            What blocks, and what nobody has judged.
        """
        return tuple(
            one
            for one in self.checks
            if one.verdict == "blocks" or (one.verdict == "needs judgement" and not judged.get(one.key, "").strip())
        )


def review(batch: BatchFacts) -> Review:
    """Review a batch.

    Args:
        batch: What its record tells.

    Returns:
        Every check, those about the whole first.
    """
    return Review(tuple(check for rule in RULES for check in rule(batch)))


def the_record(batch: BatchFacts) -> Iterator[Check]:
    """The record verifies, and the batch has ended."""
    verdict: Verdict = "fine" if batch.record_whole else "blocks"
    why = "chain, proofs and tables agree" if batch.record_whole else "a record that does not verify proves nothing"
    yield Check("record", batch.batch, verdict, batch.record_sentence, why, batch.evidence)
    done = batch.state is State.COMPLETE
    yield Check(
        "state", batch.batch, "fine" if done else "blocks", f"The batch is {batch.state}",
        "its procedure has reached its end" if done else "only a batch that is Complete is released", batch.evidence,
    )  # fmt: skip


def the_recipe(batch: BatchFacts) -> Iterator[Check]:
    """What was executed is the version that was effective (21 CFR 211.100, 211.188(a))."""
    same = bool(batch.approved_master) and batch.master == batch.approved_master
    sentence = (
        "The control recipe is made from the effective master" if same else "It is not made from an effective master"
    )
    why = (
        f"both have the digest {batch.master[:12]}"
        if same
        else f"{batch.master[:12]}, and {batch.approved_master[:12] or 'none'}"
    )
    yield Check("recipe", batch.batch, "fine" if same else "blocks", sentence, why, batch.evidence)
    for one in batch.redlines:
        sentence = f"Redline {one.number}: {'; '.join(one.sentences)}"
        yield Check("redline", one.number, "needs judgement", sentence, "the running recipe was changed", one.evidence)
    if not batch.redlines:
        yield Check("redline", batch.batch, "fine", "No redline", "the recipe was executed as it was approved")


def the_exceptions(batch: BatchFacts) -> Iterator[Check]:
    """Exceptions and deviations are closed; the grave ones are judged even so."""
    for one in batch.exceptions:
        what = f"{one.number}, {one.raised.kind} ({one.raised.severity}): {one.raised.sentence}"
        if one.is_open:
            yield Check("exception", one.number, "blocks", what, "it is open", one.raised.path)
            continue
        signed = ", ".join(f"{given.meaning} by {given.by}" for given in one.signatures)
        verdict: Verdict = "fine" if one.raised.severity is Severity.MINOR else "needs judgement"
        yield Check("exception", one.number, verdict, what, f"closed; {signed}; impact: {one.impact}", one.raised.path)
    for deviation in batch.deviations:
        verdict = "blocks" if deviation.is_open else "needs judgement"
        why = "it is open" if deviation.is_open else "it is closed, and concerns this batch"
        yield Check(
            "deviation", deviation.number, verdict, f"{deviation.number}: {deviation.title}", why, deviation.evidence
        )


def the_phases(batch: BatchFacts) -> Iterator[Check]:
    """Each phase was performed, and checked by a second person where it asks for one (21 CFR 211.188(b)(11))."""
    for one in batch.phases:
        if one.state == "not performed":
            yield Check(
                "phase",
                one.path,
                "blocks",
                f"{one.name} was not performed",
                "it has begun and is not complete",
                one.evidence,
            )
        elif one.state == "skipped":
            yield Check(
                "phase", one.path, "needs judgement", f"{one.name} was skipped", "a redline took it out", one.evidence
            )
        else:
            at = clock.iso(one.at) if one.at is not None else "an unknown time"
            yield Check("phase", one.path, "fine", f"{one.name} was performed", f"by {one.by} at {at}", one.evidence)
            yield from _second_person(one)
        if one.refused:
            sentence = f"{one.name}: {one.refused} attempts were refused before"
            yield Check(
                "attempts", one.path, "needs judgement", sentence, "every attempt is kept, look at them", one.evidence
            )


def _second_person(phase: PhaseFact) -> Iterator[Check]:
    if not phase.needs_second:
        return
    if not phase.checked_by:
        yield Check(
            "second person",
            phase.path,
            "blocks",
            f"{phase.name} was checked by nobody",
            "a second person is asked for",
            phase.evidence,
        )
    elif phase.checked_by == phase.by:
        yield Check(
            "second person",
            phase.path,
            "blocks",
            f"{phase.name} was checked by its performer",
            phase.by,
            phase.evidence,
        )
    else:
        yield Check(
            "second person",
            phase.path,
            "fine",
            f"{phase.name} was checked",
            f"by {phase.checked_by}, not by {phase.by}",
            phase.evidence,
        )


def the_values(batch: BatchFacts) -> Iterator[Check]:
    """Each value is within its limits, from a source that may give it, of an instrument that was calibrated."""
    excepted = {(one.raised.path, one.raised.field) for one in batch.exceptions}
    for phase in batch.phases:
        for value in phase.values:
            yield _limits(phase, value, (phase.path, value.field) in excepted)
            if value.instrument:
                yield _instrument(phase, value)
            if value.critical and value.source == "manual" and not phase.checked_by:
                yield Check("critical entry", f"{phase.path} {value.field}", "blocks",
                            f"{phase.name}: {value.name} is critical and was entered by hand by one person",
                            "a second person checks a critical value (EU GMP Annex 11, 6)", value.evidence)  # fmt: skip


def _limits(phase: PhaseFact, value: ValueFact, excepted: bool) -> Check:
    about, sentence = f"{phase.path} {value.field}", f"{phase.name}: {value.name} {value.value}"
    if value.verdict in ("within", "no limit"):
        why = f"within {value.limit}" if value.verdict == "within" else "the recipe sets no limit"
        return Check("value", about, "fine", sentence, f"{why}; {value.source}", value.evidence)
    if not excepted:
        return Check(
            "value", about, "blocks", f"{sentence} is beyond {value.limit}", "no exception tells of it", value.evidence
        )
    return Check(
        "value",
        about,
        "needs judgement",
        f"{sentence} is beyond {value.limit}",
        "its exception tells why",
        value.evidence,
    )


def _instrument(phase: PhaseFact, value: ValueFact) -> Check:
    about = f"{phase.path} {value.field} {value.instrument}"
    until, at = value.calibrated_until, value.at
    good = until is not None and at is not None and at <= until
    shown = "is not known" if until is None else f"lasts until {clock.iso(until)}"
    verb = "was" if good else "was not"
    return Check(
        "calibration",
        about,
        "fine" if good else "blocks",
        f"{phase.name}: {value.instrument} {verb} calibrated",
        f"its calibration {shown}",
        value.evidence,
    )


def the_materials(batch: BatchFacts) -> Iterator[Check]:
    """Each lot that went in is approved, and was in date."""
    for one in batch.lots:
        if one.status != "approved":
            yield Check(
                "lot",
                one.number,
                "blocks",
                f"{one.number} of {one.material} is {one.status}",
                "it went into the batch",
                one.evidence,
            )
        elif not one.in_date:
            yield Check(
                "lot",
                one.number,
                "blocks",
                f"{one.number} of {one.material} had expired",
                "when it was used",
                one.evidence,
            )
        else:
            yield Check(
                "lot",
                one.number,
                "fine",
                f"{one.number} of {one.material}",
                "approved, and in date when it was used",
                one.evidence,
            )


def the_tests(batch: BatchFacts) -> Iterator[Check]:
    """Each test has a result; one out of specification has a closed investigation (21 CFR 211.192)."""
    for one in batch.tests:
        if one.state == "open":
            yield Check("test", one.name, "blocks", f"{one.name} is open", "it has no result", one.evidence)
        elif one.state == "within":
            yield Check("test", one.name, "fine", f"{one.name}: {one.result}", "within its specification", one.evidence)
        else:
            closed = one.investigation == "closed"
            why = (
                f"its investigation is {one.investigation}"
                if one.investigation != "none"
                else "it has no investigation"
            )
            sentence = f"{one.name}: {one.result} is out of specification"
            yield Check("test", one.name, "needs judgement" if closed else "blocks", sentence, why, one.evidence)


def the_signatures(batch: BatchFacts) -> Iterator[Check]:
    """Each signature is there, holds, is not older than what it signs, and no two on one thing are of one person."""
    signers: dict[tuple[str, str], str] = {}
    for one in batch.signatures:
        about = f"{one.of} {one.meaning}"
        what = f"{one.meaning} of {one.of}"
        before = signers.setdefault((one.of, one.by), one.meaning) if one.by else one.meaning
        late = one.at is not None and one.signed_at is not None and one.at < one.signed_at
        problem = (
            ("is missing", "the record asks for it") if not one.by or one.at is None
            else ("does not hold", "its proof does not fit what it signs") if not one.holds
            else ("is older than what it signs", f"signed {clock.iso(one.at)}") if late
            else (f"is by {one.by}, who signed {before} too", "it is another person's") if before != one.meaning
            else None
        )  # fmt: skip
        if problem is not None:
            yield Check("signature", about, "blocks", f"The signature {what} {problem[0]}", problem[1], one.evidence)
        else:
            yield Check("signature", about, "fine", f"The signature {what}", f"by {one.by}, and holds", one.evidence)


def the_equipment(batch: BatchFacts) -> Iterator[Check]:
    """Each unit was fit when it was used; each area was inspected before and after."""
    for one in batch.equipment:
        yield Check(
            "equipment",
            one.unit,
            "fine" if one.usable else "blocks",
            f"{one.unit} was {'fit' if one.usable else 'not fit'} for use",
            one.sentence,
            one.evidence,
        )
    for area, missing in batch.areas:
        for sentence in missing:
            yield Check(
                "area", area, "needs judgement", sentence, "an area is inspected before and after (211.188(b)(6))"
            )
        if not missing:
            yield Check("area", area, "fine", f"{area} was inspected", "before and after its use, by two people")


def the_yields(batch: BatchFacts) -> Iterator[Check]:
    """Each yield and reconciliation is known, and within its limits."""
    for one in batch.yields:
        if one.verdict == "not known":
            yield Check("yield", one.id, "blocks", one.sentence, "what cannot be reckoned cannot be reviewed")
        elif one.verdict == "within":
            yield Check("yield", one.id, "fine", one.name, one.sentence)
        else:
            yield Check(
                "yield",
                one.id,
                "needs judgement",
                one.sentence,
                f"it is beyond its {'alert ' * (one.verdict == 'alert')}limit",
            )


Rule = Callable[[BatchFacts], Iterator[Check]]
RULES: tuple[Rule, ...] = (
    the_record, the_recipe, the_exceptions, the_phases, the_values, the_materials, the_tests, the_signatures,
    the_equipment, the_yields,
)  # fmt: skip
"""Every rule, the most serious first."""
