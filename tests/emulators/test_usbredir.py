"""Our side of usbredir against the protocol's own library, and once over a socket. QEMU itself: `make vm-test`."""

import contextlib
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.emulators import futronic, uareu
from tests.emulators.futronic import FRAME_S, PAUSE_S, Fault, Futronic, Script, Wrong
from tests.emulators.plate import PICTURE_BYTES, Plate
from tests.emulators.prints import anisotropic, pictures
from tests.emulators.uareu import Uareu
from tests.emulators.usb import Model
from tests.emulators.usbredir import Plug, Redirected
from tests.emulators.usbredir_peer import Peer, missing
from tests.emulators.usbredir_wire import Bulk, Cap, Kind, Status, Wire

needs_library = pytest.mark.skipif(bool(missing()), reason=missing())

GREETING = (b"\xe0", b"\x6c", b"\x50")
LIGHT, CAPTURE = b"\xdd\x32\x00", b"\x6e"
Joined = Callable[..., Peer]


@pytest.fixture
def joined() -> Iterator[Joined]:
    """Joins peers to models; in the end none of them may have complained."""
    with contextlib.ExitStack() as held:
        peers: list[Peer] = []

        def join(model: Model, *, caps: int = 0xFF) -> Peer:
            peer = Peer(Redirected(model), caps=caps)
            held.callback(peer.close)
            peers.append(peer)
            return peer

        yield join
        assert [peer.complaints for peer in peers] == [[]] * len(peers)


def _futronic(frames: dict[int, Fault] | None = None, **script: object) -> Futronic:
    return Futronic(Plate(pictures(), landing=0), Script(frames=frames or {}, **script))  # type: ignore[arg-type]


def _greeted(peer: Peer) -> None:
    """As a driver begins: three commands with their answers, and the lamp."""
    for command in GREETING:
        assert peer.until(peer.out(0x01, command)) == (Status.OK, 1, b"")
        assert peer.until(peer.take(0x82, 512)).size_bytes == 512
    peer.out(0x01, LIGHT)


def _exposed(peer: Peer) -> int:
    """Ask for a frame, and begin to read it."""
    peer.until(peer.out(0x01, CAPTURE))
    return peer.take(0x82, PICTURE_BYTES)


@needs_library
@pytest.mark.parametrize("caps", [0xFF, 0, 1 << Cap.LONG_IDS | 1 << Cap.CONNECT_RELEASE])
def test_it_says_what_is_plugged_in_whatever_the_peer_can(joined: Joined, caps: int) -> None:
    peer = joined(_futronic(), caps=caps)
    assert [name for name, _ in peer.told] == ["hello", "ep_info", "interface_info", "device_connect"]
    told = dict(peer.told)
    release = 0x0100 if caps & 1 << Cap.CONNECT_RELEASE else 0
    speed, kind, _, _, *ids = struct.unpack("<4B3H", told["device_connect"])
    assert (speed, kind, ids[:2], ids[2] & (release or 0)) == (2, 0xFF, [0x1491, 0x0020], release)
    types, interfaces = told["ep_info"][:32], told["interface_info"]
    assert {at: kind for at, kind in enumerate(types) if kind != 255} == {0: 0, 1: 2, 16: 0, 18: 2}
    assert (interfaces[:4], interfaces[4], interfaces[36]) == (b"\1\0\0\0", 0, 0xFF)


@needs_library
def test_a_sensor_of_full_speed_with_an_interrupt_endpoint(joined: Joined) -> None:
    told = dict(joined(Uareu(anisotropic())).told)
    assert told["device_connect"][0] == 1
    assert told["ep_info"][17:19] == b"\3\2"
    assert told["ep_info"][32 + 17] == 8
    assert struct.unpack_from("<32H", told["ep_info"], 96)[16:19] == (64, 64, 64)


@needs_library
def test_the_system_enumerates_it(joined: Joined) -> None:
    peer = joined(_futronic())
    peer.reset()
    model = peer.control((0x80, 6, 0x0302, 0x0409), 255)
    assert model == (Status.OK, 10, b"\x0a\3" + "FS81".encode("utf-16-le"))
    assert peer.control((0x80, 6, 0x0100, 0), 8).data == futronic.FS81.device[:8]
    assert peer.control((0x80, 6, 0x0200, 0), 32).data == futronic.FS81.configuration
    assert peer.control((0x80, 6, 0x0600, 0), 10) == (Status.STALL, 0, b"")
    del peer.told[:]
    peer.ask("set_configuration", b"\1")
    peer.ask("get_configuration")
    peer.ask("set_configuration", b"\2")
    peer.ask("set_alt_setting", b"\0\0")
    peer.ask("set_alt_setting", b"\0\1")
    names = [name for name, _ in peer.told]
    status = [head for name, head in peer.told if name.endswith("status")]
    assert names[:3] == ["ep_info", "interface_info", "configuration_status"]
    assert status == [b"\0\1", b"\0\1", b"\2\1", b"\0\0\0", b"\2\0\0"]


@needs_library
def test_a_transfer_waits_until_the_device_has_it(joined: Joined) -> None:
    peer = joined(model := _futronic())
    _greeted(peer)
    reading = _exposed(peer)
    start_s = peer.clock.now_s()
    assert reading not in peer.ended
    taken = peer.until(reading)
    assert taken == (Status.OK, PICTURE_BYTES, model.exposures[-1][1])
    assert peer.clock.now_s() - start_s == pytest.approx(FRAME_S)


@needs_library
def test_a_peer_of_the_first_days_reads_a_frame_in_pieces(joined: Joined) -> None:
    peer = joined(model := _futronic(), caps=0)
    _greeted(peer)
    peer.out(0x01, CAPTURE)
    reading = [peer.take(0x82, 38_400) for _ in range(4)]
    assert b"".join(peer.until(number).data for number in reading) == model.exposures[-1][1]


@needs_library
def test_what_is_taken_back_ends_and_what_comes_later_is_the_next_ones(joined: Joined) -> None:
    peer = joined(model := _futronic({0: Fault(Wrong.LATE, 3)}))
    _greeted(peer)
    late = _exposed(peer)
    peer.pass_until(peer.clock.now_s() + 2 * FRAME_S)
    assert peer.cancel(late) == (Status.CANCELLED, 0, b"")
    assert peer.until(peer.take(0x82, PICTURE_BYTES)).data == model.exposures[-1][1]


@needs_library
@pytest.mark.parametrize("fault", [Wrong.CUT, Wrong.SPLIT, Wrong.STALL, Wrong.PAUSED, Wrong.HANG])
def test_a_spoilt_frame_passes_through(joined: Joined, fault: Wrong) -> None:
    peer = joined(model := _futronic({0: Fault(fault, 7)}))
    _greeted(peer)
    reading = _exposed(peer)
    if fault in {Wrong.CUT, Wrong.HANG}:
        # whole packets, and no short one to end them; or nothing at all
        peer.pass_until(peer.clock.now_s() + 1)
        some = 7 * 512 if fault is Wrong.CUT else 0
        assert peer.cancel(reading)[:2] == (Status.CANCELLED, some)
        return
    start_s = peer.clock.now_s()
    taken = peer.until(reading)
    exposed = model.exposures[-1][1]
    if fault is Wrong.STALL:
        assert taken.status == Status.STALL
        assert peer.until(peer.take(0x82, 512)).status == Status.STALL
        assert peer.control((0x02, 1, 0, 0x82)) == (Status.OK, 0, b"")
        assert peer.take(0x82, 512) not in peer.ended
    elif fault is Wrong.SPLIT:
        assert taken == (Status.OK, 7 * 512 + 100, exposed[: 7 * 512 + 100])
        assert peer.until(peer.take(0x82, PICTURE_BYTES)).data == exposed[7 * 512 + 100 :]
    else:
        assert taken.data == exposed
        assert peer.clock.now_s() - start_s == pytest.approx(FRAME_S + PAUSE_S)


@needs_library
def test_less_than_a_packet_is_babble(joined: Joined) -> None:
    peer = joined(_futronic())
    peer.out(0x01, GREETING[0])
    assert peer.until(peer.take(0x82, 100)).status == Status.BABBLE


@needs_library
def test_a_command_waits_while_the_sensor_takes_none(joined: Joined) -> None:
    peer = joined(_futronic(out_waits=True, stale_packets=1))
    asking = peer.out(0x01, GREETING[0])
    assert asking not in peer.ended
    assert peer.until(peer.take(0x82, 512)).size_bytes == 512
    assert peer.until(asking) == (Status.OK, 1, b"")


def test_commands_that_wait_stay_in_order() -> None:
    wire, device = Wire(), Redirected(_futronic(out_waits=True, stale_packets=1))
    device.receive(wire.hello(), now_s=0)
    assert len(list(wire.split(device.to_send()))) == 4
    asked = ((0x01, GREETING[0], 1), (0x82, b"", 512), (0x01, GREETING[1], 1))
    packets = [
        wire.packet(Kind.BULK, number, wire.bulk(Bulk(endpoint, 0, size_bytes, 0)) + data)
        for number, (endpoint, data, size_bytes) in enumerate(asked)
    ]
    device.receive(b"".join(packets), now_s=0)
    assert [packet.id for packet in wire.split(device.to_send())] == [1, 0, 2]


@needs_library
def test_the_plug_that_is_pulled_in_the_middle_of_a_frame(joined: Joined) -> None:
    peer = joined(_futronic({0: Fault(Wrong.UNPLUGGED, 100)}))
    _greeted(peer)
    reading = _exposed(peer)
    peer.pass_until(peer.clock.now_s() + FRAME_S)
    assert peer.device.gone
    assert peer.told[-1] == ("device_disconnect", b"")
    assert reading not in peer.ended


@needs_library
@pytest.mark.parametrize("refused", [False, True])
def test_a_reset_empties_the_queue_unless_it_is_refused(joined: Joined, refused: bool) -> None:
    peer = joined(_futronic(stale_packets=2, reset_refused=refused))
    peer.reset()
    reading = peer.take(0x82, 512)
    assert (reading in peer.ended) is refused


@needs_library
def test_events_come_unasked_and_are_numbered(joined: Joined) -> None:
    peer = joined(model := Uareu(anisotropic(), uareu.Script(status=0x81)))
    peer.ask("start_interrupt_receiving", b"\x81")
    assert peer.told[-1] == ("interrupt_receiving_status", b"\0\x81")
    assert peer.control((0xC0, 0x04, 0x07, 0), 1).data == b"\x81"
    assert peer.control((0x40, 0x04, 0x07, 0), b"\1") == (Status.OK, 1, b"")
    peer.pass_until(peer.clock.now_s() + 0.1)
    assert [(number, event.data[:2]) for number, event in peer.interrupts] == [(at, b"\x56\xaa") for at in range(3)]
    del peer.interrupts[:]
    peer.control((0x40, 0x04, 0x4E, 0), b"\x10")
    peer.pass_until(peer.clock.now_s() + 0.1)
    assert [(number, event.data[:2]) for number, event in peer.interrupts] == [(3, b"\1\1")]
    peer.control((0x40, 0x04, 0x4E, 0), b"\x20")
    picture = peer.until(peer.take(0x82, 111_424))
    # an empty packet ends it before what was asked for
    assert picture.size_bytes == 111_040
    assert model.frames == 1
    peer.ask("stop_interrupt_receiving", b"\x81")
    peer.control((0x40, 0x04, 0x4E, 0), b"\x12")
    peer.pass_until(peer.clock.now_s() + 0.1)
    assert len(peer.interrupts) == 1


def test_over_a_socket_until_the_plug_is_pulled_on_either_side(tmp_path: Path) -> None:
    path = str(tmp_path / "plug")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        for pulled in (Plug.pull, None):
            plug = Plug(path, _futronic())
            connection, _ = listening.accept()
            with connection:
                wire = Wire()
                connection.sendall(wire.hello())
                kinds: list[int] = []
                while Kind.DEVICE_CONNECT not in kinds:
                    kinds += [packet.kind for packet in wire.split(connection.recv(4096))]
                assert kinds == [Kind.HELLO, Kind.EP_INFO, Kind.INTERFACE_INFO, Kind.DEVICE_CONNECT]
                if pulled:
                    pulled(plug)
                    assert connection.recv(1) == b""
            assert plug.wait(10)
            plug.pull()


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\n\r\n", struct.pack("<III", 3, 0, 0)])
def test_who_does_not_speak_usbredir_is_refused(sent: bytes) -> None:
    with pytest.raises(ConnectionError):
        Redirected(_futronic()).receive(sent, now_s=0)
