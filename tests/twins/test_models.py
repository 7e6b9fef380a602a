"""Every model of the catalogue keeps its balances, stays within its bounds and reproduces its references."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwright.twins import Model
from batchwright.twins.catalogue import ENTRIES, Entry, find
from batchwright.twins.checks import Check
from batchwright.twins.errors import TwinError
from batchwright.twins.model import Quantity
from tests.twins.examples import growth, tank

MODELS = [*(entry.model() for entry in ENTRIES), growth(), tank()]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_model_reproduces_its_references(entry: Entry) -> None:
    for check in entry.checks():
        assert check.passed, f"{check.name}: {check.value} against {check.reference}, error {check.error}"


def within(quantity: Quantity, share: float) -> float:
    """A value between the bounds, or around the default where a bound is infinite."""
    default = quantity.default[0] if quantity.default and np.isfinite(quantity.default[0]) else quantity.nominal
    low = quantity.lower if np.isfinite(quantity.lower) else default - 2 * quantity.nominal
    high = quantity.upper if np.isfinite(quantity.upper) else max(default, low) + 2 * quantity.nominal
    if low > 0 and high / low > 100:
        return float(low * (high / low) ** share)
    return float(low + (high - low) * share)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_balances_hold_at_every_admissible_point(model: Model, data: st.DataObject) -> None:
    shares = st.floats(0.001, 0.999)
    x, u, p, z = (
        np.array([within(q, data.draw(shares)) for q in model.group(kind) for _ in range(q.size)])
        for kind in ("state", "input", "parameter", "algebraic")
    )
    for name, defect in model.defects(time=1.0, x=x, u=u, p=p, z=z).items():
        assert defect < 1e-8, name


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_model_says_where_its_numbers_come_from(model: Model) -> None:
    assert all(quantity.source for quantity in model.parameters)
    assert model.equations()
    assert model.parameter_table().count("\n") == len(model.parameters) + 2


def test_a_check_outside_its_tolerance_does_not_pass() -> None:
    assert not Check("m", "n", 1.1, 1.0, 0.05).passed
    assert Check("m", "n", 1.1, 1.0, 0.15, error_is="absolute").passed
    assert not Check("m", "n", float("nan"), 1.0, 0.05).passed


def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    assert find("uf-df").factory == "filtration"
    with pytest.raises(TwinError, match="fed-batch-cho"):
        find("nothing")


def test_importing_the_twins_opens_nothing_and_loads_no_django() -> None:
    program = """
import sys, time
opened = []
sys.addaudithook(lambda event, args: opened.append((event, args[0])) if event in ("open", "socket.connect") else None)
begin = time.perf_counter()
import batchwright.twins
seconds = time.perf_counter() - begin
opened = [name for event, name in opened if not str(name).endswith((".py", ".pyc"))]
assert not opened, opened
assert not any(name.split(".")[0] in ("django", "casadi", "numpy") for name in sys.modules)
assert seconds < 0.5, seconds
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_name_that_is_not_there_is_said_to_be_missing() -> None:
    import batchwright.twins

    assert set(batchwright.twins.__all__) >= {"Declaration", "simulate"}
    with pytest.raises(AttributeError, match="nothing"):
        batchwright.twins.nothing  # noqa: B018
