"""How often writers are killed: ``pytest tests/crash --kills 5000``."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let more kills be asked for than the two hundred of every run."""
    parser.addoption("--kills", type=int, default=200, help="how many writers are killed (default: 200)")
