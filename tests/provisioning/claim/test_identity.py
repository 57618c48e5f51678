from pathlib import Path

from agent.config.layers import load_layers, read_section
from agent.config.paths import Paths
from agent.config.place import PlaceSection
from agent.wire import EnrolmentAnswer
from central.paths import Paths as CentralPaths
from central.pki.set_up import enrol, set_up
from central.settings import Settings
from provisioning.claim.identity import apply_answer, make_request
from tests.provisioning.moments import NOW
from vault.envelope import VerifyingKey
from vault.keys import load_signing_key


def _answer(tmp_path: Path, paths: Paths) -> EnrolmentAnswer:
    headquarters = CentralPaths(tmp_path / "central")
    settings = Settings(
        broker_host="localhost",
        broker_port=8883,
        migris_url="https://localhost:8843",
        migris_page_port=8844,
        tenants=("lt",),
    )
    set_up(headquarters, settings, now=NOW)
    return enrol(headquarters, make_request(paths, tenant="lt", station="vilnius-1"), now=NOW)


def test_private_keys_stay_on_the_device(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    request = make_request(paths, tenant="lt", station="vilnius-1")
    for path in (paths.link_key, paths.seal_key, paths.pseudonym_key):
        assert path.stat().st_mode & 0o077 == 0
        assert path.read_bytes() not in request.canonical()
    assert VerifyingKey.from_pem(request.seal_public).kid == load_signing_key(paths.seal_key).kid


def test_asking_twice_is_the_same_station(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    first, second = (make_request(paths, tenant="lt", station="vilnius-1") for _ in range(2))
    assert first.seal_public == second.seal_public


def test_the_answer_makes_it_a_station(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "station")
    apply_answer(paths, _answer(tmp_path, paths))
    layers = load_layers(paths.configuration)
    assert read_section(layers, "place", model=PlaceSection) == PlaceSection(tenant="lt", station="vilnius-1")
    assert layers["courier"] == {**dict(layers["courier"]), "broker_host": "localhost", "broker_port": 8883}  # type: ignore[call-overload]  # a table
    for path in (paths.link_certificate, paths.broker_ca, paths.recipient, paths.receipt_keys):
        assert path.stat().st_size > 0
