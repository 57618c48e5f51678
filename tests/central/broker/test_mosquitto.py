"""A real mosquitto with the written configuration: who may connect, write and read what. Refusals are MQTT 5's codes.

The configuration's own files (`mosquitto.conf`, `stations.acl`) are what is tested here.
"""

import os
import pwd
import re
import shutil
import socket
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.clock import SystemClock
from central.broker.mosquitto import MOSQUITTO_USER, account_of, check_reach, own_user, write_configuration
from central.errors import SetUpError
from central.paths import Paths
from central.pki.authority import Authority, Pair
from central.settings import Settings, load_settings
from tests.central.headquarters import Station, client_tls, enrolled, founded
from tests.central.probe import Probe, probing
from tests.central.processes import broker

DENIED = "Not authorized"
TAKEN = {"Success", "No matching subscribers"}


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paths]:
    paths = founded(tmp_path_factory.mktemp("broker") / "central")
    with broker(paths):
        yield paths


@pytest.fixture(scope="module")
def port(paths: Paths) -> int:
    return load_settings(paths.settings).broker_port


@pytest.fixture(scope="module")
def vilnius(paths: Paths) -> Station:
    return enrolled(paths, "vilnius-1")


@pytest.fixture(scope="module")
def kaunas(paths: Paths) -> Station:
    return enrolled(paths, "kaunas-2")


def central_tls(paths: Paths) -> ssl.SSLContext:
    return client_tls(paths.certificate("ca"), certificate=paths.certificate("central"), key=paths.key("central"))


@pytest.fixture
def a(vilnius: Station, port: int) -> Iterator[Probe]:
    with probing(vilnius.tls(), identity=vilnius.identity, port=port) as probe:
        yield probe


@pytest.fixture
def b(kaunas: Station, port: int) -> Iterator[Probe]:
    with probing(kaunas.tls(), identity=kaunas.identity, port=port) as probe:
        yield probe


@pytest.fixture
def central(paths: Paths, port: int) -> Iterator[Probe]:
    with probing(central_tls(paths), identity="central", port=port) as probe:
        yield probe


OURS = ("up/state", "up/health", "up/parcel/01jd/m", "up/parcel/01jd/0", "up/event/01jd", "up/ask/01jd", "up/renew")
OTHERS = (
    "smilius/1/lt/kaunas-2/up/parcel/01jd/m",
    "smilius/1/lt2/vilnius-1/up/state",
    "smilius/1/lt/vilnius-1/dn/receipt/01jd",
    "smilius/1/lt/kaunas-2/dn/command/01jd",
    "smilius/1/lt/central/state",
    "smilius/1/lt/central/up/state",
    "smilius/1/claim/fingerprint/up",
    "smilius/2/lt/vilnius-1/up/state",
    "elsewhere",
    "$SYS/broker/version",
)


def test_a_station_writes_its_own_topics(a: Probe, central: Probe) -> None:
    central.subscribe("smilius/1/+/+/up/#")
    for topic in OURS:
        assert a.publish(f"smilius/1/lt/vilnius-1/{topic}", b"ours") in TAKEN
        assert central.heard() == (f"smilius/1/lt/vilnius-1/{topic}", b"ours")


def test_a_station_writes_nothing_else(a: Probe, central: Probe) -> None:
    central.subscribe("#")
    assert {topic: a.publish(topic, b"forged", retain=True) for topic in OTHERS} == dict.fromkeys(OTHERS, DENIED)
    a.publish("smilius/1/lt/vilnius-1/up/state", b"afterwards")
    assert central.heard()[1] == b"afterwards"


def test_a_station_hears_what_is_for_it_alone(a: Probe, b: Probe, central: Probe) -> None:
    # mosquitto grants every subscription and decides at each message
    a.subscribe("smilius/1/lt/kaunas-2/dn/#", "smilius/1/+/+/dn/#", "smilius/1/#", "#")
    b.subscribe("smilius/1/lt/kaunas-2/dn/#")
    central.publish("smilius/1/lt/kaunas-2/dn/receipt/01jd", b"for Kaunas")
    central.publish("smilius/1/lt2/vilnius-1/dn/receipt/01jd", b"for another tenant")
    b.publish("smilius/1/lt/kaunas-2/up/parcel/01jd/0", b"sealed in Kaunas")
    assert b.heard() == ("smilius/1/lt/kaunas-2/dn/receipt/01jd", b"for Kaunas")
    central.publish("smilius/1/lt/vilnius-1/dn/receipt/01jd", b"for Vilnius")
    assert a.heard() == ("smilius/1/lt/vilnius-1/dn/receipt/01jd", b"for Vilnius")


def test_a_station_does_not_even_hear_its_own_words_back(a: Probe, central: Probe) -> None:
    a.subscribe("smilius/1/lt/vilnius-1/#")
    a.publish("smilius/1/lt/vilnius-1/up/state", b"what it said")
    central.publish("smilius/1/lt/vilnius-1/dn/answer/01jd", b"an answer")
    assert a.heard()[1] == b"an answer"


def test_whether_central_is_there_is_for_everybody_to_read(a: Probe, central: Probe) -> None:
    central.publish("smilius/1/lt/central/state", b"online", retain=True)
    a.subscribe("smilius/1/lt/central/state")
    assert a.heard() == ("smilius/1/lt/central/state", b"online")
    assert a.publish("smilius/1/lt/central/state", b"offline", retain=True) == DENIED


def test_nobody_takes_anothers_session(a: Probe, central: Probe, kaunas: Station, port: int) -> None:
    a.subscribe("smilius/1/lt/vilnius-1/dn/#")
    with probing(kaunas.tls(), identity="lt/vilnius-1", port=port) as thief:
        thief.subscribe("smilius/1/lt/vilnius-1/dn/#")
        assert thief.publish("smilius/1/lt/vilnius-1/up/state", b"forged") == DENIED
        central.publish("smilius/1/lt/vilnius-1/dn/command/01jd", b"for the real one")
        assert a.heard() == ("smilius/1/lt/vilnius-1/dn/command/01jd", b"for the real one")
        assert a.still_connected
        assert thief.heard_nothing()


def test_a_name_that_is_given_in_the_packet_counts_for_nothing(kaunas: Station, port: int) -> None:
    probe = Probe(kaunas.tls(), identity="central")
    probe._client.username_pw_set("central", "secret")
    probe.connect(port)
    assert probe.publish("smilius/1/lt/vilnius-1/dn/command/01jd", b"forged") == DENIED
    probe.close()


def test_a_packet_above_the_limit_ends_the_connection(a: Probe, central: Probe) -> None:
    central.subscribe("smilius/1/lt/vilnius-1/up/#")
    assert a.publish("smilius/1/lt/vilnius-1/up/event/01jd", bytes(120_000)) in TAKEN
    assert central.heard()[1] == bytes(120_000)
    a._client.publish("smilius/1/lt/vilnius-1/up/event/01jd", bytes(132_000), qos=1)
    # mosquitto 2.0.11 hangs up without saying why, and what the client library makes of that depends on its version
    assert a.thrown_out()
    assert central.still_connected
    assert central.heard_nothing()


@contextmanager
def shaken(tls: ssl.SSLContext, port: int) -> Iterator[ssl.SSLSocket]:
    """A handshake as the client sees it: in TLS 1.3 a refusal is read only afterwards."""
    with (
        socket.create_connection(("localhost", port), timeout=10) as plain,
        tls.wrap_socket(plain, server_hostname="localhost") as wrapped,
    ):
        yield wrapped


def refusal(tls: ssl.SSLContext, port: int) -> str:
    with pytest.raises(ssl.SSLError) as refused, shaken(tls, port) as wrapped:
        wrapped.recv(64)
    return str(refused.value)


def test_who_has_a_certificate_is_greeted(vilnius: Station, port: int) -> None:
    with shaken(vilnius.tls(), port) as wrapped:
        # CONNECT of MQTT 5: clean start, no client id
        wrapped.sendall(b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00")
        assert wrapped.recv(64)[:1] == b"\x20"


def test_who_has_no_certificate_is_refused(paths: Paths, port: int) -> None:
    assert "certificate required" in refusal(client_tls(paths.certificate("ca")), port)


def test_a_certificate_of_another_authority_is_refused(paths: Paths, vilnius: Station, port: int) -> None:
    now = SystemClock().now()
    other = Authority(Authority.found("Smilius CA", now=now)).issue_client("lt/vilnius-1", now=now)
    assert re.search("decrypt error|unknown ca|bad certificate", refusal(_with(paths, vilnius, other), port))


@pytest.mark.parametrize("name", ["broker", "migris", "connector"])
def test_headquarters_other_certificates_are_refused(paths: Paths, port: int, name: str) -> None:
    tls = client_tls(paths.certificate("ca"), certificate=paths.certificate(name), key=paths.key(name))
    assert re.search("unsupported certificate|unknown ca", refusal(tls, port))


def test_a_client_that_speaks_old_tls_is_refused(vilnius: Station, port: int) -> None:
    old = vilnius.tls()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    assert "version" in refusal(old, port)


def test_a_broker_of_another_authority_is_not_believed(vilnius: Station, port: int, paths: Paths) -> None:
    other = founded(paths.root / "another")
    tls = client_tls(other.certificate("ca"), certificate=vilnius.folder / "link.pem", key=vilnius.folder / "link.key")
    assert "certificate verify failed" in refusal(tls, port)


def _with(paths: Paths, station: Station, pair: Pair) -> ssl.SSLContext:
    (station.folder / "other.pem").write_text(pair.certificate)
    (station.folder / "other.key").write_text(pair.key)
    return client_tls(
        paths.certificate("ca"), certificate=station.folder / "other.pem", key=station.folder / "other.key"
    )


@pytest.mark.parametrize(("host", "address"), [("localhost", "127.0.0.1"), ("broker.example", "0.0.0.0")])
def test_the_broker_listens_where_its_stations_are(tmp_path: Path, host: str, address: str) -> None:
    paths = Paths(tmp_path / "with space")
    for folder in (paths.pki, paths.broker):
        folder.mkdir(parents=True)
    for path in (paths.certificate("ca"), paths.certificate("broker"), paths.key("broker")):
        path.write_text(f"what is in {path.name}")
    settings = Settings(
        broker_host=host, broker_port=8883, migris_url="https://localhost:1", migris_page_port=2, tenants=("lt",)
    )
    write_configuration(paths, settings)
    lines = (paths.broker / "mosquitto.conf").read_text().splitlines()
    assert f"listener 8883 {address}" in lines
    assert f"acl_file {paths.broker}/stations.acl" in lines
    assert (paths.broker / "broker.key").read_text() == "what is in broker.key"
    assert (paths.broker / "broker.key").stat().st_mode & 0o077 == 0
    assert not any("$" in line for line in lines)


ROOT = os.geteuid() == 0
ACCOUNTS = {known.pw_name for known in pwd.getpwall()}
as_root = pytest.mark.skipif(not ROOT or MOSQUITTO_USER not in ACCOUNTS, reason="root and mosquitto's own account")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account can reach, as `/srv` is; a test's own is root's only."""
    folder = Path(tempfile.mkdtemp(prefix="smilius-broker-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@as_root
def test_a_broker_that_root_sets_up_and_starts_is_not_root(open_folder: Path) -> None:
    paths = founded(open_folder / "central", broker_user=own_user())
    account = pwd.getpwnam(MOSQUITTO_USER)
    with broker(paths) as process:
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert re.findall(r"^Uid:\t(.*)$", status, re.MULTILINE) == ["\t".join([str(account.pw_uid)] * 4)]
        station = enrolled(paths)
        with probing(station.tls(), identity=station.identity, port=station.answer.broker_port) as probe:
            assert probe.publish(OTHERS[0], b"forged") == DENIED, "it has read its rules"
            assert probe.publish("smilius/1/lt/vilnius-1/up/health", b"ours") in TAKEN


@as_root
def test_the_brokers_account_reads_its_own_folder_and_changes_nothing(open_folder: Path) -> None:
    paths = founded(open_folder / "central", broker_user=MOSQUITTO_USER)
    group = pwd.getpwnam(MOSQUITTO_USER).pw_gid
    mode = {path: path.stat().st_mode & 0o777 for path in (paths.root, paths.broker, paths.pki, paths.stations)}
    assert mode == {paths.root: 0o710, paths.broker: 0o750, paths.pki: 0o700, paths.stations: 0o700}
    assert {path.name for path in paths.broker.iterdir()} == {
        "mosquitto.conf",
        "stations.acl",
        "broker.key",
        "broker.pem",
        "ca.pem",
    }
    for path in paths.broker.iterdir():
        found = path.stat()
        assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (0, group, 0o640)


@as_root
def test_a_root_that_the_brokers_account_cannot_reach_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(SetUpError, match="cannot enter"):
        founded(tmp_path / "central", broker_user=MOSQUITTO_USER)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not ROOT, reason="only root owns folders that are not its own")
@pytest.mark.parametrize(
    ("mode", "group", "enters"),
    [(0o701, 0, True), (0o710, 1, True), (0o717, 1, True), (0o700, 1, False), (0o706, 0, False), (0o707, 1, False)],
)
def test_who_may_enter_is_judged_as_the_kernel_does(open_folder: Path, mode: int, group: int, enters: bool) -> None:
    account = pwd.getpwuid(1)
    (open_folder / "parent").mkdir()
    os.chown(open_folder / "parent", 0, account.pw_gid if group else 0)
    (open_folder / "parent").chmod(mode)
    if enters:
        check_reach(Paths(open_folder / "parent" / "central"), account)
    else:
        with pytest.raises(SetUpError, match="cannot enter"):
            check_reach(Paths(open_folder / "parent" / "central"), account)


def test_an_account_that_there_is_none_of_is_refused() -> None:
    with pytest.raises(SetUpError, match="does not exist"):
        account_of("nobody-of-this-name")
    assert account_of(None).pw_uid == os.geteuid()


@pytest.mark.skipif(ROOT, reason="root may")
def test_only_root_sets_up_for_others() -> None:
    assert account_of(own_user()).pw_uid == os.geteuid()
    with pytest.raises(SetUpError, match="Only root"):
        account_of("root")
