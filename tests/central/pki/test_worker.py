"""A further bridge's certificate, and its place in the broker's rules."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from agent.clock import SystemClock
from central.cli import main
from central.errors import RequestInvalid, SetUpError
from central.paths import Paths
from central.pki.worker import WORKERS_MAX, make_worker, worker_name

NOW = SystemClock().now()


def test_each_worker_has_a_name_and_a_key_of_its_own(headquarters: Paths) -> None:
    for number in (1, WORKERS_MAX):
        assert not make_worker(headquarters, number, now=NOW), "its place in the rules is there"
    for name in ("central-1", f"central-{WORKERS_MAX}"):
        certificate = x509.load_pem_x509_certificate(headquarters.certificate(name).read_bytes())
        assert [one.value for one in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == [name]
        assert headquarters.key(name).stat().st_mode & 0o777 == 0o600
    assert headquarters.key("central-1").read_bytes() != headquarters.key("central-8").read_bytes()


def test_a_second_certificate_is_refused_and_one_that_was_cut_off_is_not(headquarters: Paths) -> None:
    headquarters.key("central-2").write_text("of an attempt that was cut off")
    make_worker(headquarters, 2, now=NOW)
    before = headquarters.key("central-2").read_text()
    assert "PRIVATE KEY" in before
    with pytest.raises(RequestInvalid, match="has a certificate already"):
        make_worker(headquarters, 2, now=NOW)
    assert headquarters.key("central-2").read_text() == before


def test_every_worker_has_a_place_in_the_rules(headquarters: Paths) -> None:
    rules = (headquarters.broker / "stations.acl").read_text().splitlines()
    named = [line.removeprefix("user ") for line in rules if line.startswith("user central-")]
    assert named == [worker_name(number) for number in range(1, WORKERS_MAX + 1)]


def test_an_earlier_releases_rules_are_replaced_and_it_is_said(
    headquarters: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = headquarters.broker / "stations.acl"
    shipped, mode = rules.read_text(), rules.stat().st_mode
    rules.write_text("user central\ntopic readwrite smilius/1/#\n")
    assert main(["ca", "worker", "--worker", "3", "--root", str(headquarters.root)]) == 0
    assert capsys.readouterr().out == "The broker's rules have changed: have it read them again (SIGHUP).\n"
    assert (rules.read_text(), rules.stat().st_mode) == (shipped, mode)
    assert main(["ca", "worker", "--worker", "4", "--root", str(headquarters.root)]) == 0
    assert capsys.readouterr().out == ""


def test_without_headquarters_there_is_no_worker(tmp_path: Path) -> None:
    with pytest.raises(SetUpError, match="not set up"):
        make_worker(Paths(tmp_path), 1, now=NOW)
