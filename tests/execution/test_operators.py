"""Automatic operators bring batches to their end through the commands, alike for the same seed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from batchwright import record
from batchwright.execution import services
from batchwright.execution.adapters.modules import SimulatedModule
from batchwright.execution.models import Attempt, Run
from batchwright.execution.operators import Crew, Member, NobodyToAct, Policy
from batchwright.kernel import clock
from batchwright.people.evidence import PasswordEvidence
from batchwright.people.queries import signatures_on
from tests.execution.shift import Shift
from tests.people.plant import ADDRESS, PASSWORD

DRYER = Path(__file__).with_name("dryer.yaml").read_text("utf-8")


@contextmanager
def quick() -> Iterator[Callable[[float], None]]:
    """A plant in which time passes when it is waited for."""
    passed = timedelta()

    def let_pass(seconds: float) -> None:
        nonlocal passed
        passed += timedelta(seconds=seconds)

    began = clock.now()
    before = clock.set_source(lambda: began + passed)
    try:
        yield let_pass
    finally:
        clock.set_source(before)


def crew(shift: Shift, policy: Policy | None = None, **others: Any) -> Crew:
    """An operator and a supervisor."""
    members = [Member(shift.actor("operator")), Member(shift.actor("supervisor"))]
    return Crew(members, policy or Policy(), **others)


def test_a_crew_brings_a_batch_to_its_end_and_each_act_is_an_entry(shift: Shift) -> None:
    done = crew(shift).work(shift.batch())
    assert (done.state, done.waits) == ("Complete", "")
    assert done.widest == 2
    assert {one.what for one in done.acts} == {"performed", "checked"}
    assert len({one.seq for one in done.acts}) == len(done.acts)
    assert done.as_json()["phases"] == len(done.phases) >= 9


def test_the_same_seed_gives_the_same_acts_and_another_one_others(shift: Shift) -> None:
    def told(seed: int) -> list[tuple[str, str, str]]:
        done = crew(shift, Policy(seed=seed, order="any", hand_over=True)).work(shift.batch())
        assert done.state == "Complete"
        values = Attempt.objects.filter(batch__number=done.batch).order_by("id").values_list("run__path", "entered")
        return [(path, *(one["text"] for one in entered)) for path, entered in values]

    assert told(3) == told(3) != told(4)


@pytest.mark.requirement("ALCOA+ original")
def test_the_mistakes_of_a_crew_are_refused_or_raise_exceptions_until_a_person_has_to_judge(shift: Shift) -> None:
    done = crew(shift, Policy(seed=2, mistakes=1.0)).work(shift.batch())
    refused = [one for one in done.acts if one.what == "refused"]
    assert (bool(refused), done.state) == (True, "Running")
    assert "a critical exception is not assessed" in done.waits
    assert Attempt.objects.filter(batch__number=done.batch, verdict="refused").count() == len(refused) + 1
    assert all(one.said for one in refused)


def test_a_crew_waits_for_modules_and_for_times_and_stops_where_it_has_no_patience(
    shift: Shift, tmp_path: Path
) -> None:
    with quick() as let_pass:
        others: dict[str, Any] = {
            "module_of": lambda tag: SimulatedModule(tag, tmp_path),
            "let_pass": lambda seconds: let_pass(10 * seconds),  # who waits for hours looks seldom
        }
        batch = shift.batch(DRYER)
        hurried = crew(shift, **others, patience_seconds=5.0).work(batch)
        assert (hurried.state, hurried.acts, bool(hurried.waits)) == ("Running", [], True)
        done = crew(shift, **others, patience_seconds=7200.0).work(batch)
    assert (done.state, [one.name for one in done.acts]) == ("Complete", ["Take out"])


@pytest.mark.requirement("11.50(a)")
def test_who_signs_in_a_crew_signs_as_a_person(shift: Shift) -> None:
    source = DRYER.replace(
        "flow: [begin -> fluidise -> take_out -> end]", "flow: [begin -> fluidise -> take_out -> approve -> end]"
    ).replace(
        "            elements:\n              - {id: fluidise",
        "            elements:\n              - {id: approve, level: phase, name: Approve, phase: {kind: sign, "
        "meaning: verified, role: supervisor}}\n              - {id: fluidise",
    ).replace("at_least: 30 min", "at_most: 30 min")  # fmt: skip
    plant = shift.workshop.plant
    plant.accept("supervisor")
    session = plant.session("supervisor")

    def sign(run: Run) -> record.Receipt:
        meaning = "verified"
        shown = services.shown_for_step(run.batch, run.path)
        prepared = plant.prepare("supervisor", run, meaning, session, shown)
        return services.sign_step(
            actor=shift.actor("supervisor"), run=run, name=prepared.name, session=session, address=ADDRESS,
            given=PasswordEvidence(PASSWORD, "supervisor"),
        )  # fmt: skip

    unable = crew(shift)
    with pytest.raises(NobodyToAct, match="cannot sign"):
        unable.work(batch := shift.batch(source))
    able = Crew([Member(shift.actor("operator")), Member(shift.actor("supervisor"), sign)])
    done = able.work(batch)
    assert (done.state, done.acts[-1].what, done.acts[-1].by) == ("Complete", "signed", "supervisor")
    run = Run.objects.get(batch=batch, element="approve")
    assert [one.signature.meaning for one in signatures_on(shift.actor("qa"), run)] == ["verified"]
