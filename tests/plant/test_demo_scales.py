"""The demo's simulated scales answer where their instruments say, also beside another demo on the same machine."""

import threading

import pytest

from batchwright import record
from batchwright.plant import demo_instruments
from batchwright.plant.adapters.simulator import ScaleServer, SimulatedScale
from batchwright.plant.services import weighing
from tests.plant.floor import Floor
from tests.plant.metrology import Metrology


@pytest.fixture
def metrology(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> Metrology:
    found = Metrology(floor.plant)
    monkeypatch.setattr(demo_instruments, "_actor", lambda _name: found.actor("qa"))
    return found


def changes() -> int:
    return record.Entry.objects.filter(type="instrument.changed/1").count()


def test_a_port_that_another_demo_listens_on_is_left_to_it_and_the_change_is_on_record(metrology: Metrology) -> None:
    with ScaleServer(SimulatedScale(settle_seconds=0)) as another:
        metrology.add_scale("SC-101", protocol="mt-sics", host="127.0.0.1", port=another.port)
        metrology.add_scale("SC-102", protocol="sbi", host="scale.example.com", port=another.port)
        demo_instruments.settle()
        assert changes() == 1
        moved = metrology.read("SC-101").port
        assert moved != another.port
        assert metrology.read("SC-102").port == another.port
        demo_instruments.settle()
        assert (changes(), metrology.read("SC-101").port) == (1, moved)


def test_the_scales_listen_where_the_instruments_say_and_elsewhere_if_that_was_taken_meanwhile(
    metrology: Metrology, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()
    seen: list[str] = []

    def look() -> None:
        """What a page reads while they listen."""
        reading = weighing.read_scale(actor=metrology.actor("operator"), scale=metrology.read("SC-101"))
        seen.append(str(reading.value))

    monkeypatch.setattr(ended, "wait", look)
    monkeypatch.setattr(demo_instruments, "perform", lambda *_: None)
    monkeypatch.setattr(demo_instruments, "connection", type("Kept", (), {"close": staticmethod(lambda: None)}))
    with ScaleServer(SimulatedScale(settle_seconds=0)) as another:
        metrology.add_scale("SC-101", protocol="mt-sics", host="127.0.0.1", port=another.port)
        demo_instruments.serve(ended)
    assert seen == ["0.000 kg"]
    assert changes() == 1
