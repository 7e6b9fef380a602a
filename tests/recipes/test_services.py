"""The life of a recipe in the plant: two people, one version in force at any moment, and a text that stays."""

from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.recipes import entries, queries, services
from batchwright.recipes.lifecycle import Standing
from batchwright.recipes.models import RecipeText, RecipeVersion
from tests.recipes.workshop import SOURCE, Workshop

SPEED = ("formula", "parameters", 3, "limits", "action_low")


@pytest.mark.requirement("211.186")
@pytest.mark.requirement("211.186(a)")
def test_a_recipe_is_prepared_by_one_person_checked_by_another_and_then_in_force(workshop: Workshop) -> None:
    draft = workshop.draft()
    assert (draft.state, draft.number, draft.findings) == ("draft", 1, [])
    in_review = workshop.submit(draft)
    assert (in_review.state, in_review.submitted_by) == ("review", "process_engineer")
    approved = workshop.approve(in_review)
    assert (approved.state, approved.approved_by, approved.engine) == ("approved", "qa", "batchwright 0.1.0")
    assert queries.effective_recipe(workshop.engineer, "SAL9") is None
    effective = workshop.put_in_force(approved)
    assert queries.effective_recipe(workshop.engineer, "SAL9") == effective
    signed = people.signatures_on(workshop.engineer, effective)
    assert [(one.signature.signer.username, one.signature.meaning, one.status.valid) for one in signed] == [
        ("process_engineer", "authored", True), ("qa", "approved", True),
    ]  # fmt: skip
    assert SOURCE in signed[1].signature.shown, "the whole text was shown"


@pytest.mark.requirement("211.186")
@pytest.mark.requirement("211.186(a)")
def test_nobody_approves_what_the_same_person_wrote(workshop: Workshop) -> None:
    receipt = services.import_batchml(
        actor=workshop.actor("qa"), content=_as_batchml(), name="other.xml", reason="transfer"
    )
    version = workshop.submit(workshop.read(receipt))
    with pytest.raises(people.Refused, match="own work"):
        workshop.approve(version)
    workshop.approve(version, "qualified_person")


def _as_batchml() -> bytes:
    from batchwright.recipes import text
    from batchwright.recipes.adapters.batchml_writing import write_master_recipe

    return write_master_recipe(text.read(SOURCE.replace("  sponsor: ALPHA\n", "")).recipe)


def test_the_next_version_takes_the_place_of_the_one_before_at_that_moment(workshop: Workshop) -> None:
    first = workshop.effective()
    second = workshop.next_version(first, {SPEED: "55 {rev}/min"})
    assert (second.number, second.text.master.version) == (2, "2")
    assert "# proven in the study of mixing" in second.text.source, "comments are kept"
    moment = clock.now() + timedelta(days=3)
    second = workshop.put_in_force(workshop.approve(workshop.submit(second)), effective_from=moment)
    first = workshop.read(first)
    assert (first.state, second.state, queries.standing(first)) == ("superseded", "effective", Standing.IN_FORCE)
    actor = workshop.engineer
    assert queries.effective_recipe(actor, "SAL9") == first
    assert queries.effective_recipe(actor, "SAL9", moment) == second
    assert first.effective_from is not None
    assert queries.effective_recipe(actor, "SAL9", first.effective_from) == first
    assert queries.effective_recipe(actor, "SAL9", first.effective_from - timedelta(seconds=1)) is None
    shown = people.signatures_on(actor, second)[1].signature.shown
    assert "Differences from version 1, which is effective" in shown
    assert "limit" in shown


def test_a_version_is_neither_made_effective_in_the_past_nor_before_the_one_that_comes(workshop: Workshop) -> None:
    first = workshop.approve(workshop.submit(workshop.draft()))
    with pytest.raises(DomainError, match="past"):
        workshop.put_in_force(first, effective_from=clock.now() - timedelta(minutes=1))
    first = workshop.put_in_force(workshop.read(first), effective_from=clock.now() + timedelta(days=5))
    second = workshop.approve(workshop.submit(workshop.next_version(first, {SPEED: "55 {rev}/min"})))
    with pytest.raises(DomainError, match="later"):
        workshop.put_in_force(second)
    services.withdraw(actor=workshop.actor("qa"), version=workshop.read(first), reason="not needed")
    assert queries.standing(workshop.read(first)) is Standing.PENDING
    assert workshop.put_in_force(workshop.read(second)).state == "effective"


def test_a_recipe_with_errors_is_not_submitted_until_they_are_mended(workshop: Workshop) -> None:
    draft = workshop.draft(SOURCE.replace("-> stir -> end", "-> end"))
    assert [one["code"] for one in draft.findings] == ["element-unused"]
    with pytest.raises(DomainError, match="errors"):
        workshop.submit(draft)
    services.edit_draft(actor=workshop.engineer, version=draft, source=SOURCE)
    assert workshop.submit(workshop.read(draft)).state == "review"


def test_a_text_with_the_number_of_another_version_is_not_submitted(workshop: Workshop) -> None:
    draft = workshop.draft(SOURCE.replace('version: "1"', 'version: "7"'))
    with pytest.raises(DomainError, match="another version"):
        workshop.submit(draft)


def test_an_edit_is_on_record_in_the_fields_words_and_the_text_before_it_is_kept(workshop: Workshop) -> None:
    draft = workshop.draft()
    edited = workshop.edit(draft, {SPEED: "55 {rev}/min"})
    last = queries.history(workshop.engineer, edited.recipe)[0]
    assert last.type == "recipe.edited/1"
    assert "narrowed" in last.sentence
    assert RecipeText.objects.filter(recipe=edited.recipe).count() == 2
    with pytest.raises(record.Stale):
        services.edit_draft(actor=workshop.engineer, version=draft, source=SOURCE, expected_version=1)
    with pytest.raises(DomainError, match="Nothing"):
        services.edit_draft(actor=workshop.engineer, version=edited, source=edited.text.source)


def test_what_was_returned_is_signed_anew_after_it_was_changed(workshop: Workshop) -> None:
    version = workshop.submit(workshop.draft())
    services.return_to_author(actor=workshop.actor("qa"), version=version, reason="speed too low")
    version = workshop.edit(workshop.read(version), {SPEED: "55 {rev}/min"})
    old = people.signatures_on(workshop.engineer, version)
    assert [one.status.valid for one in old] == [False]
    version = workshop.put_in_force(workshop.approve(workshop.submit(version)))
    assert [one.status.valid for one in people.signatures_on(workshop.engineer, version)] == [False, True, True]


def test_one_version_is_written_at_a_time(workshop: Workshop) -> None:
    draft = workshop.draft()
    with pytest.raises(DomainError, match="being written"):
        workshop.next_version(draft)
    with pytest.raises(DomainError, match="already"):
        workshop.draft()
    services.withdraw(actor=workshop.engineer, version=draft, reason="begun by mistake")
    assert workshop.next_version(workshop.read(draft)).number == 2


def test_a_text_about_another_recipe_or_of_another_sponsor_is_refused(workshop: Workshop) -> None:
    draft = workshop.draft()
    with pytest.raises(BadInput, match="another recipe"):
        services.edit_draft(actor=workshop.engineer, version=draft, source=SOURCE.replace("SAL9", "SAL8"))
    with pytest.raises(BadInput, match="another sponsor"):
        services.edit_draft(actor=workshop.engineer, version=draft, source=SOURCE.replace("ALPHA", "BETA"))
    with pytest.raises(BadInput, match="identifier"):
        workshop.draft(SOURCE.replace("SAL9", "SAL/9"))


def test_a_statement_about_another_step_or_text_signs_nothing(workshop: Workshop) -> None:
    draft = workshop.draft()
    with pytest.raises(people.SignatureRefused, match="Something else"):
        services.submit(
            actor=workshop.engineer, version=draft, **workshop.sign("process_engineer", draft, "submit", "all is well")
        )
    assert workshop.read(draft).state == "draft"


@pytest.mark.requirement("11.10(c)")
@pytest.mark.parametrize(
    ("said", "columns"),
    [
        ("an approved text never does", {"sha256": "0" * 64}),
        ("this state does not follow", {"state": "draft"}),
        ("who prepared and who approved", {"approved_by": "somebody"}),
        ("stays what it is", {"number": 9}),
        ("from when a version is in force", {"effective_from": None}),
    ],
)
@pytest.mark.requirement("211.186(a)")
def test_the_database_itself_refuses_to_change_what_was_approved(
    workshop: Workshop, said: str, columns: dict[str, Any]
) -> None:
    version = workshop.effective()
    data = entries.RecipeReturned(recipe="SAL9", number=1, sha256=version.sha256)
    with (
        pytest.raises(IntegrityError, match=said),
        record.entry(data, actor=workshop.engineer, subject=version, reason="tamper") as entry,
    ):
        entry.update(version, **columns)


@pytest.mark.requirement("11.10(c)")
def test_the_database_keeps_texts_and_one_effective_version(workshop: Workshop) -> None:
    version = workshop.effective()
    second = workshop.approve(workshop.submit(workshop.next_version(version, {SPEED: "55 {rev}/min"})))
    data = entries.RecipeReturned(recipe="SAL9", number=2, sha256=version.sha256)

    def entry() -> AbstractContextManager[record.OpenEntry]:
        return record.entry(data, actor=workshop.engineer, subject=version, reason="tamper")

    with pytest.raises(IntegrityError, match=r"one_effective|recipe_id"), entry() as opened:
        opened.update(second, state="effective", effective_from=clock.now())
    with pytest.raises(IntegrityError, match="a text is never changed"), entry() as opened:
        opened.update(version.text, source="id: other")
    third = workshop.submit(workshop.draft(SOURCE.replace("SAL9", "SAL10")))
    with pytest.raises(IntegrityError, match=r"two_people|CHECK"), entry() as opened:
        opened.update(third, state="approved", approved_by=third.submitted_by, approved_at=clock.now())
    assert RecipeVersion.objects.filter(state="effective").count() == 1


def test_a_version_whose_signature_is_void_is_not_put_in_force(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = workshop.approve(workshop.submit(workshop.draft()))
    monkeypatch.setattr(people, "signatures_on", lambda *_: [], raising=False)
    with pytest.raises(DomainError, match="signature"):
        workshop.put_in_force(version)


def test_a_sponsor_sees_the_own_recipes_alone(workshop: Workshop) -> None:
    workshop.effective()
    assert [one.identifier for one in queries.recipes(workshop.actor("sponsor_a"))] == ["SAL9"]
    assert list(queries.recipes(workshop.actor("sponsor_b"))) == []
    assert queries.effective_recipe(workshop.actor("sponsor_b"), "SAL9") is None
    assert queries.version(workshop.actor("sponsor_b"), "SAL9", 1) is None
    with pytest.raises(people.Refused):
        services.draft_recipe(actor=workshop.actor("operator"), source=SOURCE)
