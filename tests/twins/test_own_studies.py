"""Studies of chromatography, drying and transcription say what came out, with charts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from batchwright.twins import Run, Schedule, chromatography_study, drying_study, mrna_study, studies
from batchwright.twins.charts import write
from batchwright.twins.distributions import LogNormal
from tests.twins.examples import DATA

real = pytest.mark.skipif(not (DATA / "ivt").exists(), reason="the published runs are not in the data folder")


def test_the_default_grid_is_within_a_second_of_a_fine_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(chromatography_study, "_GRIDS", ((2, 4, 2),))
    monkeypatch.setattr(chromatography_study, "_FINEST", (4, 4, 3))
    found = studies.study("chromatography", tmp_path)
    (row,) = found.document["rows"]
    assert row["peak"] < 1.0
    assert row["height"] < 0.005
    write(found.drawings["chromatography-elution"], tmp_path / "elution.svg")
    assert (tmp_path / "elution.svg").stat().st_size < 100_000


@real
def test_the_real_drying_run_ends_inside_every_predicted_interval() -> None:
    found = studies.study("freeze-drying", DATA)
    seen = found.document["seen"]
    assert all(p["low"] < seen < p["high"] for p in found.document["predicted"].values())
    assert set(found.drawings) == {"freeze-drying-run", "freeze-drying-window"}
    assert drying_study.predict_end.__doc__


@real
def test_the_nmr_run_is_predicted_better_once_its_first_minutes_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def known(runs: list[Run]) -> object:
        """The published estimate in place of a fit, with a little uncertainty."""
        del runs
        from batchwright.twins import Observation
        from batchwright.twins import identify as fitted
        from batchwright.twins.mrna import TOLERANCE, in_vitro_transcription

        seen = (Observation("RNA", [1.0], [2.0], sd=0.1),)
        run = Run("r", Schedule(1.0), seen)
        return fitted(
            in_vitro_transcription(), [run], free=["k_e"], priors={"k_e": LogNormal(160735.0, 0.1)}, tolerance=TOLERANCE
        )

    monkeypatch.setattr(mrna_study, "fit", known)
    monkeypatch.setattr(mrna_study, "_MEMBERS", 20)
    found = studies.study("mrna", DATA)
    for name, (error, _, _) in found.document["nmr"].items():
        assert found.document["told"][name][0] < error
    assert 1.5 < found.document["told"]["factor"] < 3.5
    assert np.isfinite([value for value, _ in found.document["misfits"].values()]).all()
