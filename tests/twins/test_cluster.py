"""An ensemble is the same on a cluster as in one process."""

from __future__ import annotations

import numpy as np
import pytest

from batchwright.twins import LogNormal, Schedule, Spread, ensemble
from batchwright.twins.cho import fed_batch_culture

distributed = pytest.importorskip("distributed", reason="Dask is an optional extra")


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_cluster_of_two_workers_gives_what_one_process_gives() -> None:
    spread = Spread({"mu_max": LogNormal(0.039, 0.1), "QmAb": LogNormal(1.5e-12, 0.2)})
    schedule = Schedule(240.0, every=24.0, inputs={"feed": 0.001})
    alone = ensemble(fed_batch_culture(), schedule, spread, members=600, seed=5, outputs=("mAb", "Xv"))
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        spread_out = ensemble(
            fed_batch_culture(), schedule, spread, members=600, seed=5, outputs=("mAb", "Xv"),
            executor=client.get_executor(),
        )  # fmt: skip
    assert np.array_equal(alone.values, spread_out.values)
