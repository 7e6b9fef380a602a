"""The pages, the JSON edge and the terminal of recipes: what people and machines see of them, and what they can do."""

import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from typer.testing import CliRunner

from batchwright.kernel.errors import BadInput, DomainError
from batchwright.recipes import cli, finding, needs, queries, services, site
from batchwright.recipes import text as texts
from batchwright.recipes.adapters.batchml_writing import write_master_recipe
from batchwright.recipes.models import Recipe, RecipeVersion
from tests.people.plant import PASSWORD
from tests.recipes.test_importing import BROKEN, SmallSite, imported
from tests.recipes.test_services import SPEED
from tests.recipes.workshop import SOURCE, Workshop


def at(name: str, *arguments: object) -> str:
    return reverse(f"recipes:{name}", args=arguments)


@pytest.fixture
def engineer(workshop: Workshop) -> Client:
    return workshop.plant.log_in(Client(), "process_engineer")


@pytest.fixture
def quality(workshop: Workshop) -> Client:
    return workshop.plant.log_in(Client(), "qa")


def sign(client: Client, address: str, name: str) -> int:
    page = client.get(address)
    assert page.status_code == 200, page.content
    form = {
        "statement": page.context["prepared"].name, "method": "password", "username": name, "password": PASSWORD,
        "idempotency_key": f"{address}{name}",
    }  # fmt: skip
    return int(client.post(address, form).status_code)


@pytest.mark.requirement("211.186")
def test_a_recipe_goes_from_its_text_to_force_on_pages(workshop: Workshop, engineer: Client, quality: Client) -> None:
    form = {"source": SOURCE.replace("\n", "\r\n"), "sponsor": "ALPHA", "reason": "transfer"}
    assert engineer.post(at("write"), form).url == "/recipes/SAL9/"  # type: ignore[attr-defined]
    assert RecipeVersion.objects.get().text.source == SOURCE, "ends of lines are those of the plant"
    assert engineer.get(at("submit", "SAL9", 1)).status_code == 403, "the accountability statement comes first"
    workshop.plant.accept("process_engineer", "qa")
    assert sign(engineer, at("submit", "SAL9", 1), "process_engineer") == 302
    assert sign(quality, at("approve", "SAL9", 1), "qa") == 302
    form = {"effective_from": "", "reason": "trained"}
    assert quality.post(at("make-effective", "SAL9", 1), form).status_code == 302
    page = quality.get(at("recipe", "SAL9"))
    assert b"In force since" in page.content
    assert b"Nothing found." in page.content
    assert engineer.post(at("begin", "SAL9"), {"reason": "study"}).url == at("edit", "SAL9", 2)  # type: ignore[attr-defined]
    assert quality.post(at("withdraw", "SAL9", 1), {"reason": "unsafe"}).status_code == 302
    assert b"none" in quality.get(at("recipes")).content


def test_a_wrong_password_signs_nothing_and_the_page_says_so(workshop: Workshop, engineer: Client) -> None:
    version = workshop.draft()
    workshop.plant.accept("process_engineer")
    page = engineer.get(at("submit", "SAL9", 1))
    form = {"statement": page.context["prepared"].name, "method": "password", "username": "process_engineer",
            "password": "wrong"}  # fmt: skip
    assert engineer.post(at("submit", "SAL9", 1), form).status_code == 403
    assert workshop.read(version).state == "draft"
    assert engineer.post(at("submit", "SAL9", 1), {"method": "passkey", "assertion": "x"}).status_code in (400, 403)


def test_whoever_took_part_in_writing_is_told_so_and_returns_it(workshop: Workshop, quality: Client) -> None:
    content = write_master_recipe(texts.read(SOURCE.replace("  sponsor: ALPHA\n", "")).recipe)
    services.import_batchml(actor=workshop.actor("qa"), content=content, name="a.xml", reason="transfer")
    workshop.plant.accept("qa")
    workshop.submit(RecipeVersion.objects.get())
    assert b"You took part in writing it" in quality.get(at("version", "SAL9", 1)).content
    assert quality.get(at("approve", "SAL9", 1)).status_code == 403
    assert quality.post(at("return", "SAL9", 1), {"reason": "somebody else"}).status_code == 302
    assert RecipeVersion.objects.get().state == "draft"


def test_the_text_is_checked_while_it_is_written_and_nothing_is_kept(workshop: Workshop, engineer: Client) -> None:
    page = engineer.post(at("check"), {"source": SOURCE.replace("-> stir ->", "->"), "level": "mix"})
    assert b"No step stands for stir" in page.content or b"stir" in page.content
    assert b"<svg" in page.content
    assert b"<style" not in page.content, "the content security policy refuses it"
    unreadable = engineer.post(at("check"), {"source": "id: X\nbatch: 3\n"})
    assert b"The chart appears when the text can be read" in unreadable.content
    assert b"line 2" in unreadable.content
    assert not Recipe.objects.exists()
    empty = engineer.post(at("check"), {"source": "id: X\n", "level": "nowhere"})
    assert b"Nothing is drawn on this level yet" in empty.content


def test_the_common_edits_have_forms_and_keep_comments(workshop: Workshop, engineer: Client) -> None:
    workshop.draft()
    values = {"value": "62 {rev}/min", "action_low": "55 {rev}/min"}
    form = {"parameter": "formula/parameters/3", **values, "reason": "study"}
    assert engineer.post(at("value", "SAL9", 1), form).status_code == 302
    form = {"after": "fill", "name": "look", "title": "Look", "instruction": "Look in.", "reason": "study"}
    assert engineer.post(at("step", "SAL9", 1), form).status_code == 302
    version = RecipeVersion.objects.get()
    assert version.findings == []
    assert "# water first" in version.text.source
    assert "begin -> fill -> look -> stir" in version.text.source
    form = {"parameter": "formula/parameters/3", "value": "62 bananas", "reason": "study"}
    answer = engineer.post(at("value", "SAL9", 1), form)
    assert answer.status_code == 400
    assert b"bananas" in answer.content


def test_an_edit_on_an_old_version_is_told_who_was_first(workshop: Workshop, engineer: Client) -> None:
    workshop.edit(workshop.draft(), {SPEED: "55 {rev}/min"})
    form = {"source": SOURCE + "# late\n", "expected_version": "1"}
    assert engineer.post(at("edit", "SAL9", 1), form).status_code == 409
    form = {"source": SOURCE + "# in time\n", "expected_version": "2"}
    assert engineer.post(at("edit", "SAL9", 1), form).status_code == 302


def test_a_foreign_file_is_reported_first_then_taken_over_and_repaired(workshop: Workshop, engineer: Client) -> None:
    content = write_master_recipe(texts.read(BROKEN).recipe)

    def form(**others: str) -> dict[str, object]:
        file = SimpleUploadedFile("saline.xml", content)
        return {"file": file, "identifier": "OLD-SALINE", "sponsor": "ALPHA", "reason": "transfer", **others}

    assert b"nothing was written" in engineer.post(at("import"), form(only_read="yes")).content
    assert not Recipe.objects.exists()
    broken = {**form(only_read="yes"), "file": SimpleUploadedFile("x.xml", b"<a")}
    assert engineer.post(at("import"), broken).status_code == 400
    answer = engineer.post(at("import"), form())
    assert answer.url == at("report", "OLD-SALINE", 1)  # type: ignore[attr-defined]
    assert b"values taken over" in engineer.get(answer.url).content  # type: ignore[attr-defined]
    version = RecipeVersion.objects.get()
    key = next(one.key for one in version.found if one.finding.code == "no-product")
    mended = texts.edited(version.text.source, {("header", "product"): "SALINE"})
    repair = {"source": mended, "finding": key, "reason": "certificate"}
    assert engineer.post(at("edit", "OLD-SALINE", 1), repair).status_code == 302
    assert queries.history(workshop.engineer, version.recipe)[0].type == "recipe.repaired/1"


def test_what_fits_on_site_is_shown_where_the_plant_is_known(
    workshop: Workshop, engineer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.draft()
    assert b"Which units on site fit is not known" in engineer.get(at("version", "SAL9", 1)).content
    monkeypatch.setattr(site, "offers", lambda _actor: SmallSite())
    workshop.edit(RecipeVersion.objects.get(), {SPEED: "55 {rev}/min"})
    page = engineer.get(at("version", "SAL9", 1))
    assert b"no unit fits" in page.content
    assert b"Justify finding" in page.content
    key = RecipeVersion.objects.get().found[0].key
    answer = engineer.post(at("justify", "SAL9", 1), {"finding": key, "why": "V-2 is being built"})
    assert answer.status_code == 302
    assert b"V-2 is being built" in engineer.get(at("version", "SAL9", 1)).content


def test_levels_differences_and_files(workshop: Workshop, engineer: Client) -> None:
    second = workshop.next_version(workshop.effective(), {SPEED: "55 {rev}/min"})
    page = engineer.get(at("version", "SAL9", 2) + "?level=fill")
    assert b"charge" in page.content
    line = page.context["here_line"]
    assert "id: fill" in second.text.source.splitlines()[line - 1]
    assert b"level=stir" in engineer.get(at("version", "SAL9", 2) + "?level=mix").content
    page = engineer.get(at("differences", "SAL9"))
    assert b"narrowed" in page.content
    assert engineer.get(at("differences", "SAL9") + "?old=1&new=9").status_code == 404
    same = engineer.get(at("differences", "SAL9") + "?old=2&new=2")
    assert b"The texts are the same" in same.content
    for form in ("yaml", "xml", "json"):
        answer = engineer.get(at("export", "SAL9", 2, form))
        assert f"SAL9-2.{form}" in answer["Content-Disposition"]
    assert engineer.get(at("export", "SAL9", 2, "pdf")).status_code == 404
    assert engineer.get(at("version", "SAL9", 7)).status_code == 404
    assert b"No recipe that you may see fits" in engineer.get(at("recipes") + "?text=zzz").content
    assert b"SAL9" in engineer.get(at("recipes") + "?text=saline&state=draft").content


def test_the_json_edge_gives_versions_and_checks_texts(workshop: Workshop, engineer: Client) -> None:
    version = workshop.effective()
    assert engineer.get("/api/recipes/recipes").json() == [
        {"recipe": "SAL9", "name": "Saline 0.9 %", "product": "SALINE", "in_force": 1, "waiting": None}
    ]
    assert engineer.get("/api/recipes/recipes/SAL9/effective").json()["sha256"] == version.sha256
    assert engineer.get("/api/recipes/recipes/SAL9/effective?at=2020-01-01T00:00:00Z").status_code == 404
    assert engineer.get("/api/recipes/recipes/SAL9/versions/1").json()["state"] == "effective"
    assert engineer.get("/api/recipes/recipes/SAL9/versions/2").status_code == 404
    asked = json.dumps({"source": "id: X\nbatch: 1\n"})
    found = engineer.post("/api/recipes/check", asked, content_type="application/json").json()
    assert (found["readable"], found["findings"][0]["line"]) == (False, 2)


def test_what_waits_is_shown_to_whose_turn_it_is(workshop: Workshop, engineer: Client) -> None:
    def titles(name: str) -> list[str]:
        return [one.title for one in needs.needs_of(workshop.actor(name))]

    version = workshop.draft()
    assert titles("process_engineer") == ["Finish recipe SAL9, version 1"]
    assert titles("qa") == []
    version = workshop.submit(version)
    assert (titles("process_engineer"), titles("qa")) == ([], ["Check recipe SAL9, version 1"])
    assert b"Check recipe" in workshop.plant.log_in(Client(), "qa").get("/").content
    workshop.approve(version)
    assert titles("qa") == ["Make recipe SAL9, version 1 effective"]
    assert [one.exact for one in finding.things("SAL9", workshop.engineer)] == [True]
    assert [one.exact for one in finding.things("Saline", workshop.engineer)] == [False]
    assert finding.things("SAL9", workshop.actor("sponsor_b")) == ()
    assert engineer.get("/find?q=SAL9").url == "/recipes/SAL9/"  # type: ignore[attr-defined]


def run(*words: str, code: int = 0) -> str:
    answer = CliRunner().invoke(cli.app, list(words), catch_exceptions=False)
    assert answer.exit_code == code, answer.output
    return answer.output


def test_the_terminal_lists_shows_checks_compares_and_exports(workshop: Workshop, tmp_path: Path) -> None:
    assert "No recipe is found" in run("list")
    first = workshop.effective()
    second = workshop.next_version(first, {SPEED: "55 {rev}/min"})
    assert "SAL9" in run("list")
    assert json.loads(run("list", "--json"))[0]["waiting"] == {"version": 2, "state": "draft"}
    assert json.loads(run("show", "SAL9", "--json"))["version"] == 1
    assert "draft" in run("show", "SAL9", "--version", "2")
    with pytest.raises(DomainError, match="in force then"):
        run("show", "SAL9", "--at", "2020-01-01")
    assert "narrowed" in run("diff", "SAL9", "--from", "1", "--to", "2")
    assert "the same" in run("diff", "SAL9", "--from", "2", "--to", "2")
    assert len(json.loads(run("diff", "SAL9", "--from", "1", "--to", "2", "--json"))) == 2
    assert "Nothing found." in run("check", "SAL9")
    file = tmp_path / "r.yaml"
    file.write_text(SOURCE.replace("-> stir ->", "->"), "utf-8")
    assert json.loads(run("check", str(file), "--json", code=1))["findings"][0]["code"] == "element-unused"
    with pytest.raises(BadInput, match="cannot be read"):
        run("check", str(tmp_path / "none.yaml"))
    with pytest.raises(BadInput, match="no such recipe"):
        run("show", "SAL8")
    assert "signed on its page" in run("submit", "SAL9")
    assert json.loads(run("submit", "SAL9", "--json"))["sign_at"].endswith(at("submit", "SAL9", 2))
    with pytest.raises(DomainError, match="does not stand there"):
        run("approve", "SAL9")
    approved = workshop.approve(workshop.submit(second))
    assert "entry" in run("make-effective", "SAL9", "--reason", "trained", "--json")
    assert workshop.read(approved).state == "effective"
    target = tmp_path / "out.xml"
    assert "bytes" in run("export", "SAL9", "-o", str(target))
    with pytest.raises(BadInput, match="there already"):
        run("export", "SAL9", "-o", str(target))
    with pytest.raises(BadInput, match="cannot be written"):
        run("export", "SAL9", "-o", str(tmp_path / "no" / "out.yaml"))
    with pytest.raises(BadInput, match="no such form"):
        run("export", "SAL9", "-o", str(tmp_path / "out.pdf"))
    assert json.loads(run("export", "SAL9", "-o", str(tmp_path / "out.json"), "--json"))["version"] == 2


def test_the_terminal_takes_files_into_the_plant(workshop: Workshop, tmp_path: Path) -> None:
    yaml, xml = tmp_path / "r.yaml", tmp_path / "r.xml"
    yaml.write_text(SOURCE, "utf-8")
    xml.write_bytes(write_master_recipe(texts.read(BROKEN).recipe))
    assert "recipe/SAL9/1" in run("import", str(yaml), "--reason", "transfer", "--sponsor", "ALPHA")
    said = run("import", str(xml), "--reason", "transfer", "--name", "OLD", "--json")
    assert json.loads(said)["subject"] == "recipe/OLD/1"
    with pytest.raises(BadInput, match="no such sponsor"):
        run("import", str(yaml), "--reason", "x", "--sponsor", "NOBODY")
    with pytest.raises(BadInput, match="cannot be read"):
        run("import", str(tmp_path / "none.yaml"), "--reason", "x")
    yaml.write_bytes(b"\xff")
    with pytest.raises(BadInput, match="UTF-8"):
        run("import", str(yaml), "--reason", "x")
    from batchwright.recipes import batchml_cli

    words = ["import", str(xml), "--into-plant", "--reason", "transfer", "--name", "AGAIN", "--json"]
    answer = CliRunner().invoke(batchml_cli.app, words, catch_exceptions=False)
    assert json.loads(answer.output)["plant"]["subject"] == "recipe/AGAIN/1"


def test_a_version_tells_what_it_is_in_every_state(workshop: Workshop) -> None:
    from datetime import timedelta

    from batchwright.kernel import clock
    from batchwright.recipes.templatetags.recipe_words import acts, verdict, version_chip

    broken = imported(workshop)
    assert "errors keep it" in verdict(broken).sentence or "error keeps it" in verdict(broken).sentence
    services.withdraw(actor=workshop.engineer, version=broken, reason="once more")
    assert verdict(workshop.read(broken)).sentence == "Withdrawn."
    draft = workshop.draft(SOURCE.replace("SAL9", "SAL10"))
    assert "without errors" in verdict(draft).sentence
    review = workshop.submit(draft)
    assert "second person" in verdict(review).sentence
    approved = workshop.approve(review)
    assert "not in force" in verdict(approved).sentence
    assert acts(approved) == "quality assurance: make version 1 effective"
    first = workshop.put_in_force(approved)
    second = workshop.approve(workshop.submit(workshop.next_version(first)))
    second = workshop.put_in_force(second, effective_from=clock.now() + timedelta(days=1))
    first = workshop.read(first)
    assert version_chip(first).word == "effective, will be superseded"
    assert " until " in verdict(first).sentence
    assert version_chip(second).word == "coming into force"
    assert "Will be in force" in verdict(second).sentence
    with clock.frozen(clock.now() + timedelta(days=2)):
        assert "Superseded on" in verdict(first).sentence
    assert acts(None) == "nobody"
