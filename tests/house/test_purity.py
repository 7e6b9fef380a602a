"""What import-linter cannot say: the kernel and the verifier stand on the standard library."""

import ast
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "batchwright"
KERNEL_MAY = {"batchwright"}
VERIFIER_MAY = {"cryptography"}


def imported(file: Path) -> set[str]:
    """The top packages a file imports, wherever in the file it does."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names)


@pytest.mark.parametrize("file", sorted((SOURCE / "kernel").rglob("*.py")), ids=lambda file: file.name)
def test_the_kernel_needs_nothing_at_all(file: Path) -> None:
    assert imported(file) <= KERNEL_MAY


@pytest.mark.requirement("11.10(b)")
def test_the_verifier_needs_nothing_but_cryptography() -> None:
    assert imported(SOURCE / "record" / "verifier.py") <= VERIFIER_MAY
