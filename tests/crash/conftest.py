"""How often writers are killed: ``pytest tests/crash --kills 5000``."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let more kills be asked for than those of every run."""
    parser.addoption("--kills", type=int, default=None, help="how many writers are killed")
