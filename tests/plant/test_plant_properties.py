"""Whatever people do to units, in any order and however long they wait: the plant does what the rules say."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.plant import effective, judging, services, showing, states
from batchwright.plant.facts import Intended
from batchwright.plant.models import Campaign, LogbookLine, Use
from batchwright.plant.states import Command, Position, State
from tests.conftest import PlantDatabase, engine
from tests.execution.replaying import is_whole_and_replays
from tests.plant.floor import Floor, furnish

FLOOR: list[Floor] = []
NUMBER = [0]
PASSED = [timedelta(0)]
"""How long people waited in all, over every example: time never goes back in one plant."""
UNITS = st.integers(min_value=0, max_value=1)
PRODUCTS = st.sampled_from(["P-1", "P-2"])
BATCHES = st.sampled_from(["B-1", "B-2"])
CLEAN_HOLD = {"SOP-FULL": timedelta(hours=72), "SOP-MINOR": timedelta(hours=24)}


@dataclass
class Model:
    """What the rules say of one unit, written down a second time and simply."""

    position: Position = states.FIRST
    product: str | None = None
    batch: str | None = None
    last: str | None = None
    soiled_at: datetime | None = None
    cleaned: tuple[str, datetime, datetime | None] | None = None
    full: bool = False
    cleared: tuple[str, str] | None = None
    campaign: tuple[str, datetime] | None = None
    batches: int = 0
    log: list[str] = field(default_factory=list)

    def ready(self, product: str, batch: str, now: datetime) -> bool:
        """Whether this batch may begin now."""
        if self.position.state is not State.CLEAN or self.cleaned is None or self.cleared != (product, batch):
            return False
        code, at, soiled = self.cleaned
        in_time = code == "SOP-MINOR" or soiled is None or at - soiled < timedelta(hours=24)
        if now >= at + CLEAN_HOLD[code] or not in_time:
            return False
        same = self.campaign is not None and self.campaign[0] == product == self.last
        if self.campaign is not None:
            opened = self.campaign[1]
            if self.campaign[0] != product or self.batches >= 3 or now >= opened + timedelta(days=7):
                return False
        return self.full or self.last is None or same


class Using(RuleBasedStateMachine):
    """People who use, clean, verify, clear, hold, free, repair and wait."""

    @initialize()
    def begin_with_two_new_units(self) -> None:
        self.floor = FLOOR[0]
        self.models: list[Model] = []
        self.tags: list[str] = []
        for _ in range(2):
            NUMBER[0] += 1
            tag = f"U-{NUMBER[0]}"
            services.add_equipment(
                actor=self.floor.actor("qa"), tag=tag, name=tag, level="unit", parent=self.floor.unit("LINE"),
                equipment_class=self.floor.unit("GR-1").equipment_class,
            )  # fmt: skip
            self.floor.qualify(tag)
            self.tags.append(tag)
            self.models.append(Model(log=["taken_over"]))
        # The way it is meant to go, once: however the random steps fall, there is something to show.
        self.make_a_batch(1, "P-1", "B-1", "SOP-FULL")
        self.end(1)
        self.hold(1)

    def act(self, place: int, allowed: bool, kind: str, command: Any, name: str, **facts: Any) -> bool:
        """Act; what the plant does is what the model says, and what it refuses changes nothing."""
        tag = self.tags[place]
        version = self.floor.state(tag).version
        try:
            command(actor=self.floor.actor(name), unit=self.floor.unit(tag), **facts)
        except DomainError:
            assert not allowed
            assert self.floor.state(tag).version == version
            return False
        assert allowed, f"{kind} should have been refused"
        self.models[place].log.append(kind)
        return True

    def moved(self, place: int, command: Command, kind: str, service: Any, name: str, **facts: Any) -> bool:
        """Do what the pure table of states decides alone."""
        model = self.models[place]
        allowed = states.refusal(model.position, command) is None
        if self.act(place, allowed, kind, service, name, **facts):
            model.position = states.step(model.position, command)
            return True
        return False

    @rule(place=UNITS, product=PRODUCTS, batch=BATCHES)
    def use(self, place: int, product: str, batch: str) -> None:
        model, unit = self.models[place], self.floor.unit(self.tags[place])
        allowed = model.ready(product, batch, clock.now())
        goes_on = model.position.state is State.IN_USE and (model.product, model.batch) == (product, batch)
        assert judging.verdict_of(unit, None, Intended(product, batch)).usable is (allowed or goes_on)
        if self.act(place, allowed, "use_begun", services.begin_use, "operator", product=product, batch=batch):
            model.position = states.step(model.position, Command.BEGIN_USE)
            model.product, model.batch = product, batch
            model.batches += model.campaign is not None
            model.cleaned, model.full, model.cleared, model.soiled_at = None, False, None, None

    @rule(place=UNITS)
    def end(self, place: int) -> None:
        model = self.models[place]
        if self.moved(place, Command.END_USE, "use_ended", services.end_use, "operator"):
            model.last, model.product, model.batch, model.soiled_at = model.product, None, None, clock.now()

    @rule(place=UNITS, code=st.sampled_from(["SOP-FULL", "SOP-MINOR"]))
    def clean(self, place: int, code: str) -> None:
        model, procedure = self.models[place], self.floor.procedure(code)
        if self.moved(place, Command.CLEAN, "cleaned", services.clean_unit, "operator", procedure=procedure):
            at = self.floor.state(self.tags[place]).cleaning
            assert at is not None
            model.cleaned, model.cleared = (code, at.cleaned_at, model.soiled_at), None

    @rule(place=UNITS)
    def verify(self, place: int) -> None:
        model, done = self.models[place], self.floor.state(self.tags[place]).cleaning
        if done is None:
            return
        allowed = states.refusal(model.position, Command.VERIFY_CLEANING) is None

        def sign(*, actor: Any, unit: Any) -> None:
            self.floor.verify(done)

        if self.act(place, allowed, "cleaning_verified", sign, "supervisor"):
            model.position = states.step(model.position, Command.VERIFY_CLEANING)
            assert model.cleaned is not None
            model.full = model.full or model.cleaned[0] == "SOP-FULL"
            model.soiled_at = None

    @rule(place=UNITS, product=PRODUCTS, batch=BATCHES)
    def clear(self, place: int, product: str, batch: str) -> None:
        model, tag = self.models[place], self.tags[place]
        allowed = model.product is None and model.position.state is not State.OUT_OF_SERVICE
        if self.act(place, allowed, "cleared", services.clear_line, "operator", product=product, batch=batch):
            found = self.floor.state(tag).clearance
            assert found is not None
            self.floor.sign(
                "supervisor", found, showing.of_clearance(found), services.verify_clearance, clearance=found
            )
            model.log.append("clearance_verified")
            model.cleared = (product, batch)

    @rule(place=UNITS)
    def hold(self, place: int) -> None:
        self.moved(place, Command.HOLD, "held", services.hold_unit, "operator", reason="x")

    @rule(place=UNITS)
    def free(self, place: int) -> None:
        self.moved(place, Command.FREE, "freed", services.free_unit, "qa", reason="x")

    @rule(place=UNITS)
    def take_out(self, place: int) -> None:
        model = self.models[place]
        if self.moved(place, Command.TAKE_OUT, "taken_out", services.take_out, "process_engineer", reason="x"):
            model.cleaned, model.full, model.cleared = None, False, None

    @rule(place=UNITS)
    def bring_back(self, place: int) -> None:
        self.moved(
            place, Command.RETURN_TO_SERVICE, "returned", services.return_to_service, "process_engineer", reason="x"
        )

    @rule(place=UNITS, product=PRODUCTS)
    def open_campaign(self, place: int, product: str) -> None:
        model = self.models[place]
        allowed = model.campaign is None and model.product is None
        if self.act(place, allowed, "campaign_opened", services.open_campaign, "operator", product=product):
            opened = Campaign.objects.filter(unit__tag=self.tags[place]).latest("number").opened_at
            model.campaign, model.batches = (product, opened), 0

    @rule(place=UNITS)
    def close_campaign(self, place: int) -> None:
        model = self.models[place]
        allowed = model.campaign is not None and model.product is None
        if self.act(place, allowed, "campaign_closed", services.close_campaign, "operator"):
            model.campaign = None

    @rule(place=UNITS, product=PRODUCTS, batch=BATCHES, code=st.sampled_from(["SOP-FULL", "SOP-MINOR"]))
    def make_a_batch(self, place: int, product: str, batch: str, code: str) -> None:
        """The way it is meant to go, so that random steps get that far."""
        state = self.models[place].position.state
        if state is State.IN_USE:
            self.end(place)
        elif state is State.HELD:
            self.free(place)
        elif state is State.OUT_OF_SERVICE:
            self.bring_back(place)
        self.clean(place, code)
        self.verify(place)
        self.clear(place, product, batch)
        self.use(place, product, batch)

    @rule(hours=st.sampled_from([1, 25, 75]))
    def wait(self, hours: int) -> None:
        PASSED[0] += timedelta(hours=hours)

    @invariant()
    def each_unit_stands_where_the_pure_rules_say(self) -> None:
        for tag, model in zip(getattr(self, "tags", []), getattr(self, "models", []), strict=True):
            [state] = effective.states_of([self.floor.unit(tag)])
            assert effective.position(state, clock.now()) == model.position
            assert (None if state.use is None else state.use.batch) == model.batch

    def teardown(self) -> None:
        """The logbook tells exactly what was done, and every use that ended has its end."""
        for tag, model in zip(getattr(self, "tags", []), getattr(self, "models", []), strict=True):
            lines = LogbookLine.objects.filter(unit__tag=tag).order_by("id").values_list("kind", flat=True)
            assert list(lines) == model.log
            assert Use.objects.filter(unit__tag=tag, ended_at__isnull=True).count() == (model.batch is not None)


@pytest.mark.slow
@pytest.mark.requirement("11.10(a)")
@pytest.mark.requirement("211.182")
def test_whatever_people_do_the_plant_keeps_its_rules_and_a_replay_of_the_record_equals_it(
    plant_database: PlantDatabase, tmp_path: Path
) -> None:
    real = clock.set_source(lambda: real() + PASSED[0])
    try:
        FLOOR[:] = [furnish()]
        run_state_machine_as_test(
            Using,
            settings=settings(
                max_examples=10 if engine() == "sqlite" else 5,
                stateful_step_count=30, deadline=None, database=None, print_blob=True,
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
        done = set(LogbookLine.objects.values_list("kind", flat=True))
        assert {"use_begun", "use_ended", "held"} <= done, "too few steps were taken to show anything"
        assert is_whole_and_replays(tmp_path)
    finally:
        clock.set_source(real)
