"""Whether a unit is fit for use at a time: every rule in one place, computed from facts alone.

Facts are those that were effective at the time asked; whoever collects them sees to that, and a state that begins later
is refused. A limit holds until its moment and no longer: at the moment itself it has lapsed. Sources: 21 CFR 211.67(b)
(cleaning and its hold times), 211.68(a) (calibration), 211.130(e) (line clearance), 211.182 (product changeover);
EU GMP Part I 5.19 to 5.21 (campaigns), Annex 15 sections 3, 4 and 10 (qualification, cleaning validation).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from batchwright.kernel.errors import DomainError
from batchwright.plant.facts import (
    REQUALIFICATION,
    CleaningFact,
    ClearanceFact,
    Extent,
    Intended,
    QualificationFact,
    UnitFacts,
)
from batchwright.plant.reasons import because
from batchwright.plant.reasons import marked as _
from batchwright.plant.states import State
from batchwright.plant.verdicts import Obstacle, Remedy, Verdict

REMEDIES: Final[Mapping[Remedy, str]] = MappingProxyType(
    {
        Remedy.CLEAN: _("Clean it"),
        Remedy.CLEAN_FULLY: _("Clean it by a full procedure"),
        Remedy.VERIFY_CLEANING: _("Let a second person verify the cleaning"),
        Remedy.CLEAR_LINE: _("Clear the line for the batch"),
        Remedy.VERIFY_CLEARANCE: _("Let a second person verify the line clearance"),
        Remedy.END_USE: _("Wait for the end of its use, or end it"),
        Remedy.FREE: _("Ask quality assurance to free it"),
        Remedy.RETURN_TO_SERVICE: _("Return it to service"),
        Remedy.CLOSE_CAMPAIGN: _("Close the campaign"),
        Remedy.QUALIFY: _("Qualify it"),
        Remedy.CALIBRATE: _("Calibrate the instrument"),
        Remedy.APPROVE_CALIBRATION: _("Let quality assurance approve the calibration"),
        Remedy.CHECK: _("Check the instrument"),
        Remedy.USE_ANOTHER: _("Use another one"),
    }
)
"""What people are told to do."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """A moment at which a rule begins to speak, or would have if it does not speak already."""

    at: datetime


_Told = Iterator[Obstacle | _Turn]


def needed_cleaning(facts: UnitFacts, product: str) -> Extent:
    """How far the unit has to be cleaned before this product.

    Args:
        facts: The unit.
        product: What is to be made.

    Returns:
        What the changeover rule says: that of one campaign where the product was made last within the open campaign.
    """
    within = facts.campaign is not None and facts.campaign.product == product
    same = facts.last_use is not None and facts.last_use.product == product
    return facts.changeover.same_product if within and same else facts.changeover.other_product


def follows_without_cleaning(facts: UnitFacts, product: str) -> bool:
    """Whether the changeover rule lets a batch of this product follow on the unit as it is."""
    return needed_cleaning(facts, product) is Extent.NONE


def judge(facts: UnitFacts, at: datetime, intended: Intended | None = None) -> Verdict:
    """Say whether a unit can be used.

    Args:
        facts: What was effective at that time.
        at: The time; aware.
        intended: What is to be made; without it, changeover and clearance are told as conditions.

    Returns:
        The verdict, the most serious obstacle first.

    Raises:
        DomainError: The facts begin after the time asked.
    """
    if facts.since > at:
        raise DomainError(
            "the facts are younger than the time asked", value=facts.since, limit=at,
            remedy="Collect the facts as they were at that time.",
        )  # fmt: skip
    told = [
        *_stopped(facts), *_in_use(facts, intended), *_cleanliness(facts, at, intended),
        *_campaign(facts, at, intended), *_qualification(facts, at), *_calibration(facts, at),
    ]  # fmt: skip
    obstacles = [one for one in told if isinstance(one, Obstacle)]
    turns = [one.at for one in told if isinstance(one, _Turn) and one.at > at]
    needs = conditions(facts, intended)
    changes_at = min(turns, default=None)
    if intended is not None:
        return Verdict(at, (*obstacles, *needs), changes_at=changes_at)
    return Verdict(at, tuple(obstacles), needs, changes_at)


def require_usable(judged: Verdict, what: str) -> None:
    """Refuse what cannot be used.

    Args:
        judged: The verdict.
        what: What people call the thing.

    Raises:
        DomainError: If something speaks against it; every reason and the first remedy are told.
    """
    if judged.remedy is not None:
        why = "; ".join(str(reason) for reason in judged.reasons)
        raise DomainError(f"{what} cannot be used", value=why, remedy=f"{REMEDIES[judged.remedy]}.")


def conditions(facts: UnitFacts, intended: Intended | None = None) -> tuple[Obstacle, ...]:
    """Say what the next batch asks for beside a unit that is in order: changeover and clearance of the line.

    Args:
        facts: The unit.
        intended: What is to be made; None where that is not known yet.

    Returns:
        What is still to be done; nothing while the unit is in use.
    """
    return () if _underlying(facts) is State.IN_USE else tuple(_changeover(facts, intended))


def _underlying(facts: UnitFacts) -> State:
    """The state that matters under a hold; a unit out of service is neither clean nor dirty."""
    before = facts.position.before
    return before if facts.position.state is State.HELD and before is not None else facts.position.state


def _stopped(facts: UnitFacts) -> _Told:
    if facts.position.state is State.OUT_OF_SERVICE:
        out = _("out of service since %(since)s: %(why)s")
        reason = because("out-of-service", out, since=facts.since, why=facts.why)
        yield Obstacle(reason, Remedy.RETURN_TO_SERVICE, facts.since)
    if facts.position.state is State.HELD:
        reason = because("held", _("held since %(since)s: %(why)s"), since=facts.since, why=facts.why)
        yield Obstacle(reason, Remedy.FREE, facts.since)


def _in_use(facts: UnitFacts, intended: Intended | None) -> _Told:
    if _underlying(facts) is not State.IN_USE:
        return
    use = facts.use
    if use is None or intended is None or (use.product, use.batch) != (intended.product, intended.batch):
        reason = because(
            "in-use", _("in use since %(since)s for batch %(batch)s"),
            since=use.began_at if use else facts.since, batch=use.batch if use else "-",
        )  # fmt: skip
        yield Obstacle(reason, Remedy.END_USE, use.began_at if use else facts.since)


def _cleanliness(facts: UnitFacts, at: datetime, intended: Intended | None) -> _Told:
    state, cleaning = _underlying(facts), facts.cleaning
    if state is State.DIRTY and facts.position.unverified and cleaning is not None:
        reason = because(
            "cleaning-not-verified", _("cleaned at %(since)s, not yet verified by a second person"),
            since=cleaning.cleaned_at,
        )  # fmt: skip
        yield Obstacle(reason, Remedy.VERIFY_CLEANING, cleaning.cleaned_at)
    elif state is State.DIRTY:
        yield from _dirty(facts, at, intended)
    elif state is State.CLEAN and cleaning is None:
        yield Obstacle(because("no-cleaning", _("no cleaning is on record")), Remedy.CLEAN_FULLY, facts.since)
    elif state is State.CLEAN and cleaning is not None:
        yield from _clean(cleaning, at)


def _dirty(facts: UnitFacts, at: datetime, intended: Intended | None) -> _Told:
    last = facts.last_use
    soiled = last.ended_at if last is not None and last.ended_at is not None else None
    if intended is not None and last is not None and follows_without_cleaning(facts, intended.product):
        return
    limit = soiled + facts.dirty_hold if soiled is not None and facts.dirty_hold is not None else None
    if limit is not None:
        yield _Turn(limit)
    if limit is not None and at >= limit:
        reason = because(
            "dirty-hold-exceeded", _("dirty for longer than the %(hold)s that its cleaning allows, by %(ago)s"),
            hold=facts.dirty_hold, ago=at - limit,
        )  # fmt: skip
        yield Obstacle(reason, Remedy.CLEAN_FULLY, limit)
    full = intended is not None and needed_cleaning(facts, intended.product) is Extent.FULL
    remedy = Remedy.CLEAN_FULLY if full else Remedy.CLEAN
    if soiled is None:
        yield Obstacle(because("dirty", _("not cleaned since %(since)s"), since=facts.since), remedy, facts.since)
    else:
        batch = last.batch if last is not None else ""
        reason = because("dirty", _("dirty since %(since)s, after batch %(batch)s"), since=soiled, batch=batch)
        yield Obstacle(reason, remedy, soiled)


def _clean(cleaning: CleaningFact, at: datetime) -> _Told:
    waited = cleaning.cleaned_at - cleaning.soiled_at if cleaning.soiled_at is not None else None
    if waited is not None and cleaning.dirty_hold is not None and waited >= cleaning.dirty_hold:
        reason = because(
            "cleaned-too-late", _("it was dirty for %(waited)s before %(procedure)s, which allows %(hold)s"),
            waited=waited, procedure=cleaning.procedure, hold=cleaning.dirty_hold,
        )  # fmt: skip
        yield Obstacle(reason, Remedy.CLEAN_FULLY, cleaning.cleaned_at)
    if cleaning.clean_hold is None:
        return
    limit = cleaning.cleaned_at + cleaning.clean_hold
    yield _Turn(limit)
    if at >= limit:
        reason = because(
            "cleaning-expired", _("cleaning expired %(ago)s ago (%(procedure)s holds for %(hold)s)"),
            ago=at - limit, procedure=cleaning.procedure, hold=cleaning.clean_hold,
        )  # fmt: skip
        yield Obstacle(reason, Remedy.CLEAN, limit)


def _campaign(facts: UnitFacts, at: datetime, intended: Intended | None) -> _Told:
    campaign = facts.campaign
    if campaign is None or _underlying(facts) is State.IN_USE:
        return
    if intended is not None and intended.product != campaign.product:
        reason = because(
            "other-campaign", _("a campaign of %(open)s is open, and %(product)s is to be made"),
            open=campaign.product, product=intended.product,
        )  # fmt: skip
        yield Obstacle(reason, Remedy.CLOSE_CAMPAIGN, campaign.opened_at)
    if campaign.max_batches is not None and campaign.batches >= campaign.max_batches:
        reason = because(
            "campaign-full", _("the campaign of %(product)s has had %(batches)s batches of %(limit)s"),
            product=campaign.product, batches=campaign.batches, limit=campaign.max_batches,
        )  # fmt: skip
        yield Obstacle(reason, Remedy.CLOSE_CAMPAIGN)
    if campaign.max_days is None:
        return
    limit = campaign.opened_at + timedelta(days=campaign.max_days)
    yield _Turn(limit)
    if at >= limit:
        reason = because(
            "campaign-too-long", _("the campaign of %(product)s ended its %(days)s days %(ago)s ago"),
            product=campaign.product, days=campaign.max_days, ago=at - limit,
        )  # fmt: skip
        yield Obstacle(reason, Remedy.CLOSE_CAMPAIGN, limit)


def _qualification(facts: UnitFacts, at: datetime) -> _Told:
    told: set[QualificationFact] = set()
    done = [one for one in facts.qualifications if one.qualified_at <= at]
    for stage in facts.stages:
        if not any(one.stage == stage for one in done):
            yield Obstacle(because("not-qualified", _("%(stage)s is missing"), stage=stage), Remedy.QUALIFY)
            continue
        latest = max((one for one in done if one.stage in (stage, REQUALIFICATION)), key=lambda one: one.qualified_at)
        if latest.due_at is None or latest in told:
            continue
        told.add(latest)
        yield _Turn(latest.due_at)
        if at >= latest.due_at:
            reason = because(
                "qualification-lapsed", _("%(stage)s lapsed %(ago)s ago (%(document)s)"),
                stage=latest.stage, ago=at - latest.due_at, document=latest.document,
            )  # fmt: skip
            yield Obstacle(reason, Remedy.QUALIFY, latest.due_at)


def _calibration(facts: UnitFacts, at: datetime) -> _Told:
    for mounted in facts.instruments:
        if mounted.held:
            reason = because("instrument-held", _("%(tag)s is held: %(why)s"), tag=mounted.tag, why=mounted.held)
            yield Obstacle(reason, Remedy.CALIBRATE)
        if mounted.due_at is None:
            reason = because("not-calibrated", _("%(tag)s is not calibrated"), tag=mounted.tag)
            yield Obstacle(reason, Remedy.CALIBRATE)
            continue
        yield _Turn(mounted.due_at)
        if at >= mounted.due_at:
            reason = because(
                "calibration-overdue", _("calibration of %(tag)s is overdue for %(ago)s"),
                tag=mounted.tag, ago=at - mounted.due_at,
            )  # fmt: skip
            yield Obstacle(reason, Remedy.CALIBRATE, mounted.due_at)


def _changeover(facts: UnitFacts, intended: Intended | None) -> Iterator[Obstacle]:
    """What depends on the batch to come: a full cleaning before another product, and the clearance of the line."""
    cleaning, last = facts.cleaning, facts.last_use
    if _underlying(facts) is State.CLEAN and cleaning is not None and last is not None and not facts.full_cleaning:
        if intended is None:
            reason = because(
                "changeover", _("a full cleaning is needed before another product than %(last)s"), last=last.product
            )
            yield Obstacle(reason, Remedy.CLEAN_FULLY)
        elif needed_cleaning(facts, intended.product) is Extent.FULL:
            reason = because(
                "changeover", _("after %(last)s a full cleaning is needed before %(product)s; %(procedure)s was minor"),
                last=last.product, product=intended.product, procedure=cleaning.procedure,
            )  # fmt: skip
            yield Obstacle(reason, Remedy.CLEAN_FULLY)
    if facts.changeover.needs_clearance:
        yield from _clearance(facts.clearance, intended)


def _clearance(found: ClearanceFact | None, intended: Intended | None) -> Iterator[Obstacle]:
    if found is None:
        yield Obstacle(because("no-clearance", _("the line is not cleared")), Remedy.CLEAR_LINE)
    elif intended is not None and (found.product, found.batch) != (intended.product, intended.batch):
        reason = because(
            "other-clearance", _("the line is cleared for batch %(batch)s, not for %(wanted)s"),
            batch=found.batch, wanted=intended.batch,
        )  # fmt: skip
        yield Obstacle(reason, Remedy.CLEAR_LINE, found.cleared_at)
    elif found.verified_at is None:
        reason = because(
            "clearance-not-verified", _("the line was cleared at %(since)s, not yet verified by a second person"),
            since=found.cleared_at,
        )  # fmt: skip
        yield Obstacle(reason, Remedy.VERIFY_CLEARANCE, found.cleared_at)
