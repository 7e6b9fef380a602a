"""One contract for every scale, on both protocols, against a scale that misbehaves on demand."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Self

import pytest

from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError, Unavailable
from batchwright.kernel.quantity import Quantity
from batchwright.plant import scales
from batchwright.plant.adapters.connecting import PROTOCOLS, connect
from batchwright.plant.adapters.simulator import Fault, ScaleServer, SimulatedScale

SOON = timedelta(seconds=0.3)
"""For what does not come."""
IN_TIME = timedelta(seconds=20)
"""For an answer that comes: a busy machine is no fault of a scale."""
AT = datetime(2026, 11, 22, 7, 21, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[ScaleServer]:
    """A scale of 60 kg whose loads rest at once."""
    with ScaleServer(SimulatedScale(settle_seconds=0, slow_seconds=0.6)) as one:
        yield one


@pytest.fixture(params=["mt-sics", "sbi", "sbi, 22 characters"])
def scale(request: pytest.FixtureRequest, server: ScaleServer) -> Iterator[scales.Scale]:
    """The same scale over each protocol."""
    protocol, _, long = request.param.partition(",")
    server.scale.long_lines = bool(long)
    with connect(protocol, "127.0.0.1", server.port, unit="kg", answer_within=IN_TIME) as one:
        yield one


def put(server: ScaleServer, load: str) -> None:
    server.scale.put(Quantity.parse(load))


@pytest.mark.requirement("211.68(b)")
def test_a_stable_load_is_read_to_the_digit_with_its_unit_its_time_and_its_line(
    scale: scales.Scale, server: ScaleServer
) -> None:
    put(server, "48.684 kg")
    with clock.frozen(AT):
        reading = scale.read_stable()
    assert reading.value.same_as_entered(Quantity("48.684", "kg"))
    assert reading.stable
    assert reading.at == AT
    assert "48.684" in reading.raw


@pytest.mark.requirement("ALCOA+ accurate")
def test_trailing_zeros_are_digits_of_the_scale(scale: scales.Scale, server: ScaleServer) -> None:
    put(server, "12 kg")
    assert str(scale.read().value) == "12.000 kg"


def test_a_weight_below_zero_is_read_with_its_sign(scale: scales.Scale, server: ScaleServer) -> None:
    put(server, "2.310 kg")
    scale.tare()
    put(server, "2.300 kg")
    assert scale.read_stable().value == Quantity("-0.010", "kg")


def test_what_moves_is_shown_but_never_called_stable(scale: scales.Scale, server: ScaleServer) -> None:
    put(server, "10 kg")
    server.scale.fault = Fault.UNSTABLE
    reading = scale.read()
    assert not reading.stable
    assert reading.value == Quantity("10.000", "kg")


@pytest.mark.requirement("11.10(h)")
def test_no_value_is_given_without_stability(scale: scales.Scale, server: ScaleServer) -> None:
    put(server, "10 kg")
    server.scale.fault = Fault.UNSTABLE
    with pytest.raises(scales.Unstable, match=r"last 10\.000 kg \(limit: stable within 0\.3 s\)"):
        scale.read_stable(SOON)


def test_a_load_that_comes_to_rest_is_waited_for(scale: scales.Scale, server: ScaleServer) -> None:
    server.scale.settle_seconds = 0.02
    put(server, "30 kg")
    assert scale.read_stable().value == Quantity("30.000", "kg")


def test_overload_and_underload_are_refused_and_pass(scale: scales.Scale, server: ScaleServer) -> None:
    put(server, "60.100 kg")
    with pytest.raises(scales.Overload, match="Take some of the load off"):
        scale.read_stable(SOON)
    with pytest.raises(scales.Overload):
        scale.tare(SOON)
    put(server, "-5 kg")
    with pytest.raises(scales.Underload, match="pan is in place"):
        scale.read()
    put(server, "1 kg")
    assert scale.read().value == Quantity("1.000", "kg")


def test_tare_gives_the_weight_that_became_tare_and_shows_net_after_it(
    scale: scales.Scale, server: ScaleServer
) -> None:
    put(server, "2.310 kg")
    tared = scale.tare()
    assert tared.value == Quantity("2.310", "kg")
    assert scale.read_stable().value == Quantity("0.000", "kg")
    put(server, "50.994 kg")
    assert scale.read_stable().value == Quantity("48.684", "kg")


def test_tare_waits_for_rest(scale: scales.Scale, server: ScaleServer) -> None:
    server.scale.fault = Fault.UNSTABLE
    with pytest.raises(scales.Unstable):
        scale.tare(SOON)
    with pytest.raises(scales.Unstable):
        scale.zero(SOON)


def test_zero_is_set_near_zero_only(scale: scales.Scale, server: ScaleServer) -> None:
    put(server, "0.014 kg")
    scale.zero()
    assert scale.read_stable().value == Quantity("0.000", "kg")
    put(server, "20 kg")
    with pytest.raises((scales.Busy, scales.Overload)):
        scale.zero(SOON)


@pytest.mark.requirement("11.10(h)")
def test_another_unit_is_refused_even_if_it_could_be_converted(scale: scales.Scale, server: ScaleServer) -> None:
    put(server, "10 kg")
    for shown in ("[lb_av]", "g"):
        server.scale.shown_unit = shown
        with pytest.raises(scales.WrongUnit, match="Switch the scale to kg"):
            scale.read_stable(SOON)


@pytest.mark.parametrize("protocol", ["mt-sics", "sbi"])
def test_a_late_answer_ends_the_line_and_is_never_taken_for_the_next(protocol: str, server: ScaleServer) -> None:
    put(server, "10 kg")
    server.scale.fault = Fault.SLOW
    with connect(protocol, "127.0.0.1", server.port, unit="kg", answer_within=SOON) as scale:
        with pytest.raises(scales.ConnectionLost, match=r"did not answer within 0\.3 s"):
            scale.read()
        server.scale.fault = Fault.NONE
        with pytest.raises(scales.ConnectionLost):
            scale.read()


def test_a_line_cut_in_the_middle_gives_no_value(scale: scales.Scale, server: ScaleServer) -> None:
    put(server, "48.684 kg")
    server.scale.fault = Fault.CUT
    with pytest.raises(scales.ConnectionLost, match="cut in the middle of a line"):
        scale.read()


def test_garbage_gives_no_value(scale: scales.Scale, server: ScaleServer) -> None:
    put(server, "48.684 kg")
    server.scale.fault = Fault.GARBAGE
    with pytest.raises(scales.NotUnderstood, match=r"x00"):
        scale.read()


def test_two_answers_in_one_packet_leave_no_old_value_behind(scale: scales.Scale, server: ScaleServer) -> None:
    put(server, "10 kg")
    server.scale.fault = Fault.TWICE
    assert scale.read().value == Quantity("10.000", "kg")
    server.scale.fault = Fault.NONE
    put(server, "20 kg")
    assert scale.read().value == Quantity("20.000", "kg")


def test_a_scale_that_does_something_else_says_so(scale: scales.Scale, server: ScaleServer) -> None:
    server.scale.fault = Fault.BUSY
    with pytest.raises(scales.Busy):
        scale.read()


def test_a_scale_in_error_gives_no_value(scale: scales.Scale, server: ScaleServer) -> None:
    server.scale.fault = Fault.ERROR
    with pytest.raises(scales.NotUnderstood):
        scale.read()


def test_a_scale_says_who_it_is(scale: scales.Scale) -> None:
    assert scale.identify() == scales.Identity("Simulated 60 kg", "SIM-0001")


def test_errors_say_whether_the_caller_or_the_equipment_is_at_fault() -> None:
    for refused in (scales.Unstable, scales.Overload, scales.Underload, scales.WrongUnit):
        assert issubclass(refused, DomainError)
    for broken in (scales.ConnectionLost, scales.Busy, scales.NotUnderstood):
        assert issubclass(broken, Unavailable)


def test_nobody_there_is_said_with_the_address() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]  # kept while nobody listens, so that nobody else is given it
        with pytest.raises(scales.ConnectionLost, match=rf"cannot be reached.*127\.0\.0\.1:{port}"):
            connect("mt-sics", "127.0.0.1", port, unit="kg", answer_within=IN_TIME)


def test_an_unknown_protocol_is_refused() -> None:
    with pytest.raises(BadInput, match="mt-sics, sbi"):
        connect("xbpi", "127.0.0.1", 1, unit="kg")


class Puppet:
    """A server that says exactly what a test wants, whatever it is asked."""

    def __init__(self, *said: bytes) -> None:
        self.said = list(said)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        line, _ = self.listener.accept()
        with line:
            for one in self.said:
                if not line.recv(100):
                    return
                line.sendall(one)
            line.recv(100)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.thread.join(60)
        self.listener.close()

    def read(self, protocol: str) -> scales.Reading:
        with self, connect(protocol, "127.0.0.1", self.port, unit="g", answer_within=IN_TIME) as scale:
            return scale.read()


@pytest.mark.parametrize(
    ("protocol", "line", "value", "stable"),
    [
        # Mettler-Toledo, 11780711, 2.2.1; Sartorius Quintix and GC803S manuals, "Data output format".
        ("mt-sics", b"S S     100.00 g\r\n", "100.00", True),
        ("mt-sics", b"S D     -12.5 g\r\n", "-12.5", False),
        ("sbi", b"+  111.255 g  \r\n", "111.255", True),
        ("sbi", b"+ 123.5[6] g  \r\n", "123.56", True),
        ("sbi", b"    123.56    \r\n", "123.56", False),
        ("sbi", b"N     +   123.56 g  \r\n", "123.56", True),
        ("sbi", b"-      0.5 g  \r\n", "-0.5", True),
    ],
)
def test_lines_as_the_manuals_print_them_are_read(protocol: str, line: bytes, value: str, stable: bool) -> None:
    reading = Puppet(line).read(protocol)
    assert reading.value.same_as_entered(Quantity(value, "g"))
    assert reading.stable is stable


@pytest.mark.parametrize(
    ("protocol", "line", "error"),
    [
        ("mt-sics", b"ES\r\n", scales.NotUnderstood),
        ("mt-sics", b"ET\r\n", scales.NotUnderstood),
        ("mt-sics", b"EL\r\n", scales.NotUnderstood),
        ("mt-sics", b"S +\r\n", scales.Overload),
        ("mt-sics", b"S -\r\n", scales.Underload),
        ("mt-sics", b"S I\r\n", scales.Busy),
        ("mt-sics", b"S S     100.00 ct\r\n", scales.WrongUnit),
        ("mt-sics", b"S S     1OO.00 g\r\n", scales.NotUnderstood),
        ("mt-sics", b"S\r\n", scales.NotUnderstood),
        ("mt-sics", b"Z A\r\n", scales.NotUnderstood),
        ("mt-sics", b"\r\n", scales.NotUnderstood),
        ("mt-sics", b"S S" + b" " * 300, scales.NotUnderstood),
        ("mt-sics", b"S S" + b" " * 300 + b"\r\n", scales.NotUnderstood),
        ("sbi", b"      High    \r\n", scales.Overload),
        ("sbi", b"      Low     \r\n", scales.Underload),
        ("sbi", b"      H       \r\n", scales.Overload),
        ("sbi", b"      L       \r\n", scales.Underload),
        ("sbi", b"      --      \r\n", scales.Busy),
        ("sbi", b"   Err 054    \r\n", scales.NotUnderstood),
        ("sbi", b"Stat     ERR 054    \r\n", scales.NotUnderstood),
        ("sbi", b"Stat            12  \r\n", scales.NotUnderstood),
        ("sbi", b"+   123.56 pcs\r\n", scales.WrongUnit),
        ("sbi", b"+   1 3..6 g  \r\n", scales.NotUnderstood),
        ("sbi", b"+ 12 g\r\n", scales.NotUnderstood),
    ],
)
def test_whatever_is_no_weight_gives_no_value(protocol: str, line: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        Puppet(line).read(protocol)


def test_an_answer_in_pieces_is_put_together() -> None:
    class Slowly(Puppet):
        def _serve(self) -> None:
            line, _ = self.listener.accept()
            with line:
                line.recv(100)
                for piece in (b"S S   ", b"  100.", b"00 g\r", b"\n"):
                    line.sendall(piece)
                    time.sleep(0.02)
                line.recv(100)

    assert Slowly().read("mt-sics").value == Quantity("100.00", "g")


def test_a_scale_that_hangs_up_between_two_readings_is_lost_not_read() -> None:
    class Leaving(Puppet):
        def _serve(self) -> None:
            line, _ = self.listener.accept()
            line.recv(100)
            line.sendall(b"S S     100.00 g\r\n")
            line.close()

    with Leaving() as puppet, connect("mt-sics", "127.0.0.1", puppet.port, unit="g", answer_within=IN_TIME) as scale:
        scale.read()
        puppet.thread.join(60)
        with pytest.raises(scales.ConnectionLost, match="closed by the scale"):
            scale.read()


class Resetting(Puppet):
    """A scale whose power goes: its line is reset, not closed."""

    def __init__(self, *said: bytes, asked: bool) -> None:
        self.asked = asked
        self.heard = threading.Event()
        super().__init__(*said)

    def _serve(self) -> None:
        line, _ = self.listener.accept()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.recv(100)
        if not self.asked:
            line.sendall(b"S S     100.00 g\r\n")
            self.heard.wait(60)
        line.close()


def test_a_line_that_is_reset_before_the_answer_is_lost() -> None:
    with pytest.raises(scales.ConnectionLost, match="was cut"):
        Resetting(asked=True).read("mt-sics")


def test_a_line_that_is_reset_between_two_readings_is_lost() -> None:
    with (
        Resetting(asked=False) as puppet,
        connect("mt-sics", "127.0.0.1", puppet.port, unit="g", answer_within=IN_TIME) as scale,
    ):
        scale.read()
        puppet.heard.set()
        puppet.thread.join(60)
        with pytest.raises(scales.ConnectionLost, match="was cut"):
            scale.read()


def test_a_closed_line_is_not_spoken_to(server: ScaleServer) -> None:
    scale = connect("mt-sics", "127.0.0.1", server.port, unit="kg", answer_within=IN_TIME)
    scale.close()
    with pytest.raises(scales.ConnectionLost):
        scale.read()


def test_a_scale_that_hangs_up_at_a_question_is_lost() -> None:
    with pytest.raises(scales.ConnectionLost):
        Puppet(b"").read("mt-sics")


def test_a_name_that_is_no_text_is_not_taken_for_one() -> None:
    with (
        Puppet(b"I2 I\r\n") as puppet,
        connect("mt-sics", "127.0.0.1", puppet.port, unit="g", answer_within=IN_TIME) as scale,
        pytest.raises(scales.Busy),
    ):
        scale.identify()


def test_a_tare_that_the_scale_did_not_do_is_noticed(server: ScaleServer) -> None:
    put(server, "5 kg")
    server.scale.fault = Fault.DEAF
    with connect("sbi", "127.0.0.1", server.port, unit="kg", answer_within=IN_TIME) as scale:
        with pytest.raises(scales.Busy, match="did not tare"):
            scale.tare(SOON)
        with pytest.raises(scales.Busy, match="did not zero"):
            scale.zero(SOON)


def test_every_protocol_has_passed_the_contract() -> None:
    assert set(PROTOCOLS) == {"mt-sics", "sbi"}
