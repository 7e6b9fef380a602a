"""The press series: what is read, what is left out, and how later batches are predicted."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from batchwright.kernel.errors import BadInput
from batchwright.twins.compression import tablet_press
from batchwright.twins.compression_study import predict_later
from batchwright.twins.errors import TwinError
from batchwright.twins.model import Array
from batchwright.twins.press_data import Batch, read_press
from tests.twins.examples import DATA

SERIES = DATA / "tablets" / "process" / "3.csv"
needs_data = pytest.mark.skipif(not SERIES.exists(), reason="the press series are not here (BATCHWRIGHT_DATA)")
HEAD = "timestamp;batch;tbl_speed;main_comp;tbl_fill;cyl_main;produced\n"
BEGIN = datetime(2026, 11, 22, 6, 0)  # noqa: DTZ001 - as the press writes it


def row(second: int, *, speed: float = 120, force: float = 6.0, made: float = 100, batch: int = 1) -> str:
    return f"{BEGIN + timedelta(seconds=second)};{batch};{speed};{force};6.6;2.05;{made}\n"


def written(folder: Path, rows: list[str]) -> Path:
    path = folder / "press.csv"
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    return path


def test_standing_still_and_a_hung_counter_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [row(10 * i, speed=0, made=0) for i in range(30)]
    rows += [row(300 + 10 * i, made=100 + i) for i in range(60)]
    rows += [row(900 + 10 * i, made=159) for i in range(60)]
    (batch,) = read_press(written(tmp_path, rows))
    assert batch.rows == 150
    assert batch.standing == 30
    assert batch.hung == 31  # the counter must move within five minutes: 29 rows pass before that can be said
    assert batch.hours.max() < 1200 / 3600
    assert batch.force.tolist() == [6.0] * len(batch.force)


def test_batches_come_in_the_order_in_which_they_were_made(tmp_path: Path) -> None:
    rows = [row(7200 + 10 * i, made=100 + i, batch=1) for i in range(60)]
    rows += [row(10 * i, made=100 + i, batch=2) for i in range(60)]
    assert [batch.number for batch in read_press(written(tmp_path, rows))] == [2, 1]


def test_a_batch_that_never_ran_steadily_has_no_medians(tmp_path: Path) -> None:
    (batch,) = read_press(written(tmp_path, [row(10 * i, speed=0, made=0) for i in range(40)]))
    assert len(batch.hours) == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("timestamp;batch\n", "A column is missing"),
        (HEAD + "yesterday;1;120;6;6.6;2.05;1\n", "line 2"),
        (HEAD + row(0) + "2026-11-22 06:00:10;1;120;six;6.6;2.05;1\n", "line 3"),
    ],
)
def test_a_series_that_cannot_be_read_is_refused_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "press.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        read_press(path)
    assert says in str(refused.value) or f"line={says[5:]}" in repr(refused.value) or says[5:] in str(refused.value)


def test_a_series_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        read_press(tmp_path / "none.csv")


def pressed(number: int, *, mass: float, seed: int) -> Batch:
    """A batch as the model makes it, with the noise of the press."""
    generator = np.random.Generator(np.random.PCG64(seed))
    hours = np.arange(0.5, 4.5, 0.25)
    edge = 2.05 + 0.05 * np.sin(2 * hours + seed)
    fill = 6.6 + 0.05 * np.cos(3 * hours)

    def force(fill_at: float, edge_at: float) -> float:
        at = tablet_press().evaluate(
            ["force"], states={"m": mass}, inputs={"fill": fill_at, "edge": edge_at}, parameters={"b": 0.04, "S": 25.0}
        )
        return float(at["force"][0])

    seen: Array = np.array([force(f, e) for f, e in zip(fill, edge, strict=True)])
    seen = seen + 0.05 * generator.standard_normal(len(hours))
    return Batch(number, BEGIN, hours, seen, fill, edge, 0, 0, 0)


@pytest.mark.slow
def test_half_an_hour_of_a_heavier_batch_is_enough_to_predict_its_rest() -> None:
    batches = [pressed(1, mass=224, seed=1), pressed(2, mass=224, seed=2), pressed(3, mass=229, seed=3)]
    study = predict_later(batches, first=2)
    (result,) = study.results
    assert study.fitted_on == (1, 2)
    assert result.blind > 3 * result.told
    assert result.told < result.persistent
    assert result.told_inside >= 0.7
    assert result.blind_inside < 0.2
    overall = study.overall()
    assert overall["told"] == pytest.approx(result.told)
    assert overall["blind_inside"] == result.blind_inside
    assert study.curves[0].number == 3


def test_nothing_later_cannot_be_predicted() -> None:
    with pytest.raises(TwinError, match="no later batch"):
        predict_later([pressed(1, mass=224, seed=1)], first=1)


@needs_data
def test_the_real_series_holds_sixteen_batches_one_of_which_hung_for_hours() -> None:
    batches = read_press(SERIES)
    assert [batch.number for batch in batches][:4] == [19, 20, 21, 60]
    assert len(batches) == 16
    assert max(batches, key=lambda batch: batch.hung).number == 325
    assert sum(batch.rows for batch in batches) == 53057
