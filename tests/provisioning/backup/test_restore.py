"""`smilius restore`: what comes back, what never does, what is refused, and that all of it counts or nothing."""

import shutil
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent.compose.restoring import standing_still
from agent.config.layers import load_layers
from agent.config.paths import Paths
from agent.courier.machine import ParcelState
from agent.wire.archive import pack, unpack
from agent.wire.backup import RESTORED
from central.cli import main as central
from central.pki.registry import Registry
from central.pki.set_up import backup_key
from provisioning.cli import main
from tests.provisioning.backup.site import STATION, TENANT, Headquarters, Unit, new_id
from tests.provisioning.backup.steps import applied, asked, backed_up, lines, replaced, resealed
from vault.chain import Head
from vault.envelope import Pinned, Plain, SigningKey, open_sealed, seal

Run = Callable[..., int]


def state_of(paths: Paths) -> dict[str, bytes]:
    """Everything that a restore may change, byte by byte."""
    folders = (paths.station, paths.courier, paths.configuration)
    files = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    kept = {path for path in files if not path.name.endswith((".lock", "-wal", "-shm"))}
    return {str(path.relative_to(paths.root)): path.read_bytes() for path in sorted(kept)}


def test_another_unit_goes_on_where_the_backup_ends(
    unit: Unit, headquarters: Headquarters, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (wiped,) = unit.store.parcels((ParcelState.WIPED,))
    old = {"station": unit.journal.head(), "courier": unit.store.verify_ledger()}
    before = headquarters.kinds()
    with Unit(replaced(headquarters, backed_up(unit, tmp_path), tmp_path / "new")) as new:
        assert new.link.kid != unit.link.kid
        assert "is restored: 1 visits, 1 ended parcels." in capsys.readouterr().out
        assert new.store.parcels() == [wiped]
        history, former = new.store.history(wiped.id), unit.store.history(wiped.id)
        assert history == former
        assert (new.journal.verify_ledger().number, new.store.verify_ledger().number) == (
            old["station"].number + 1,
            old["courier"].number + 1,
        )
        for process, database in (("station", new.paths.station_database), ("courier", new.paths.courier_database)):
            line = lines(database)[old[process].number]
            assert (line["kind"], line["unit"], line["complete"]) == (RESTORED, new.link.kid, True)
            assert (line["old_line"], line["old_digest"]) == old[process]
        # central hears of the very line that it expects, and of whatever follows
        new.visit()
        new.tell(headquarters)
        assert new.store.open_events() == []
    told = headquarters.kinds(after=len(before))
    assert told.count("ledger-restored") == 2
    assert not {"ledger-begun-anew", "ledger-cut-off", "ledger-rewritten", "ledger-head-before-restored"} & set(told)
    assert main(["ledger", "verify", "--root", str(tmp_path / "new")]) == 0
    assert central(["ledger", "--root", str(headquarters.paths.root)]) == 0


def test_the_same_unit_may_be_restored_after_its_databases_were_lost(
    unit: Unit, headquarters: Headquarters, tmp_path: Path
) -> None:
    backup = backed_up(unit, tmp_path)
    unit.visit()
    unit.tell(headquarters)
    for engine in unit.engines:
        engine.dispose()
    for database in (unit.paths.station_database, unit.paths.courier_database):
        database.unlink()
    before = headquarters.kinds()
    assert applied(unit.paths, resealed(headquarters, backup, asked(unit.paths))) == 0
    with Unit(unit.paths) as again:
        again.tell(headquarters)
        assert again.store.open_events() == []
    told = headquarters.kinds(after=len(before))
    assert told.count("ledger-restored") == 2
    assert not {"ledger-cut-off", "ledger-rewritten"} & set(told)


def test_lines_that_central_has_witnessed_are_named_in_the_ledger_and_aloud(
    unit: Unit, headquarters: Headquarters, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup, end = backed_up(unit, tmp_path), unit.journal.head()
    unit.visit()
    unit.tell(headquarters)
    witnessed = headquarters.known("station")
    assert witnessed is not None
    capsys.readouterr()
    paths = replaced(headquarters, backup, tmp_path / "new")
    said = f"Central has witnessed line {witnessed.number} of the station's ledger, and the backup, which ends at line"
    # by headquarters' command and by the technician's
    assert capsys.readouterr().out.count(said) == 2
    line = lines(paths.station_database)[end.number]
    assert (line["witnessed_line"], line["witnessed_digest"], line["complete"]) == (*witnessed, False)
    with Unit(paths) as new:
        new.tell(headquarters)
    assert headquarters.known("station") == Head(end.number + 1, unit_head(paths).digest)
    assert "ledger-restored" in headquarters.kinds()


def unit_head(paths: Paths) -> Head:
    with Unit(paths) as unit:
        return unit.journal.head()


def test_visits_under_way_have_ended(unit: Unit, headquarters: Headquarters, tmp_path: Path) -> None:
    visit = unit.visit(ended=False)
    with Unit(replaced(headquarters, backed_up(unit, tmp_path), tmp_path / "new")) as new:
        row = new.journal.visit(visit)
        assert row is not None
        assert (row.state, row.code, row.subject_sealed, row.timeline) == ("faulted", "restored", None, None)
        assert row.ended_at is not None
        assert new.journal.open_visits() == []
        last = lines(new.paths.station_database)[-1]
        assert (last["kind"], last["visit"], last["code"]) == ("visit-ended", visit, "restored")


def test_no_parcel_comes_back_that_is_not_ended(
    unit: Unit, headquarters: Headquarters, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reserved = new_id()
    unit.store.reserve(reserved, kind="enrolment", at=unit.journal.visit(unit.visit()).opened_at)  # type: ignore[union-attr]
    spooled, stored = unit.spooled(), unit.uploaded(headquarters)
    backup = backed_up(unit, tmp_path)
    with Unit(replaced(headquarters, backup, tmp_path / "new")) as new:
        assert {one.state for one in new.store.parcels()} == {ParcelState.WIPED}
        assert new.store.parcel(spooled.id) is None
        assert new.store.parcel(stored.id) is None
        assert new.store.reservations() == {}
        assert new.store.restricted() == frozenset()
        told = {line["parcel"]: line for line in lines(new.paths.courier_database) if "stage" in line}
        assert (told[stored.id]["kind"], told[stored.id]["stage"]) == ("parcel-not-restored", "stored")
        assert (told[spooled.id]["kind"], told[spooled.id]["stage"]) == ("parcel-not-restored", None)
    said = capsys.readouterr().out
    assert "1 parcels were under way and are at headquarters." in said
    assert (
        f"1 parcels never reached headquarters; if they still exist, then on the old unit only: {spooled.id}." in said
    )


def test_what_the_old_unit_still_had_to_say_is_left_out_and_counted(
    unit: Unit, headquarters: Headquarters, tmp_path: Path
) -> None:
    unit.wiped(headquarters)
    assert len(unit.store.open_events()) == 1
    with Unit(replaced(headquarters, backed_up(unit, tmp_path), tmp_path / "new")) as new:
        assert len(new.store.open_events()) == 2
        last = lines(new.paths.courier_database)[-1]
        assert (last["kind"], last["events"]) == ("events-not-restored", 1)
        # the tombstones themselves are there
        assert len(new.store.parcels((ParcelState.WIPED,))) == 2


def test_the_configuration_comes_back_and_the_claim_stays(
    unit: Unit, headquarters: Headquarters, tmp_path: Path
) -> None:
    revoked, known = (SigningKey.generate().public.pem() for _ in range(2))
    (unit.paths.configuration / "20-local.toml").write_text("[courier]\nkeepalive_s = 77\n")
    (unit.paths.configuration / "calibration.json").write_text("{}")
    unit.paths.revoked_receipt_keys.write_text(revoked)
    unit.paths.clock_history.write_text('{"devices": {}}')
    paths = headquarters.enrol(tmp_path / "new")
    claim = (paths.configuration / "10-claim.toml").read_bytes()
    (paths.configuration / "30-own.toml").write_text("[courier]\nretry_max_s = 5.0\n")
    paths.revoked_receipt_keys.write_text(known)
    assert applied(paths, resealed(headquarters, backed_up(unit, tmp_path), asked(paths))) == 0
    layers = load_layers(paths.configuration)["courier"]
    assert isinstance(layers, dict)
    assert (layers["keepalive_s"], layers["retry_max_s"]) == (77, 5.0)
    assert (paths.configuration / "10-claim.toml").read_bytes() == claim
    assert (paths.configuration / "calibration.json").read_text() == "{}"
    # a restore makes no revocation undone, the unit's own neither
    assert paths.revoked_receipt_keys.read_text() == known + revoked
    assert paths.clock_history.read_text() == '{"devices": {}}'


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[[Paths, Path], str]:
    """What is said of a restore that is refused; nothing is changed by it."""

    def run(paths: Paths, restore: Path) -> str:
        before = state_of(paths)
        capsys.readouterr()
        assert applied(paths, restore) == 2
        assert state_of(paths) == before
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)
        return said.err.removeprefix("smilius: ").strip()

    return run


Refused = Callable[[Paths, Path], str]


def test_a_restore_serves_once_and_for_one_unit(
    unit: Unit, headquarters: Headquarters, tmp_path: Path, refused: Refused
) -> None:
    backup = backed_up(unit, tmp_path)
    paths, other = headquarters.enrol(tmp_path / "new"), headquarters.enrol(tmp_path / "other", station="kaunas")
    restore = resealed(headquarters, backup, asked(paths))
    assert refused(other, restore) == "Nothing was asked for here: run `smilius restore request` first."
    asked(other)
    assert refused(other, restore) == "The restore is none for this unit: The seal was made for another key."
    assert applied(paths, restore) == 0
    said = "Nothing was asked for here: run `smilius restore request` first. A restore was done here before."
    assert refused(paths, restore) == said
    assert not paths.restore_key.exists()


def test_a_cut_or_changed_restore_is_refused(
    unit: Unit, headquarters: Headquarters, tmp_path: Path, refused: Refused
) -> None:
    paths = headquarters.enrol(tmp_path / "new")
    restore = resealed(headquarters, backed_up(unit, tmp_path), asked(paths))
    whole, wrong = restore.read_bytes(), tmp_path / "wrong"
    for content in (b"", whole[:-1], whole[: len(whole) // 2], whole[:-1] + bytes([whole[-1] ^ 1]), b"x" + whole):
        wrong.write_bytes(content)
        assert refused(paths, wrong).startswith("The restore ")
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 1
    wrong.write_bytes(changed)
    assert refused(paths, wrong) == "The restore cannot be used: The signature does not fit the document."
    assert applied(paths, restore) == 0


def test_a_backup_is_no_restore(unit: Unit, headquarters: Headquarters, tmp_path: Path, refused: Refused) -> None:
    paths = headquarters.enrol(tmp_path / "new")
    asked(paths)
    said = "The restore is none for this unit: The signature was made with a key that is not trusted here."
    assert refused(paths, backed_up(unit, tmp_path)) == said


def test_an_older_restore_cannot_follow_a_newer_one(
    unit: Unit, headquarters: Headquarters, tmp_path: Path, refused: Refused
) -> None:
    older = backed_up(unit, tmp_path)
    unit.visit()
    newer = backed_up(unit, tmp_path)
    paths = headquarters.enrol(tmp_path / "new")
    request = asked(paths)
    before, after = resealed(headquarters, older, request), resealed(headquarters, newer, request)
    assert applied(paths, after) == 0
    assert refused(paths, before).startswith("Nothing was asked for here: ")
    # nor by asking once more, on a unit that has nothing yet
    third = headquarters.enrol(tmp_path / "third")
    place = ["--tenant", TENANT, "--station", STATION]
    files = ["--backup", str(older), "--request", str(asked(third)), "--restore", str(tmp_path / "no")]
    assert central(["backup", "reseal", "--root", str(headquarters.paths.root), *place, *files]) == 2


@pytest.mark.parametrize("what", ["visit", "line", "spooled", "file", "key"])
def test_a_unit_that_has_worked_takes_no_backup(
    what: str, unit: Unit, headquarters: Headquarters, tmp_path: Path, refused: Refused
) -> None:
    paths = headquarters.enrol(tmp_path / "new")
    restore = resealed(headquarters, backed_up(unit, tmp_path), asked(paths))
    with Unit(paths) as worked:
        match what:
            case "visit":
                worked.visit()
            case "line":
                worked.store.note("a-line", at=unit.journal.visit(unit.visit()).opened_at, detail={})  # type: ignore[union-attr]
            case "spooled":
                worked.spooled()
            case _:
                folder = paths.parcel_keys if what == "key" else paths.spool / "kept"
                folder.mkdir(parents=True)
                (folder / f"{new_id()}.parcel").write_bytes(b"x")
    said = "This unit has records or parcels of its own: only one that has never worked takes a backup."
    assert refused(paths, restore) == said
    assert main(["restore", "request", "--root", str(paths.root), "--request", str(tmp_path / "no")]) == 2


def test_a_database_that_cannot_be_read_is_not_replaced(
    unit: Unit, headquarters: Headquarters, tmp_path: Path, refused: Refused
) -> None:
    paths = headquarters.enrol(tmp_path / "new")
    restore = resealed(headquarters, backed_up(unit, tmp_path), asked(paths))
    paths.station_database.write_bytes(b"no database at all" * 100)
    said = "The database station.db cannot be read: move it away, so that nothing in it is lost."
    assert refused(paths, restore) == said


def test_nothing_is_restored_under_a_running_process(
    unit: Unit, headquarters: Headquarters, tmp_path: Path, refused: Refused
) -> None:
    paths = headquarters.enrol(tmp_path / "new")
    restore = resealed(headquarters, backed_up(unit, tmp_path), asked(paths))
    with standing_still(paths):
        assert refused(paths, restore).endswith("there can be one only. Stop the station's processes first.")


def test_a_configuration_that_would_not_load_changes_nothing(
    unit: Unit, headquarters: Headquarters, tmp_path: Path, refused: Refused
) -> None:
    backup = altered(unit, headquarters, backed_up(unit, tmp_path), {"etc/20-x.toml": b"[courier]\nno_such_key = 1\n"})
    paths = headquarters.enrol(tmp_path / "new")
    said = "The configuration would not load: courier.no_such_key: Extra inputs are not permitted."
    assert refused(paths, resealed(headquarters, backup, asked(paths))) == said


def altered(unit: Unit, headquarters: Headquarters, backup: Path, changes: dict[str, bytes | None]) -> Path:
    """What a unit could have sealed whose software is not ours. None takes a file out."""
    context, plain = open_sealed(
        backup.read_bytes(), recipient=backup_key(headquarters.paths), pinned=Pinned([unit.seal.public])
    )
    files = {**unpack(bytes(plain.view())), **changes}
    content = Plain(pack({name: value for name, value in files.items() if value is not None}))
    said = replace(context, plain_bytes=len(content))
    sealed = seal(content, said, recipient=backup_key(headquarters.paths).public, signer=unit.seal)
    backup.write_bytes(sealed.content)
    return backup


_REVIVED = b'{"amends":null,"digest":"%s","id":"%s","kind":"enrolment","size":1,"state":"spooled","trouble":null}' % (
    b"a" * 64,
    b"0" * 26,
)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"courier/parcel.jsonl": _REVIVED}, "A parcel in the restore has a tombstone and has not ended."),
        ({"etc/20-x.toml": b'[place]\nstation = "kaunas"\n'}, "that this is another station."),
        ({"etc/10-claim.toml": b'[courier]\nbroker_host = "elsewhere"\n'}, "file that no backup has."),
        ({"etc/passwd": b"root::0:0"}, "file that no backup has."),
        ({"station/visit.jsonl": None}, "A table is missing in the restore."),
        ({"station/visit.jsonl": b'{"id":"x"}\n'}, "has other columns than it should."),
        ({"courier/tombstone.jsonl": b'{"parcel":"a","signed":null}\n'}, "A table in it does not fit."),
        ({"courier/event.jsonl": b'{"id":"a","made_at":"","receipted_at":null,"signed":"x"}\n'}, "is none."),
    ],
)
def test_a_backup_that_was_made_up_brings_nothing(
    changes: dict[str, bytes | None],
    said: str,
    unit: Unit,
    headquarters: Headquarters,
    tmp_path: Path,
    refused: Refused,
) -> None:
    backup = altered(unit, headquarters, backed_up(unit, tmp_path), changes)
    paths = headquarters.enrol(tmp_path / "new")
    assert refused(paths, resealed(headquarters, backup, asked(paths))).endswith(said)


def test_a_restore_by_a_key_that_the_backup_knows_to_be_revoked_is_refused(
    unit: Unit, headquarters: Headquarters, tmp_path: Path, refused: Refused
) -> None:
    unit.paths.revoked_receipt_keys.write_text(unit.paths.receipt_keys.read_text())
    paths = headquarters.enrol(tmp_path / "new")
    restore = resealed(headquarters, backed_up(unit, tmp_path), asked(paths))
    assert refused(paths, restore) == "The restore is signed with a key that was revoked."


def test_a_station_that_was_restored_can_be_backed_up_and_restored_again(
    unit: Unit, headquarters: Headquarters, tmp_path: Path
) -> None:
    with Unit(replaced(headquarters, backed_up(unit, tmp_path), tmp_path / "second")) as second:
        second.visit()
        second.tell(headquarters)
        backup = backed_up(second, tmp_path)
    with Unit(replaced(headquarters, backup, tmp_path / "third")) as third:
        third.tell(headquarters)
        third.journal.verify_ledger()
    restores = [
        line for line in lines(tmp_path / "third/var/lib/smilius/station/station.db") if line["kind"] == RESTORED
    ]
    assert [line["generation"] for line in restores] == [1, 2]
    assert headquarters.kinds().count("ledger-restored") == 4
    assert not {"ledger-cut-off", "ledger-rewritten"} & set(headquarters.kinds())


def test_the_restored_unit_can_be_enrolled_again(unit: Unit, headquarters: Headquarters, tmp_path: Path) -> None:
    paths = replaced(headquarters, backed_up(unit, tmp_path), tmp_path / "new")
    before = lines(paths.station_database)
    headquarters.enrol(paths.root)
    assert lines(paths.station_database) == before
    with Unit(paths) as new:
        new.tell(headquarters)
        assert new.store.open_events() == []
        known = Registry(headquarters.paths.stations).known(TENANT, STATION)
        assert known.link_kid == new.link.kid


def test_the_key_of_a_request_is_shown_nowhere(unit: Unit, headquarters: Headquarters, tmp_path: Path) -> None:
    paths = headquarters.enrol(tmp_path / "new")
    request = asked(paths)
    assert paths.restore_key.stat().st_mode & 0o777 == 0o600
    secret = paths.restore_key.read_bytes()
    assert secret not in request.read_bytes()
    assert b64encode(secret)[:-3] not in request.read_bytes()
    shutil.copy(request, tmp_path / "first")
    # a second request is for the same restore: the first file may be on its way already
    asked(paths)
    assert paths.restore_key.read_bytes() == secret
    assert applied(paths, resealed(headquarters, backed_up(unit, tmp_path), tmp_path / "first")) == 0
