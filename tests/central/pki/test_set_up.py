"""Setting headquarters up, and enrolling stations there."""

import base64
import json
from pathlib import Path

import pytest
from cryptography import x509

from agent.clock import SystemClock
from agent.wire import EnrolmentAnswer, EnrolmentRequest
from central.bridge.audit import audit
from central.errors import RequestInvalid, SetUpError
from central.paths import MIGRIS_AUTHORITY, MIGRIS_CLIENT, MIGRIS_SERVER, Paths
from central.pki.authority import Pair
from central.pki.registry import Registry
from central.pki.set_up import backup_key, backup_public, enrol, receipt_key, recipient_key, set_up
from central.settings import load_settings
from tests.central.handshake import contexts, shake
from tests.central.headquarters import enrolled, request, settings
from tests.central.postgresql import Cluster
from vault.envelope import Context, KeyMissing, Pinned, Plain, RecipientKey, SigningKey, open_sealed, seal

NOW = SystemClock().now()
SECRETS = {"ca", "broker", "central", MIGRIS_AUTHORITY, MIGRIS_SERVER, MIGRIS_CLIENT, "recipient", "receipt", "backup"}


def ask(**changes: str) -> EnrolmentRequest:
    fields = request(SigningKey.generate(), SigningKey.generate(), name="vilnius-1").model_dump()
    return EnrolmentRequest.model_validate({**fields, **changes})


def pair(paths: Paths, name: str) -> Pair:
    return Pair(paths.key(name).read_text(), paths.certificate(name).read_text())


def test_every_secret_is_its_owners_only(headquarters: Paths) -> None:
    assert {path.stem for path in headquarters.pki.glob("*.key")} == SECRETS
    assert {path.stat().st_mode & 0o777 for path in headquarters.pki.glob("*.key")} == {0o600}
    for folder in (headquarters.pki, headquarters.stations, headquarters.broker, headquarters.bridge_database.parent):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert headquarters.bridge_database.stat().st_mode & 0o777 == 0o600


def test_twice_is_refused_and_changes_nothing(headquarters: Paths) -> None:
    before = {path: path.read_bytes() for path in headquarters.root.rglob("*") if path.is_file()}
    with pytest.raises(SetUpError, match="set up already"):
        set_up(headquarters, settings(), now=NOW)
    assert {path: path.read_bytes() for path in headquarters.root.rglob("*") if path.is_file()} == before


def test_the_settings_are_written_last(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    # the last step before the settings fails: there is a folder where the database should be
    paths.bridge_database.mkdir(parents=True)
    with pytest.raises(SetUpError):
        set_up(paths, settings(), now=NOW)
    assert paths.key("receipt").exists()
    assert not paths.settings.exists()


def test_the_ledger_may_be_on_a_server_from_the_beginning(postgresql: Cluster, tmp_path: Path) -> None:
    paths, url = Paths(tmp_path / "central"), postgresql.made("from_the_beginning")
    set_up(paths, settings().model_copy(update={"database": url}), now=NOW)
    assert json.loads(audit(paths))["parcels"] == 0
    assert not paths.bridge_database.exists()
    assert paths.bridge_database.parent.stat().st_mode & 0o777 == 0o700, "the bridge's lock is there"


def test_a_server_that_lets_nobody_in_is_said_before_anything_is_made(tmp_path: Path) -> None:
    paths, nowhere = Paths(tmp_path / "central"), f"postgresql:///smilius?host={tmp_path}"
    with pytest.raises(SetUpError, match="cannot be reached"):
        set_up(paths, settings().model_copy(update={"database": nowhere}), now=NOW)
    assert [path for path in paths.root.rglob("*") if path.is_file()] == []


def test_a_set_up_that_was_cut_off_writes_over_no_key(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    paths.pki.mkdir(parents=True)
    paths.key("recipient").write_text("what stations may have sealed for")
    with pytest.raises(SetUpError, match="cut off"):
        set_up(paths, settings(), now=NOW)
    assert paths.key("recipient").read_text() == "what stations may have sealed for"
    assert not paths.settings.exists()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetUpError):
        set_up(Paths(tmp_path / "file"), settings(), now=NOW)


def test_the_written_settings_are_the_given_ones(headquarters: Paths) -> None:
    loaded = load_settings(headquarters.settings)
    assert loaded.tenants == ("lt", "lt2")
    assert f"listener {loaded.broker_port} 127.0.0.1" in (headquarters.broker / "mosquitto.conf").read_text()


def test_an_answer_brings_all_that_a_station_needs(headquarters: Paths) -> None:
    station = enrolled(headquarters)
    answer = EnrolmentAnswer.model_validate_json(station.answer.canonical())
    assert (answer.tenant, answer.station, answer.broker_host) == ("lt", "vilnius-1", "localhost")
    assert answer.broker_port == load_settings(headquarters.settings).broker_port
    assert answer.recipient_public == recipient_key(headquarters).public.content
    assert answer.receipt_public == (receipt_key(headquarters, at=NOW).public.pem(),)
    context = Context(tenant="lt", station="vilnius-1", parcel="p", kind="k", profile="-", plain_bytes=5)
    sealed = seal(Plain(b"hello"), context, recipient=station.recipient, signer=station.seal)
    seal_public = Pinned([station.seal.public])
    _, plain = open_sealed(sealed.content, recipient=recipient_key(headquarters), pinned=seal_public)
    assert bytes(plain.view()) == b"hello"


def test_station_and_broker_understand_each_other(headquarters: Paths, tmp_path: Path) -> None:
    station = enrolled(headquarters)
    sides = contexts(
        tmp_path,
        server=pair(headquarters, "broker"),
        client=Pair(station.link.pem(), station.answer.link_certificate),
        server_trusts=headquarters.certificate("ca").read_text(),
        client_trusts=station.answer.broker_ca,
    )
    assert shake(*sides) == "lt/vilnius-1"


def test_the_registry_knows_the_stations_keys(headquarters: Paths) -> None:
    station = enrolled(headquarters)
    registry = Registry(headquarters.stations)
    assert registry.known("lt", "vilnius-1").seal_public == station.seal.public.pem()
    assert registry.known("lt", "vilnius-1").link.key(station.link.kid).pem() == station.link.public.pem()


def test_private_keys_are_in_no_answer(headquarters: Paths) -> None:
    answer = enrolled(headquarters).answer.canonical().decode()
    assert "PRIVATE" not in answer
    for name in SECRETS:
        secret = headquarters.key(name).read_text().splitlines()
        assert not any(line in answer for line in secret if "---" not in line)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"station": "central"}, "reserved"),
        ({"station": "claim"}, "reserved"),
        ({"tenant": "elsewhere"}, "none of headquarters"),
        ({"seal_public": "-----BEGIN PUBLIC KEY-----\nbm8=\n-----END PUBLIC KEY-----\n"}, "seal key"),
        ({"link_request": "-----BEGIN CERTIFICATE REQUEST-----\nbm8=\n"}, "certificate request"),
        ({"station": "s" * 40, "tenant": "lt2"}, ""),
    ],
)
def test_a_request_that_is_not_acceptable_leaves_nothing(
    headquarters: Paths, changes: dict[str, str], says: str
) -> None:
    if not says:
        assert enrol(headquarters, ask(**changes), now=NOW).station == "s" * 40
        return
    with pytest.raises(RequestInvalid, match=says):
        enrol(headquarters, ask(**changes), now=NOW)
    assert list(headquarters.stations.rglob("*.json")) == []


def test_a_seal_key_of_another_curve_is_refused(headquarters: Paths) -> None:
    certificate = x509.load_pem_x509_certificate(headquarters.certificate("ca").read_bytes())
    assert certificate.public_key()
    with pytest.raises(RequestInvalid, match="seal key"):
        enrol(headquarters, ask(seal_public=headquarters.certificate("ca").read_text()), now=NOW)


def test_a_folder_that_is_not_set_up_enrols_nobody(tmp_path: Path) -> None:
    with pytest.raises(SetUpError, match="not set up"):
        enrol(Paths(tmp_path), ask(), now=NOW)


@pytest.mark.parametrize("name", ["ca", "recipient", "receipt"])
def test_a_key_that_is_lost_or_broken_is_said(headquarters: Paths, name: str) -> None:
    headquarters.key(name).write_text("broken")
    with pytest.raises((SetUpError, KeyMissing)):
        enrol(headquarters, ask(), now=NOW)
    headquarters.key(name).unlink()
    with pytest.raises(SetUpError):
        enrol(headquarters, ask(), now=NOW)
    assert list(headquarters.stations.rglob("*.json")) == []


def test_the_recipient_key_on_the_disk_is_the_whole_key(headquarters: Paths) -> None:
    again = RecipientKey(base64.b64decode(headquarters.key("recipient").read_text()))
    assert again.kid == recipient_key(headquarters).kid


def test_an_answer_brings_the_key_that_backups_are_sealed_for(headquarters: Paths) -> None:
    answer = enrolled(headquarters).answer
    assert answer.backup_public == backup_key(headquarters).public.content
    assert backup_key(headquarters).kid != recipient_key(headquarters).kid


def test_a_folder_from_before_there_were_backups_gets_their_key(headquarters: Paths) -> None:
    for name in ("backup.key", "backup.pub"):
        (headquarters.pki / name).unlink()
    first = enrolled(headquarters, "kaunas").answer.backup_public
    assert first == enrolled(headquarters, "vilnius").answer.backup_public == backup_key(headquarters).public.content
    # a cut between the two files makes no second key
    (headquarters.pki / "backup.pub").unlink()
    assert backup_public(headquarters).content == first


def test_the_backups_key_may_be_kept_elsewhere(headquarters: Paths) -> None:
    headquarters.key("backup").unlink()
    assert enrolled(headquarters).answer.backup_public == backup_public(headquarters).content
    with pytest.raises(SetUpError):
        backup_key(headquarters)
