"""Recipes of other systems in the plant: taken over as they are, repaired in the open, one by one."""

from pathlib import Path

import pytest

from batchwright import people
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.recipes import queries, services, site
from batchwright.recipes import text as texts
from batchwright.recipes.adapters.batchml_writing import write_master_recipe
from batchwright.recipes.models import RecipeVersion
from tests.recipes.workshop import SOURCE, Workshop

BROKEN = SOURCE.replace("  sponsor: ALPHA\n", "").replace("product: SALINE\n", "product: ''\n")


def imported(workshop: Workshop, source: str = BROKEN, **others: object) -> RecipeVersion:
    content = write_master_recipe(texts.read(source).recipe)
    receipt = services.import_batchml(
        actor=workshop.engineer, content=content, name="saline.xml", reason="transfer", sponsor=workshop.alpha,
        **others,  # type: ignore[arg-type]
    )  # fmt: skip
    return workshop.read(receipt)


def test_a_foreign_recipe_is_taken_over_with_its_file_and_its_report(workshop: Workshop) -> None:
    version = imported(workshop, identifier="SALINE (old)")
    assert (version.recipe.identifier, version.recipe.source_id, version.origin) == ("SALINE (old)", "SAL9", "imported")
    report = queries.import_report(workshop.engineer, version)
    assert report is not None
    assert report["file"] == "saline.xml"
    assert queries.history(workshop.engineer, version.recipe)[0].content["attachments"][0]["name"] == "saline.xml"
    assert version.text.master.id == "SAL9"
    assert queries.import_report(workshop.engineer, workshop.draft()) is None
    with pytest.raises(people.Refused):
        imported_by_operator = workshop.actor("operator")
        services.import_batchml(actor=imported_by_operator, content=b"<a/>", name="a.xml", reason="x")


@pytest.mark.requirement("11.10(e)")
def test_a_defect_is_repaired_in_the_open_and_the_entry_names_the_finding(workshop: Workshop) -> None:
    version = imported(workshop)
    (finding,) = [one for one in version.found if one.finding.code == "no-product"]
    mended = texts.edited(version.text.source, {("header", "product"): "SALINE"})
    arguments = {"actor": workshop.engineer, "version": version, "reason": "certificate 12"}
    with pytest.raises(DomainError, match="does not answer"):
        services.repair_draft(
            **arguments, source=version.text.source + "# looked at\n", finding=finding.key  # type: ignore[arg-type]
        )
    with pytest.raises(DomainError, match="no such finding"):
        services.repair_draft(**arguments, source=mended, finding="x")  # type: ignore[arg-type]
    worse = mended.replace("-> stir", "-> stirr")
    with pytest.raises(DomainError, match="another error"):
        services.repair_draft(**arguments, source=worse, finding=finding.key)  # type: ignore[arg-type]
    services.repair_draft(**arguments, source=mended, finding=finding.key)  # type: ignore[arg-type]
    last = queries.history(workshop.engineer, version.recipe)[0]
    assert last.type == "recipe.repaired/1"
    assert "names no product" in last.sentence
    assert workshop.read(version).recipe.product == "SALINE"
    assert workshop.submit(workshop.read(version)).state == "review"


def test_what_was_written_here_is_edited_and_not_repaired(workshop: Workshop) -> None:
    draft = workshop.draft()
    with pytest.raises(DomainError, match="another system"):
        services.repair_draft(actor=workshop.engineer, version=draft, source=SOURCE, finding="x", reason="x")


def test_an_approved_recipe_stays_that_of_its_product(workshop: Workshop) -> None:
    second = workshop.next_version(workshop.effective())
    with pytest.raises(BadInput, match="stays that of its product"):
        workshop.edit(second, {("header", "product"): "WATER"})
    assert workshop.edit(second, {("name",): "Saline, isotonic"}).recipe.name == "Saline, isotonic"


class SmallSite:
    """A site whose only tank is too small."""

    def misses(self, requirements: object) -> tuple[str, ...]:
        return ("V-1 holds 80 L",)

    def matching(self, requirements: object) -> site.Matching:
        return site.Matching((), ("V-1: working_volume 80 L is below 120 L",))


@pytest.mark.requirement("211.186")
def test_an_error_that_rests_on_the_site_may_stand_where_somebody_says_why(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "offers", lambda _actor: SmallSite())
    draft = workshop.draft(SOURCE.replace("cqas: [homogeneity]", "cqas: []"))
    (warning, error) = draft.found
    assert (error.finding.code, error.may_be_justified, warning.may_be_justified) == ("no-unit", True, False)
    with pytest.raises(DomainError, match="errors"):
        workshop.submit(draft)
    arguments = {"actor": workshop.engineer, "version": draft}
    with pytest.raises(DomainError, match="cannot be justified"):
        services.justify(**arguments, finding=warning.key, why="x")  # type: ignore[arg-type]
    with pytest.raises(DomainError, match="no such finding"):
        services.justify(**arguments, finding="y", why="x")  # type: ignore[arg-type]
    services.justify(**arguments, finding=error.key, why="tank V-2 is being built")  # type: ignore[arg-type]
    version = workshop.approve(workshop.submit(workshop.read(draft)))
    shown = people.signatures_on(workshop.engineer, version)[1].signature.shown
    assert "justified: tank V-2 is being built" in shown
    assert list(queries.justifications(workshop.engineer, version)) == [error.key]


def test_the_cough_syrup_comes_in_with_every_defect(workshop: Workshop, reference_data: Path) -> None:
    file = reference_data / "batchml" / "cough_syrup_v02.xml"
    receipt = services.import_batchml(
        actor=workshop.engineer, content=file.read_bytes(), name=file.name, identifier="COUGH-SYRUP", reason="transfer"
    )
    version = workshop.read(receipt)
    codes = [one.finding.code for one in version.found]
    assert codes.count("blank-condition") == 21
    assert codes.count("no-kind") == 36
    with pytest.raises(DomainError, match="errors"):
        workshop.submit(version)
