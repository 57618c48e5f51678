"""`smilius backup`: what goes in, what never does, and who can read it."""

import json
from base64 import b64encode
from pathlib import Path

import pytest

from agent.config.layers import load_layers
from agent.wire import BackupManifest
from agent.wire.archive import unpack
from agent.wire.backup import LEFT, MANIFEST, lines_in
from agent.wire.document import read_plain
from central.pki.set_up import backup_key
from provisioning.cli import main
from tests.provisioning.backup.site import STATION, TENANT, Headquarters, Unit
from vault.chain import follow
from vault.envelope import Context, Pinned, RecipientKey, SealBroken, open_sealed

FOLDER = "backups"


def backed_up(unit: Unit, *more: str) -> tuple[int, list[Path]]:
    folder = unit.paths.root / FOLDER
    folder.mkdir(exist_ok=True)
    code = main(["backup", "--root", str(unit.paths.root), "--into", str(folder), *more])
    return code, sorted(folder.iterdir())


def opened(unit: Unit, headquarters: Headquarters, file: Path) -> tuple[Context, dict[str, bytes]]:
    key = backup_key(headquarters.paths)
    context, plain = open_sealed(file.read_bytes(), recipient=key, pinned=Pinned([unit.seal.public]))
    return context, unpack(bytes(plain.view()))


def test_headquarters_opens_it_and_the_ledgers_hold(
    unit: Unit, headquarters: Headquarters, capsys: pytest.CaptureFixture[str]
) -> None:
    code, (file,) = backed_up(unit)
    assert code == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(file)
    assert file.name.startswith(f"{TENANT}-{STATION}-")
    assert file.stat().st_mode & 0o777 == 0o600
    context, files = opened(unit, headquarters, file)
    manifest = read_plain(files[MANIFEST], BackupManifest)
    assert (context.kind, context.parcel) == ("backup", manifest.id)
    assert (manifest.unit, manifest.generation) == (unit.link.kid, 0)
    heads = {"station": unit.journal.head(), "courier": unit.store.verify_ledger()}
    for end in manifest.ends:
        assert follow(lines_in(files[f"{end.ledger}/ledger_line.jsonl"])) == end.head == heads[end.ledger]


def test_the_station_cannot_read_it(unit: Unit) -> None:
    _, (file,) = backed_up(unit)
    with pytest.raises(SealBroken):
        open_sealed(file.read_bytes(), recipient=RecipientKey.generate(), pinned=Pinned([unit.seal.public]))
    assert b"ledger" not in file.read_bytes()


def test_no_person_no_content_and_no_key_is_in_it(unit: Unit, headquarters: Headquarters) -> None:
    unit.visit(ended=False)
    under_way = unit.uploaded(headquarters)
    for path in (unit.paths.parcel_keys, unit.paths.spool / "kept"):
        path.mkdir(parents=True)
        (path / f"{under_way.id}.key").write_bytes(b"KEY-SECRET")
    (unit.paths.trust / "password").write_text("KEY-SECRET")
    _, (file,) = backed_up(unit)
    _, files = opened(unit, headquarters, file)
    secrets = [b"MIG-SECRET", b"KEY-SECRET", b"PRIVATE KEY", b"f" * 33]
    for path in unit.paths.root.rglob("*.key"):
        secrets += [path.read_bytes(), b64encode(path.read_bytes())]
    for content in files.values():
        assert [secret for secret in secrets if secret in content or b64encode(secret)[:-3] in content] == []
    parcels = [json.loads(line) for line in files["courier/parcel.jsonl"].splitlines()]
    assert {parcel["state"] for parcel in parcels} == {"wiped"}
    (left,) = (json.loads(line) for line in files[LEFT].splitlines())
    assert left == {"parcel": under_way.id, "state": "stored", "digest": under_way.digest, "stage": None}


def test_the_configuration_is_in_it_without_what_the_claim_wrote(unit: Unit, headquarters: Headquarters) -> None:
    (unit.paths.configuration / "20-local.toml").write_text("[courier]\nkeepalive_s = 77\n")
    (unit.paths.configuration / "calibration.json").write_text("{}")
    (unit.paths.trust / "receipt-revoked.pem").write_text("")
    unit.paths.clock_history.write_text('{"devices": {}}')
    _, (file,) = backed_up(unit)
    _, files = opened(unit, headquarters, file)
    assert {name for name in files if name.startswith(("etc/", "trust/"))} == {
        "etc/20-local.toml",
        "etc/calibration.json",
        "trust/receipt-revoked.pem",
    }
    assert files["station/clocks.json"] == b'{"devices": {}}'
    assert load_layers(unit.paths.configuration)["courier"] != {}


def test_only_the_newest_of_this_station_stay(unit: Unit) -> None:
    folder = unit.paths.root / FOLDER
    folder.mkdir()
    theirs = [f"{TENANT}-{STATION}-2-20200101T000000Z.backup", f"{TENANT}-{STATION}-notes.txt"]
    old = [f"{TENANT}-{STATION}-2020010{day}T000000Z.backup" for day in (1, 2, 3)]
    for name in (*theirs, *old):
        (folder / name).touch()
    code, files = backed_up(unit, "--keep", "2")
    assert code == 0
    names = {file.name for file in files}
    assert names >= {*theirs, old[-1]}
    assert not names & set(old[:-1])
    assert len(names) == 4
    # a clock that was set back does not have the newest one removed
    (folder / f"{TENANT}-{STATION}-20990101T000000Z.backup").touch()
    _, again = backed_up(unit, "--keep", "1")
    assert len([file for file in again if file.name not in theirs]) == 1
    assert "2099" not in str(again)


def test_a_broken_ledger_is_not_backed_up(unit: Unit, capsys: pytest.CaptureFixture[str]) -> None:
    with unit.engines[0].begin() as connection:
        connection.exec_driver_sql("UPDATE ledger_line SET body = body || ' ' WHERE number = 2")
    code, files = backed_up(unit)
    assert (code, files) == (1, [])
    said = "The ledger is broken at line 2. `smilius ledger verify` says more; nothing was backed up."
    assert capsys.readouterr().err == f"smilius: {said}\n"


@pytest.mark.parametrize("content", [None, "", "AAAA", "no base64!", "ė"])
def test_without_the_controllers_key_there_is_no_backup(
    unit: Unit, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    unit.paths.backup_public.unlink()
    if content is not None:
        unit.paths.backup_public.write_text(content)
    code, files = backed_up(unit)
    assert (code, files) == (2, [])
    assert capsys.readouterr().err.count("\n") == 1


def test_what_is_no_station_has_no_backup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", "--root", str(tmp_path / "nothing"), "--into", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "nothing").exists()


def test_a_folder_that_is_not_there_is_refused(unit: Unit, capsys: pytest.CaptureFixture[str]) -> None:
    root = str(unit.paths.root)
    assert main(["backup", "--root", root, "--into", f"{root}/no/such/folder"]) == 2
    assert capsys.readouterr().err == "smilius: The disk failed: No such file or directory.\n"
