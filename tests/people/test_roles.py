"""Roles: who may do what, proven for every role and every action."""

from datetime import timedelta

import pytest

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.people import access, entries, permissions, segregation, services
from batchwright.people.models import Assignment, Grant, Role
from batchwright.people.permissions import ACTIONS, MACHINES, ROLE_CODES, ROLES, Refused
from tests.people.plant import Plant

PEOPLE = {code: "sponsor_a" if code == "sponsor" else code for code in ROLE_CODES}


@pytest.mark.requirement("11.10(g)")
@pytest.mark.requirement("211.68(b)")
def test_every_role_holds_exactly_what_the_table_says(plant: Plant) -> None:
    for code in ROLE_CODES:
        actor = plant.actor(PEOPLE[code], code)
        held = {action.code for action in ACTIONS if access.may(actor, action.code)}
        assert held == {action.code for action in ACTIONS if code in action.roles}
        assert access.held(actor) == held, "a page that asks for all at once is told the same"


@pytest.mark.requirement("11.10(g)")
def test_the_table_keeps_administrators_out_of_manufacture_and_readers_from_writing() -> None:
    for action in ACTIONS:
        for role in ROLES:
            if role.code in action.roles:
                permissions.grantable(role.code, action.code)
    for action in ACTIONS:
        if action.gmp:
            with pytest.raises(Refused, match="without part in manufacture"):
                permissions.grantable("administrator", action.code)
        if action.changes and not action.gmp:
            with pytest.raises(Refused, match="only reads"):
                permissions.grantable("inspector", action.code)


@pytest.mark.requirement("11.10(g)")
@pytest.mark.parametrize("action", ["sign.performed", "sign.verified", "sign.released", "sign.approved"])
def test_an_administrator_cannot_sign_verify_or_release(plant: Plant, action: str) -> None:
    with pytest.raises(Refused):
        people.authorize(plant.actor("administrator"), action)


@pytest.mark.requirement("11.10(d)")
def test_an_unknown_action_or_role_is_denied(plant: Plant) -> None:
    with pytest.raises(Refused, match="no such action"):
        people.authorize(plant.actor("qa"), "universe.rule")
    stranger = record.Actor(id="qa", name="Qa", role="emperor")
    with pytest.raises(Refused):
        people.authorize(stranger, "user.read")
    with pytest.raises(Refused, match="no such role"):
        permissions.role("emperor")
    assert not permissions.holds(permissions.MATRIX, "emperor", "user.read")
    assert not permissions.holds(permissions.MATRIX, "qa", "universe.rule")
    assert permissions.holds(permissions.MATRIX, "qa", "user.read")
    assert permissions.holds(permissions.MATRIX, "console", "user.enrol")
    assert not permissions.holds(permissions.MATRIX, "console", "sign.released")


def test_processes_hold_their_own_few_actions_and_nobody_takes_their_role(plant: Plant) -> None:
    for pseudo, held in MACHINES.items():
        machine = record.Actor(id=f"{pseudo}-process", name=pseudo, role=pseudo)
        assert {one.code for one in ACTIONS if access.may(machine, one.code)} == access.held(machine) == held
        assert not any(code.startswith("sign.") for code in held)
    with pytest.raises(Refused):
        people.authorize(record.Actor(id="operator", name="Operator", role="site"), "user.enrol")
    with pytest.raises(Refused, match="no such role"):
        services.assign_role(actor=record.SITE, user=plant.user("operator"), role="console")


@pytest.mark.requirement("11.10(d)")
def test_an_actor_of_another_sponsor_or_a_role_not_held_is_denied(plant: Plant) -> None:
    for actor in (
        record.Actor(id="sponsor_a", name="A", role="sponsor", sponsor="BETA"),
        record.Actor(id="sponsor_a", name="A", role="sponsor"),
        record.Actor(id="operator", name="O", role="qa"),
        record.Actor(id="nobody", name="N", role="qa"),
    ):
        with pytest.raises(Refused):
            people.authorize(actor, "record.read")
        assert access.held(actor) == frozenset()


def test_a_person_acts_only_in_a_role_held(plant: Plant) -> None:
    with pytest.raises(Refused, match="does not hold this role"):
        people.actor_of(plant.user("operator"), "qa")


@pytest.mark.requirement("11.10(g)")
def test_nobody_assigns_roles_to_himself(plant: Plant) -> None:
    with pytest.raises(Refused, match="own roles"):
        services.assign_role(actor=plant.actor("administrator"), user=plant.user("administrator"), role="qa")
    own = Assignment.objects.get(user__username="qa")
    with pytest.raises(Refused, match="own roles"):
        services.withdraw_role(actor=plant.actor("qa"), assignment=own, reason="tired")


@pytest.mark.requirement("11.10(g)")
def test_an_administrator_never_holds_a_gmp_role_at_the_same_time(plant: Plant) -> None:
    qa = plant.actor("qa")
    with pytest.raises(Refused, match="no part in manufacture"):
        services.assign_role(actor=qa, user=plant.user("administrator"), role="operator")
    with pytest.raises(Refused, match="only reads"):
        services.assign_role(actor=qa, user=plant.user("inspector"), role="operator")
    tomorrow = clock.now() + timedelta(days=1)
    held = Assignment.objects.get(user__username="administrator")
    services.withdraw_role(actor=qa, assignment=held, reason="moves to the floor")
    services.assign_role(actor=qa, user=plant.user("administrator"), role="operator", valid_from=tomorrow)


def test_a_role_is_held_once_at_a_time_but_again_later(plant: Plant) -> None:
    qa, operator = plant.actor("qa"), plant.user("operator")
    now = clock.now()
    with pytest.raises(DomainError, match="holds this role already"):
        services.assign_role(actor=qa, user=operator, role="operator")
    services.assign_role(
        actor=qa, user=operator, role="supervisor", valid_from=now + timedelta(days=1),
        valid_until=now + timedelta(days=2),
    )  # fmt: skip
    services.assign_role(actor=qa, user=operator, role="supervisor", valid_from=now + timedelta(days=2))
    services.assign_role(actor=qa, user=operator, role="supervisor", valid_until=now + timedelta(days=1))
    assert people.current_role_codes(operator) == ["operator", "supervisor"]
    assert people.current_role_codes(operator, now - timedelta(days=1)) == []


@pytest.mark.requirement("11.300(b)")
def test_an_inspector_is_let_in_for_a_time_only(plant: Plant) -> None:
    qa = plant.actor("qa")
    services.enrol_user(actor=qa, username="visitor", printed_name="Visitor", reason="announced by the authority")
    with pytest.raises(Refused, match="for a time only"):
        services.assign_role(actor=qa, user=plant.user("visitor"), role="inspector")
    until = clock.now() + timedelta(days=3)
    services.assign_role(actor=qa, user=plant.user("visitor"), role="inspector", valid_until=until)
    with clock.frozen(until):
        assert people.current_role_codes(plant.user("visitor")) == []


def test_roles_suit_whom_they_are_given_to(plant: Plant) -> None:
    qa = plant.actor("qa")
    with pytest.raises(Refused, match="not for this person"):
        services.assign_role(actor=qa, user=plant.user("sponsor_a"), role="operator")
    with pytest.raises(Refused, match="not for this person"):
        services.assign_role(actor=qa, user=plant.user("operator"), role="sponsor")
    with pytest.raises(DomainError, match="end before it begins"):
        services.assign_role(actor=qa, user=plant.user("operator"), role="planner", valid_until=clock.now())


@pytest.mark.requirement("Annex 11, 10", "Annex 11, 12")
def test_a_withdrawn_role_stays_on_record_and_ends_once(plant: Plant) -> None:
    qa = plant.actor("qa")
    held = Assignment.objects.get(user__username="operator")
    services.withdraw_role(actor=qa, assignment=held, reason="moves to the laboratory")
    with pytest.raises(DomainError, match="has ended already"):
        services.withdraw_role(actor=qa, assignment=held, reason="again")
    assert Assignment.objects.filter(user__username="operator").count() == 1
    with pytest.raises(Refused):
        plant.actor("operator", "operator")


def test_the_table_is_seeded_once_and_a_revoked_action_is_not_granted_again(plant: Plant) -> None:
    assert services.seed_roles() is None
    assert Role.objects.count() == len(ROLES)
    administrator = plant.actor("administrator")
    services.revoke_action(actor=administrator, role="qa", action="record.checkpoint", reason="local rule")
    assert services.seed_roles() is None
    assert not Grant.objects.filter(role__code="qa", action="record.checkpoint").exists()
    with pytest.raises(DomainError, match="does not hold"):
        services.revoke_action(actor=administrator, role="qa", action="record.checkpoint", reason="again")
    services.grant_action(actor=administrator, role="qa", action="record.checkpoint", reason="rule changed")
    with pytest.raises(DomainError, match="holds this action already"):
        services.grant_action(actor=administrator, role="qa", action="record.checkpoint", reason="again")


def test_an_action_that_an_update_brings_is_seeded_for_its_roles(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = permissions.Action("lot.release", "Release a lot", frozenset({"qa"}), gmp=True)
    monkeypatch.setattr(permissions, "ACTIONS", (*ACTIONS, fresh))
    receipt = services.seed_roles()
    assert receipt is not None
    assert record.Entry.objects.get(seq=receipt.seq).data["actions"] == ["lot.release"]
    assert Grant.objects.get(action="lot.release").role.code == "qa"


@pytest.mark.requirement("11.10(g)")
@pytest.mark.requirement("Annex 11, 10")
def test_nobody_widens_the_own_role(plant: Plant) -> None:
    with pytest.raises(Refused, match="own role"):
        services.grant_action(actor=plant.actor("qa"), role="qa", action="sign.released", reason="quicker")
    with pytest.raises(Refused, match="own role"):
        services.revoke_action(actor=plant.actor("qa"), role="qa", action="user.read", reason="less")
    with pytest.raises(Refused, match="without part in manufacture"):
        services.grant_action(actor=plant.actor("qa"), role="administrator", action="sign.released", reason="no")


@pytest.mark.requirement("11.10(g)")
def test_nobody_verifies_own_work(plant: Plant) -> None:
    operator = plant.actor("operator")
    with pytest.raises(Refused, match="own work"):
        people.require_other_person(operator, "analyst", "operator")
    people.require_other_person(operator, "analyst")
    segregation.require_compatible(["operator", "supervisor"])


def test_a_person_goes_on_in_another_role_and_it_is_on_record(plant: Plant) -> None:
    services.assign_role(actor=record.SITE, user=plant.user("operator"), role="supervisor")
    after = services.switch_role(actor=plant.actor("operator"), user=plant.user("operator"), role="supervisor")
    assert after.role == "supervisor"
    entry = record.Entry.objects.order_by("-seq")[0]
    assert (entry.type, entry.actor_role, entry.data["before"]) == ("role.switched/1", "supervisor", "operator")
    with pytest.raises(Refused):
        services.switch_role(actor=after, user=plant.user("operator"), role="qa")


@pytest.mark.requirement("11.10(g)")
def test_a_page_asks_once_what_somebody_may_and_what_is_recorded_asks_again(plant: Plant) -> None:
    analyst = plant.actor("analyst")
    held = Assignment.objects.get(user=plant.user("analyst"))
    data = entries.StatementAccepted(username="analyst", edition="1", text="x")
    with access.one_look(analyst):
        assert access.may(analyst, "record.read")
        services.withdraw_role(actor=plant.actor("qa"), assignment=held, reason="moves")
        assert access.may(analyst, "record.read"), "the page that is being written"
        assert not access.may(plant.actor("operator"), "user.enrol"), "of somebody else each question is asked"
        with (
            pytest.raises(Refused, match="may not do this"),
            record.entry(data, actor=analyst, subject="x/y"),
        ):
            access.authorize(analyst, "record.read")
    assert not access.may(analyst, "record.read")
