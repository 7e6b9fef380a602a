"""The tools of the repository find what they are made to find."""

from pathlib import Path

import pytest
from rich.console import Console

from batchwright.twins import terminal
from tests.tools import coverage_gates, doc_blocks, pages, requirements_page, tree_lint

HOST = "https://files.python" + "hosted.org/packages/a.wh" + "l"


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("docs/a.md", HOST, "package registry"),
        ("docs/a.md", "see /ro" + "ot/notes", "absolute path"),
        ("src/a.py", "# TO" + "DO", "unfinished"),
        ("src/a.py", "\n" * 401, "401 lines (limit 400)"),
    ],
)
def test_the_tree_lint_finds(name: str, text: str, reason: str) -> None:
    (found,) = tree_lint.findings(Path(name), text)
    assert reason in found


@pytest.mark.parametrize(
    "text",
    [
        "# long-file: one program, copied whole\n" + "\n" * 500,
        "/var/lib/plant and src/root/ are fine",
    ],
)
def test_the_tree_lint_leaves_alone(text: str) -> None:
    assert list(tree_lint.findings(Path("src/a.py"), text)) == []


def test_a_clause_stands_under_the_longest_name_that_fits() -> None:
    known = ["11.50(a)", "11.300(d)", "11.30"]
    assert requirements_page.clause_of("11.50(a)(1)", known) == "11.50(a)"
    assert requirements_page.clause_of("11.300(d)", known) == "11.300(d)"
    assert requirements_page.clause_of("11.300(a)", known) is None


def test_tags_are_read_from_functions_classes_and_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements_page, "REPOSITORY", tmp_path)
    (tmp_path / "test_a.py").write_text(
        "import pytest\n"
        'pytestmark = [pytest.mark.requirement("11.70"), pytest.mark.slow]\n'
        '@pytest.mark.requirement("11.10(a)", "11.10(b)")\n'
        "def test_one(): ...\n"
        '@pytest.mark.requirement("11.10(c)")\n'
        "class TestIt:\n"
        "    def test_two(self): ...\n"
        "def helper(): ...\n"
    )
    assert [(tag.clause, tag.name) for tag in requirements_page.shown(tmp_path)] == [
        ("11.70", "test_one"), ("11.10(a)", "test_one"), ("11.10(b)", "test_one"),
        ("11.70", "test_two"), ("11.10(c)", "test_two"),
    ]  # fmt: skip


def test_every_tag_belongs_to_a_clause() -> None:
    assert requirements_page.unknown_tags() == []


@pytest.mark.requirement("11.10(a)")
def test_every_clause_is_shown_or_said_to_be_missing() -> None:
    assert requirements_page.unanswered() == []


@pytest.mark.requirement("11.10(k)")
def test_the_generated_pages_are_up_to_date() -> None:
    assert pages.out_of_date() == [], "run: make docs"


@pytest.mark.parametrize(
    ("printed", "expected", "same"),
    [
        ("a  b\nc\n", "a b c", True),
        ("seq 12 at 07:21, whole", "seq ... whole", True),
        ("head\nanything at all\ntail", "head\n...\ntail", True),
        ("head\ntail", "head\n...\ntail", True),
        ("head (1)", "head (2)", False),
        ("more than head", "head", False),
    ],
)
def test_an_output_is_compared_loosely(printed: str, expected: str, same: bool) -> None:
    assert doc_blocks.matches(printed, expected) is same


def test_a_console_block_is_read_command_by_command(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text(
        "Text\n\n```console\n$ batchwright check\nfine ...\n\n$ batchwright \\\n  config\n(exit code 2)\n```\n"
        "```sh\nmake demo\n```\n  ```python\n  x = 1\n  ```\n"
    )
    console, python = doc_blocks.blocks(page)
    assert console.line == 4
    assert list(doc_blocks.commands(console)) == [
        doc_blocks.Command("batchwright check", "fine ...", 0),
        doc_blocks.Command("batchwright   config", "", 2),
    ]
    namespace: dict[str, object] = {}
    doc_blocks.run_python(python, namespace)
    assert namespace["x"] == 1


def test_a_block_that_is_not_closed_is_an_error(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("```python\nx = 1\n")
    with pytest.raises(ValueError, match="not closed"):
        doc_blocks.blocks(page)


def test_a_console_made_in_front_of_another_screen_prints_for_the_one_of_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(terminal, "console", Console())
    monkeypatch.setenv("COLUMNS", "100")
    assert terminal.console.width == 40
    doc_blocks.look_at(100)
    assert terminal.console.width == 100


def test_what_lies_below_its_gate_is_named() -> None:
    def file(covered: int, missing: int) -> dict[str, dict[str, int]]:
        summary = {"covered_lines": covered, "missing_lines": missing, "num_statements": covered + missing}
        return {"summary": {**summary, "covered_branches": 0, "missing_branches": 0, "num_branches": 0}}

    assert coverage_gates.faults({"files": {"src/batchwright/site/a.py": file(90, 10)}}) == []
    assert coverage_gates.faults({"files": {"src/batchwright/site/a.py": file(89, 11)}}) == [
        "the rest: 89.0 % covered (limit: 90 %)"
    ]
    for whole in ("kernel/a.py", "record/web/a.py", "people/signing.py"):
        (fault,) = coverage_gates.faults({"files": {f"src/batchwright/{whole}": file(999, 1)}})
        assert "1 lines and 0 branches are not covered" in fault
