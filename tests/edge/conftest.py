"""How long the JSON edge is tried: ``pytest tests/edge --examples 200``."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let more requests be asked for than those of every run."""
    parser.addoption("--examples", type=int, default=None, help="requests per operation and log-in")
