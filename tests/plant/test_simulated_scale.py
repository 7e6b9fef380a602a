"""The simulated scale: what it answers, how it is loaded and spoilt, and how it performs for the demo."""

import socket
import threading
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest

from batchwright.kernel.errors import BadInput, Unavailable
from batchwright.kernel.quantity import Quantity
from batchwright.plant.adapters.simulator import Fault, ScaleServer, Scene, SimulatedScale, perform


@pytest.fixture
def server() -> Iterator[ScaleServer]:
    with ScaleServer(SimulatedScale(settle_seconds=0)) as one:
        yield one


def put(server: ScaleServer, load: str) -> None:
    server.scale.put(Quantity.parse(load))


def said(server: ScaleServer, *commands: str) -> list[str]:
    """What the simulated scale answers to what somebody types."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
        words = line.makefile("rw", encoding="latin-1", newline="\r\n")
        answers = []
        for command in commands:
            words.write(command + "\r\n")
            words.flush()
            answers.append(words.readline().rstrip())
        return answers


def test_the_simulated_scale_is_loaded_and_spoilt_by_lines_of_its_own(server: ScaleServer) -> None:
    answers = said(
        server, "SIM PUT 12.345 kg", "S", "SIM FAULT unstable", "S", "SIM FAULT none", "SIM UNIT g", "S", "SIM UNIT kg",
        "SIM FAULT merry", "SIM PUT much", "T", "@", "X",
    )  # fmt: skip
    assert answers[:8] == [
        "SIM A", "S S     12.345 kg", "SIM A", "S D     12.345 kg", "SIM A", "SIM A", "S S     12.345 g", "SIM A"
    ]  # fmt: skip
    assert answers[8].startswith("SIM E not known")
    assert answers[9].startswith("SIM E")
    assert answers[10:] == ["T S     12.345 kg", 'I4 A "SIM-0001"', "ES"]


def test_the_simulated_scale_refuses_to_tare_or_zero_what_moves(server: ScaleServer) -> None:
    server.scale.fault = Fault.UNSTABLE
    assert said(server, "T", "Z") == ["T I", "Z I"]
    put(server, "70 kg")
    assert said(server, "T") == ["T +"]


def test_the_simulated_scale_leaves_an_unknown_sbi_command_unanswered(server: ScaleServer) -> None:
    assert server.scale.answer("\x1bq") == ""


def test_a_port_that_is_taken_is_said(server: ScaleServer) -> None:
    with pytest.raises(Unavailable, match=str(server.port)):
        ScaleServer(SimulatedScale(), server.port)


def test_a_performance_goes_round_until_it_is_ended() -> None:
    scale, ended, seen = SimulatedScale(settle_seconds=0), threading.Event(), []
    put_before = scale.put

    def watched(load: Quantity) -> None:
        put_before(load)
        seen.append(load)
        if len(seen) == 5:
            ended.set()

    scale.put = watched  # type: ignore[method-assign]
    scenes = (Scene(Quantity(0, "kg"), 0.001), Scene(Quantity("2.3", "kg"), 0.001))
    perform(scale, scenes, ended)
    assert [str(one) for one in seen] == ["0 kg", "2.3 kg", "0 kg", "2.3 kg", "0 kg"]
    assert scale.net() == (Decimal("0.000"), True)
    with pytest.raises(BadInput):
        perform(scale, (), ended)


def test_a_performance_waits_while_somebody_puts_loads_on_by_hand(server: ScaleServer) -> None:
    ended = threading.Event()
    player = threading.Thread(target=perform, args=(server.scale, (Scene(Quantity("2.3", "kg"), 0.01),), ended))
    assert said(server, "SIM PUT 12.5 kg") == ["SIM A"]
    player.start()
    try:
        assert not ended.wait(0.1)
        assert server.scale.net()[0] == Decimal("12.500")
        assert said(server, "SIM PLAY") == ["SIM A"]
        until = time.monotonic() + 60
        while server.scale.net()[0] != Decimal("2.300"):
            assert time.monotonic() < until, "the performance does not go on"
            time.sleep(0.01)
    finally:
        ended.set()
        player.join()
