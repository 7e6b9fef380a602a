# long-file: one table of every address, beside what asks it
"""Every address, asked by every role, by another sponsor's person and by a stranger: what each gets is declared here.

An address that is missing in the table fails, and so does one that answers otherwise than declared. What a person of
another sponsor may not know of is 404, as if it did not exist; what a role may not do is 403, before anything is read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import Settings

from batchwright import record
from batchwright.people import services
from batchwright.people.models import Assignment, Edition, Passkey, TrainingRecord
from batchwright.people.permissions import MATRIX, ROLE_CODES
from tests.conftest import engine
from tests.people import passkeys
from tests.people.alphas import a_file_of_alpha, a_unit, batch_of_alpha, materials_of_alpha, recipe_of_alpha
from tests.people.plant import Plant

ALL = "account.use"
LOG_INS = (*(code for code in ROLE_CODES if code != "sponsor"), "sponsor_a", "sponsor_b")


@dataclass(frozen=True)
class Asked:
    """What an address answers.

    Args:
        action: What must be held; "" where everybody is answered alike, strangers too.
        of: Whose it is: the log-in of a sponsor's person, or of somebody whose own it is; "" for everybody.
        answer: Status for who may.
        stranger: Status for who is not signed in.
        arguments: Names of arguments of the address, by `World`.
        foreign: Status for who may not know of it.
        some: Other statuses for some log-ins, with the reason beside the line.
    """

    action: str = ALL
    of: str = ""
    answer: int = 200
    stranger: int = 302
    arguments: tuple[str, ...] = ()
    foreign: int = 404
    some: dict[str, int] = field(default_factory=dict)

    def status(self, log_in: str) -> int:
        """What one log-in gets."""
        role = "sponsor" if log_in.startswith("sponsor_") else log_in
        if log_in in self.some:
            return self.some[log_in]
        if self.action and role not in MATRIX[self.action]:
            return 403
        if self.of.startswith("sponsor_") and role == "sponsor" and log_in != self.of:
            return self.foreign
        if self.of and not self.of.startswith("sponsor_") and log_in != self.of:
            return self.foreign
        return self.answer


def everybody(answer: int = 200, **others: Any) -> Asked:
    """Strangers too, for example the log-in page."""
    return Asked(action="", answer=answer, stranger=others.pop("stranger", answer), **others)


def api(action: str, **others: Any) -> Asked:
    """The JSON edge answers a stranger with 401."""
    return Asked(action=action, stranger=401, **others)


def plant_page(action: str, **others: Any) -> Asked:
    """A page of the plant's own equipment: a sponsor's people get 404 whatever it is."""
    return Asked(action=action, some={"sponsor_a": 404, "sponsor_b": 404}, **others)


PERSON = {"of": "sponsor_a", "arguments": ("username",)}
RECIPE = {"of": "sponsor_a", "arguments": ("recipe",)}
VERSION = {"of": "sponsor_a", "arguments": ("recipe", "draft")}
URLS: dict[str, Asked] = {
    # the shell
    "home": Asked(),
    "now_rows": Asked("batch.read"),
    "now_day": Asked("batch.read"),
    "tour": Asked("batch.read"),
    "find": Asked(),
    "theme": Asked(answer=405),
    "parts": Asked(),
    "health": everybody(),
    "metrics": everybody(),  # from this machine; the rest is in tests/site/test_metrics.py
    "site_health": Asked("site.watch"),
    # log-in: who is signed in is sent on
    "account_login": everybody(302, stranger=200),
    "account_logout": everybody(200, stranger=302),
    "mfa_authenticate": everybody(302),
    "mfa_login_webauthn": everybody(302),
    "openid_connect_login": everybody(404, arguments=("provider",)),
    "openid_connect_callback": everybody(404, arguments=("provider",)),
    # people
    "people:people": Asked("user.read"),
    "people:enrol": Asked("user.enrol"),
    "people:roles": Asked("role.read"),
    "people:sponsors": Asked("user.read"),
    "people:sponsor-enrol": Asked("user.enrol"),
    "people:withdraw": Asked("role.assign", arguments=("assignment",)),
    "people:person": Asked("user.read", **PERSON),  # type: ignore[arg-type]
    "people:change": Asked("user.change", **PERSON),  # type: ignore[arg-type]
    "people:disable": Asked("user.disable", **PERSON),  # type: ignore[arg-type]
    "people:enable": Asked("user.disable", **PERSON),  # type: ignore[arg-type]
    "people:unlock": Asked("user.unlock", **PERSON),  # type: ignore[arg-type]
    "people:reset": Asked("user.reset", **PERSON),  # type: ignore[arg-type]
    "people:remove-codes": Asked("user.reset", **PERSON),  # type: ignore[arg-type]
    "people:assign": Asked("role.assign", **PERSON),  # type: ignore[arg-type]
    "people:revoke-passkey": Asked("user.reset", arguments=("keeper", "passkey")),
    # training
    "people:training": Asked("training.read"),
    "people:training-plan": Asked("training.plan"),
    "people:qualification-define": Asked("training.define"),
    "people:qualification": Asked("training.read", arguments=("qualification",)),
    "people:edition-issue": Asked("training.define", arguments=("qualification",)),
    "people:training-record": Asked("training.read", arguments=("training",)),
    "people:training-correct": Asked("training.plan", arguments=("training",)),
    # nobody in this plant has accepted the statement yet but the two who signed alpha's recipe
    "people:training-sign": Asked(
        "sign.read_and_understood", answer=403, arguments=("training", "meaning"),
        some={"process_engineer": 200, "qa": 200},
    ),
    # the own account
    "people:account": Asked(),
    "people:act_as": Asked(answer=405),
    "people:password": Asked(),
    "people:statement": Asked(),
    "people:codes": Asked(),
    "people:codes-remove": Asked(),
    "people:passkey-enrol": Asked(),
    "people:passkey-revoke": Asked(of="operator", arguments=("passkey",)),
    "people:session-end": Asked(answer=405, arguments=("session",)),
    # the record
    "record_entries": Asked("record.read"),
    "record_entry": Asked("record.read", of="sponsor_a", arguments=("seq",)),
    "record_entry_bytes": Asked("record.read", of="sponsor_a", arguments=("seq",)),
    "record_attachment": Asked("record.read", of="sponsor_a", arguments=("filed", "sha256")),
    "record_export": Asked("record.export", of="sponsor_a", answer=405, foreign=405, arguments=("subject",)),
    "record_subject": Asked("record.read", of="sponsor_a", arguments=("subject",)),
    "record_checkpoints": Asked("record.read"),
    "record_checkpoint": Asked("record.read", answer=404, arguments=("tree_size",)),
    "record_checkpoint_note": Asked("record.read", answer=404, arguments=("tree_size",)),
    "record_log_checkpoint": everybody(404),
    "record_log_consistency": everybody(400),
    "record_log_cosignatures": everybody(405),
    "record_verify": Asked("record.verify"),
    "record_run": Asked("record.verify", answer=404, arguments=("run",)),
    "record_run_progress": Asked("record.verify", answer=404, arguments=("run",)),
    "record_run_cancel": Asked(answer=405, arguments=("run",)),
    # the JSON edge
    "api:openapi-json": api(ALL),
    "api:api-root": api(ALL, answer=404),
    "api:entries": api("record.read"),
    "api:entry": api("record.read", of="sponsor_a", arguments=("seq",)),
    "api:entry_bytes": api("record.read", of="sponsor_a", arguments=("seq",)),
    "api:attachment": api("record.read", of="sponsor_a", arguments=("filed", "sha256")),
    # no checkpoint covers the entry yet
    "api:proof": api("record.read", of="sponsor_a", answer=400, arguments=("seq",)),
    "api:latest_checkpoint": api("record.read", answer=404),
    "api:checkpoint": api("record.read", answer=404, arguments=("tree_size",)),
    "api:consistency": api("record.read", answer=422),
    "api:users": api("user.read"),
    "api:roles": api("role.read"),
    "api:training": api("training.read"),
    # the plant: for a sponsor's people there is none, because its logbooks name other sponsors' batches
    "plant:overview": plant_page("plant.read"),
    "plant:units": plant_page("plant.read"),
    "plant:unit": plant_page("plant.read", arguments=("unit",)),
    "plant:unit-act": plant_page("unit.hold", arguments=("unit", "hold")),
    "plant:unit-qualify": plant_page("unit.qualify", arguments=("unit",)),
    # nothing was cleaned yet
    "plant:unit-verify": plant_page("unit.verify", answer=404, arguments=("unit", "cleaning")),
    "plant:equipment": plant_page("plant.read"),
    "plant:equipment-add": plant_page("plant.define"),
    "plant:equipment-change": plant_page("plant.define", arguments=("unit",)),
    "plant:equipment-retire": plant_page("plant.define", arguments=("unit",)),
    "plant:class-define": plant_page("plant.define"),
    "plant:class": plant_page("plant.read", arguments=("class",)),
    "plant:class-procedure": plant_page("plant.define", arguments=("class",)),
    "plant:class-changeover": plant_page("plant.define", arguments=("class",)),
    "plant:logbook": plant_page("plant.read"),
    "plant:match": plant_page("plant.read"),
    "plant:instruments": plant_page("plant.read"),
    "plant:calendar": plant_page("plant.read"),
    "plant:instrument-add": plant_page("instrument.define"),
    "plant:instrument": plant_page("plant.read", arguments=("instrument",)),
    "plant:instrument-live": plant_page("plant.read", arguments=("instrument",)),
    "plant:instrument-calibrate": plant_page("instrument.calibrate", arguments=("instrument",)),
    "plant:instrument-read": plant_page("instrument.read", arguments=("instrument",)),
    "plant:instrument-check": plant_page("instrument.check", arguments=("instrument",)),
    "plant:instrument-check-row": plant_page("instrument.check", arguments=("instrument", "number")),
    "plant:calibration": plant_page("plant.read", arguments=("instrument", "number")),
    "plant:calibration-approve": plant_page("instrument.approve", arguments=("instrument", "number")),
    "plant:instrument-act": plant_page("instrument.hold", arguments=("instrument", "hold")),
    "api:tree": plant_page("plant.read", stranger=401),
    "api:units": plant_page("plant.read", stranger=401),
    "api:unit": plant_page("plant.read", stranger=401, arguments=("unit",)),
    "api:verdict": plant_page("plant.read", stranger=401, arguments=("unit",)),
    "api:logbook": plant_page("plant.read", stranger=401),
    "api:campaigns": plant_page("plant.read", stranger=401),
    "api:match": plant_page("plant.read", stranger=401),
    "api:instruments": plant_page("plant.read", stranger=401),
    "api:instrument": plant_page("plant.read", stranger=401, arguments=("instrument",)),
    "api:calibrations": plant_page("plant.read", stranger=401, arguments=("instrument",)),
    # materials: alpha's batch
    "materials:lots": Asked("lot.read"),
    "materials:receive": Asked("lot.receive"),
    "materials:allocate": Asked("stock.allocate"),
    "materials:stock": Asked("lot.read"),
    "materials:lot": Asked("lot.read", of="sponsor_a", arguments=("lot",)),
    "materials:genealogy": Asked("lot.read", of="sponsor_a", arguments=("lot",)),
    "materials:recall": Asked("lot.read", of="sponsor_a", arguments=("lot",)),
    "materials:recall-export": Asked("lot.read", of="sponsor_a", arguments=("lot", "csv")),
    "materials:labels": Asked("lot.read", of="sponsor_a", arguments=("lot", "zpl")),
    "materials:hold": Asked("lot.hold", of="sponsor_a", arguments=("lot",)),
    "materials:retest": Asked("lot.decide", of="sponsor_a", arguments=("lot",)),
    "materials:decide": Asked("lot.decide", of="sponsor_a", arguments=("lot", "approved")),
    "materials:container": Asked("lot.read", of="sponsor_a", arguments=("container",)),
    "materials:container-act": Asked("stock.move", of="sponsor_a", arguments=("container", "move")),
    "materials:make": Asked("lot.make"),
    "materials:certify": Asked("lot.certify", of="sponsor_a", arguments=("lot",)),
    "materials:fill": Asked("lot.make", of="sponsor_a", arguments=("lot",)),
    "materials:count-in": Asked("stock.count", of="sponsor_a", arguments=("lot",)),
    "materials:sample-lot": Asked("stock.sample", of="sponsor_a", arguments=("lot",)),
    "materials:reconcile": Asked("stock.count", of="sponsor_a", arguments=("lot",)),
    "materials:convert": Asked("lot.convert"),
    "materials:end-allocation": Asked("stock.allocate", answer=404, arguments=("tree_size",)),
    "materials:free": Asked("lot.decide", of="sponsor_a", arguments=("container",)),
    "materials:definitions": Asked("lot.read"),
    "materials:define": Asked("material.define"),
    "materials:definition": Asked("lot.read", of="sponsor_a", arguments=("material",)),
    "materials:plan-sampling": Asked("material.define", of="sponsor_a", arguments=("material",)),
    "materials:suppliers": Asked("lot.read"),
    # no sponsor's person knows of suppliers
    "materials:supplier": Asked("lot.read", arguments=("supplier",), some={"sponsor_a": 404, "sponsor_b": 404}),
    "materials:register-supplier": Asked("material.define"),
    "materials:decide-supplier": Asked("supplier.decide", arguments=("supplier",)),
    "materials:define-location": Asked("material.define"),
    # recipes: alpha's saline in force, and a draft of its next version
    "recipes:recipes": Asked("recipe.read"),
    "recipes:write": Asked("recipe.author"),
    "recipes:check": Asked(answer=405),
    "recipes:import": Asked("recipe.import"),
    "recipes:recipe": Asked("recipe.read", **RECIPE),  # type: ignore[arg-type]
    "recipes:differences": Asked("recipe.read", **RECIPE),  # type: ignore[arg-type]
    "recipes:begin": Asked("recipe.author", **RECIPE),  # type: ignore[arg-type]
    "recipes:version": Asked("recipe.read", **VERSION),  # type: ignore[arg-type]
    "recipes:export": Asked("recipe.read", of="sponsor_a", arguments=("recipe", "draft", "yaml")),
    # it was written here, so there is no report of an import
    "recipes:report": Asked("recipe.read", answer=404, **VERSION),  # type: ignore[arg-type]
    "recipes:edit": Asked("recipe.author", **VERSION),  # type: ignore[arg-type]
    "recipes:value": Asked("recipe.author", **VERSION),  # type: ignore[arg-type]
    "recipes:step": Asked("recipe.author", **VERSION),  # type: ignore[arg-type]
    "recipes:justify": Asked("recipe.author", **VERSION),  # type: ignore[arg-type]
    "recipes:submit": Asked("recipe.submit", **VERSION),  # type: ignore[arg-type]
    # a draft cannot be approved yet
    "recipes:approve": Asked("recipe.approve", answer=400, **VERSION),  # type: ignore[arg-type]
    "recipes:return": Asked("recipe.approve", **VERSION),  # type: ignore[arg-type]
    "recipes:make-effective": Asked("recipe.make_effective", **VERSION),  # type: ignore[arg-type]
    # a draft is withdrawn by who may write; whose it is comes first
    "recipes:withdraw": Asked("recipe.author", some={"sponsor_b": 404}, **VERSION),  # type: ignore[arg-type]
    # batches: alpha's syrup, running, with an exception that nobody has assessed
    "execution:work": Asked("step.perform"),
    "execution:sent": Asked("step.perform", arguments=("yaml",)),
    "execution:step": Asked("batch.read", of="sponsor_a", arguments=("batch", "cleared")),
    "execution:step-now": Asked("batch.read", of="sponsor_a", arguments=("batch", "cleared")),
    # it is sent; who only looks is led back to the step
    "execution:check": Asked("batch.read", of="sponsor_a", answer=302, arguments=("batch", "cleared")),
    "execution:correct": Asked("step.perform", arguments=("batch", "cleared")),
    # it asks for no signature
    "execution:step-sign": Asked("step.perform", answer=404, arguments=("batch", "cleared")),
    "execution:answer": Asked("step.perform", arguments=("batch",)),
    # no such batch is there; whose is there is asked in tests/execution/test_dispensing_pages.py
    "execution:dispense": Asked("batch.read", answer=404, arguments=("lot", "lot")),
    "execution:weigh-bar": Asked("plant.read", answer=404, arguments=("lot", "lot")),
    "execution:dispense-act": Asked(answer=405, arguments=("lot", "lot", "lot")),
    "execution:dispense-label": Asked("batch.read", answer=404, arguments=("lot", "tree_size", "yaml")),
    "api:batches": api("batch.read"),
    "api:to_do": api("batch.read"),
    "api:batch": api("batch.read", of="sponsor_a", arguments=("batch",)),
    # the step is named by a parameter
    "api:attempts": Asked(action="", answer=422, stranger=401, arguments=("batch",)),
    "api:exceptions": api("batch.read", of="sponsor_a", arguments=("batch",)),
    # the syrup names no twin; whose forecast is seen by whom is asked in tests/site/test_forecasts.py
    "api:forecast": api("batch.read", answer=404, arguments=("batch",)),
    "batch_forecast": Asked("batch.read", answer=404, arguments=("batch",)),
    "batch_forecast_said": Asked("batch.read", answer=404, arguments=("batch",)),
    "batch_forecast_short": Asked("batch.read", answer=404, arguments=("batch",)),
    "batch_forecast_table": Asked("batch.read", answer=404, arguments=("batch",)),
    "api:command": Asked(action="", answer=405, stranger=401, arguments=("batch",)),
    "api:perform": Asked(action="", answer=405, stranger=401, arguments=("batch",)),
    "api:check": Asked(action="", answer=405, stranger=401, arguments=("batch",)),
    "api:answer": Asked(action="", answer=405, stranger=401, arguments=("batch",)),
    "api:output": api("batch.read", of="sponsor_a", arguments=("batch",)),
    "api:put_away": Asked(action="", answer=405, stranger=401, arguments=("batch",)),
    "execution:batches": Asked("batch.read"),
    "execution:make": Asked("batch.plan"),
    "execution:make-of": Asked("batch.plan", arguments=("syrup",)),
    "execution:exceptions": Asked("batch.read"),
    "execution:batch": Asked("batch.read", of="sponsor_a", arguments=("batch",)),
    "execution:run": Asked("batch.read", of="sponsor_a", arguments=("batch", "number")),
    # who may do it comes after whose it is
    "execution:command": Asked("batch.hold", arguments=("batch", "HOLD"), some={"sponsor_b": 404}),
    "execution:put-away": Asked("lot.make", arguments=("batch",)),
    "execution:redlines": Asked("batch.redline", arguments=("batch",)),
    "execution:redline": Asked("batch.redline", arguments=("batch", "skip")),
    "execution:raise": Asked("exception.raise", arguments=("batch",)),
    "execution:exception": Asked("batch.read", of="sponsor_a", arguments=("batch", "exception")),
    "execution:assess": Asked("exception.assess", arguments=("batch", "exception")),
    # it is not assessed, and the batch still runs
    "execution:exception-sign": Asked(
        "sign.reviewed", answer=400, arguments=("batch", "exception"), some={"sponsor_b": 404}
    ),
    "execution:review": Asked("batch.read", of="sponsor_a", arguments=("batch",)),
    "execution:judge": Asked("batch.review", arguments=("batch",)),
    "execution:review-sign": Asked("batch.review", answer=400, arguments=("batch",)),
    "execution:record_pages": Asked("batch.read", of="sponsor_a", arguments=("batch",)),
    "execution:record_export": Asked("record.export", of="sponsor_a", answer=405, foreign=405, arguments=("batch",)),
    "api:what_goes_on": api("batch.read"),
    "api:recipes": api("recipe.read"),
    "api:effective": api("recipe.read", **RECIPE),
    "api:version": api("recipe.read", **VERSION),
    "api:check_text": Asked(action="", answer=405, stranger=401),
    "api:lots": api("lot.read"),
    "api:lot": api("lot.read", of="sponsor_a", arguments=("lot",)),
    "api:trace": api("lot.read", of="sponsor_a", arguments=("lot",)),
    "api:recall": api("lot.read", of="sponsor_a", arguments=("lot",)),
    "api:stock": api("lot.read"),
    # it is sent, not read
    "api:allocate": Asked(action="", answer=405, stranger=401),
}


def names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """Every registered name, with its namespace."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern, prefix + (f"{pattern.namespace}:" if pattern.namespace else ""))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.name or pattern.pattern)


def test_every_address_is_in_the_table(settings: Settings) -> None:
    found = set(names(get_resolver()))
    assert found - set(URLS) == set(), "addresses that say nowhere who may see them"
    assert set(URLS) - found == set(), "addresses that are gone"


def world(plant: Plant) -> dict[str, Any]:
    """What the addresses are about: sponsor_a's person, the operator's training and passkey."""
    plant.accept()
    services.define_qualification(
        actor=plant.actor("qa"), code="WEIGH", title="Weighing", document="SOP-014", edition="1"
    )
    services.plan_training(actor=plant.actor("qa"), user=plant.user("operator"), edition=Edition.objects.get())
    passkeys.enrol(plant, "operator")
    lot, container = materials_of_alpha(plant)
    a_unit(plant)
    seq = record.Entry.objects.filter(subject="user/sponsor_a").order_by("seq")[0].seq
    filed = a_file_of_alpha(plant)
    syrup, exception = batch_of_alpha(plant)
    return {
        "username": "sponsor_a", "keeper": "operator", "subject": "user/sponsor_a", "seq": seq, "provider": "plant",
        "assignment": Assignment.objects.get(user__username="operator").pk, "passkey": Passkey.objects.get().pk,
        "qualification": "WEIGH", "training": TrainingRecord.objects.get().pk, "meaning": "read_and_understood",
        "session": plant.session("operator").pk, "tree_size": 99999,
        "run": "00000000-0000-4000-8000-000000000000", "lot": lot, "container": container, "material": "TABLET-A",
        "recipe": recipe_of_alpha(plant), "draft": 2, "yaml": "yaml",
        "supplier": "MEGGLE", "csv": "csv", "zpl": "zpl", "approved": "approved", "move": "move",
        "unit": "GR-1", "hold": "hold", "cleaning": "cleaning", "instrument": "SC-01", "number": 1,
        "batch": syrup, "exception": exception, "syrup": "SYR1", "HOLD": "HOLD", "skip": "skip",
        "cleared": "make/cooking/cook/clear",
        "class": "HSG", "filed": filed.seq, "sha256": filed.content["attachments"][0]["sha256"],
    }  # fmt: skip


def askers(asked: Asked) -> list[str]:
    """Who asks an address: on SQLite everybody; on the other engine one for each answer, and each sponsor's person.

    Which role may do what is data, and the same on both; that the queries behind an answer work is seen by one.
    """
    if engine() == "sqlite":
        return list(LOG_INS)
    own = {"sponsor_a", "sponsor_b", asked.of, *asked.some}
    return list({(asked.status(log_in), log_in if log_in in own else ""): log_in for log_in in LOG_INS}.values())


@pytest.mark.requirement("11.10(d)")
@pytest.mark.requirement("11.10(g)")
@pytest.mark.requirement("Annex 11, 12")
def test_every_address_answers_every_role_and_every_sponsor_as_declared(plant: Plant) -> None:
    facts = world(plant)
    clients = {name: plant.log_in(Client(), name) for name in LOG_INS}
    wrong = []
    for name, asked in URLS.items():
        address = reverse(name, args=[facts[argument] for argument in asked.arguments])
        found = Client().get(address).status_code
        if found != asked.stranger:
            wrong.append(f"{name} as a stranger: {found}, declared {asked.stranger}")
        for log_in in askers(asked):
            found = clients[log_in].get(address).status_code
            if found != asked.status(log_in):
                wrong.append(f"{name} as {log_in}: {found}, declared {asked.status(log_in)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.requirement("11.10(d)")
def test_no_page_of_a_sponsors_person_names_another_sponsor_or_its_people(plant: Plant) -> None:
    facts = world(plant)
    client = plant.log_in(Client(), "sponsor_b")
    for name, asked in URLS.items():
        page = client.get(reverse(name, args=[facts[argument] for argument in asked.arguments]))
        if page.status_code == 200:
            assert not page.streaming, name
            for foreign in (b"Alpha Pharma", b"Sponsor A", b"sponsor_a", b"ALPHA"):
                assert foreign not in page.content, name
