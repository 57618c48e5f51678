"""central/bridge/backup.py: what is opened, what is refused, and that nothing which central has witnessed is hidden."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.wire import BackupManifest, LedgerHead, LeftParcel, RestoreOrder, sign_document
from agent.wire.archive import unpack
from agent.wire.backup import LEFT, MANIFEST, ORDER, RESTORED
from agent.wire.document import instant_text, read_plain
from central.bridge.backup import ORDERED, Place, check, reseal
from central.bridge.witness import ORDER_LIFE
from central.errors import BackupRefused, SetUpError
from central.paths import Paths
from central.pki.set_up import backup_key, receipt_key
from tests.central.backups import Backup, asked, head_at
from tests.central.bridge.counter import Counter
from tests.central.headquarters import TENANT, Station, enrolled
from tests.central.parcels import AT, arrived, new_id, sealed
from vault.chain import Head
from vault.envelope import Digest, Pinned, RecipientKey, SigningKey, digest_of, open_sealed
from vault.ledger import line_after

PLACE = Place(TENANT, "vilnius-1")
LATER = AT + timedelta(hours=1)
EEE = Digest("e" * 64)
UNIT_KEY = RecipientKey.generate()


@pytest.fixture
def backup(headquarters: Paths, station: Station) -> Backup:
    recipient = backup_key(headquarters).public
    return Backup(station=station, recipient=recipient, stations=["visit-opened"] * 4, couriers=["parcel-wiped"] * 3)


def tell(counter: Counter, station: Station, head: Head, *, ledger: str = "station", minutes: int = 0) -> list[str]:
    """A head arrives at central. Returns the kinds of the lines after the one that it was stored."""
    before = len(counter.kinds())
    document = LedgerHead(
        tenant=TENANT,
        station=station.name,
        ledger=ledger,
        number=head.number,
        digest=head.digest,
        time=LATER + timedelta(minutes=minutes),
    )
    signed = sign_document(document, station.seal if ledger == "station" else station.link)
    assert len(counter.take(arrived(station.topics.event(new_id()), signed))) == 1
    return counter.kinds()[before + 1 :]


def opened(headquarters: Paths, content: bytes) -> tuple[RestoreOrder, dict[str, bytes]]:
    """As the unit that asked does it."""
    pinned = Pinned([receipt_key(headquarters, at=AT).public])
    context, plain = open_sealed(content, recipient=UNIT_KEY, pinned=pinned)
    files = unpack(bytes(plain.view()))
    order = read_plain(files[ORDER], RestoreOrder)
    assert (context.kind, context.parcel, context.station) == ("restore", order.id, "vilnius-1")
    return order, files


def going_on(order: RestoreOrder, ledger: int = 0) -> Head:
    """The head of a ledger after the restore, as its unit would write it."""
    one = order.resumptions[ledger]
    head, _ = line_after(one.head, kind=RESTORED, time=instant_text(order.time), detail=order.line(one))
    return head


def test_the_unit_that_asked_gets_every_file_and_an_order(
    headquarters: Paths, counter: Counter, backup: Backup
) -> None:
    files = backup.files()
    request = asked(backup.station, UNIT_KEY)
    content, comparison = reseal(headquarters, backup.seal(files), request=request, place=PLACE, at=LATER)
    order, given = opened(headquarters, content)
    assert {name: given[name] for name in files} == files
    assert (order.unit, order.generation, order.time) == (backup.station.link.kid, 1, LATER)
    assert [one.complete for one in order.resumptions] == [True, True]
    assert comparison.sentences == [f"The backup of {instant_text(AT)} holds. Lines: the station's 4, the courier's 3."]
    (line,) = (line for line in counter.lines() if line["kind"] == ORDERED)
    assert (line["order"], line["backup"], line["lines"]) == (order.id, order.backup, 7)


def test_checking_writes_nothing(headquarters: Paths, counter: Counter, backup: Backup) -> None:
    before = counter.lines()
    assert check(headquarters, backup.sealed(), place=PLACE).resumptions[0].number == 4
    assert counter.lines() == before


def test_lines_that_central_has_witnessed_are_named_and_not_hidden(
    headquarters: Paths, counter: Counter, backup: Backup
) -> None:
    witnessed = head_at(["visit-opened"] * 9)
    tell(counter, backup.station, witnessed)
    tell(counter, backup.station, head_at(["parcel-wiped"] * 2), ledger="courier")
    content, comparison = reseal(
        headquarters, backup.sealed(), request=asked(backup.station, UNIT_KEY), place=PLACE, at=LATER
    )
    order, _ = opened(headquarters, content)
    station, courier = order.resumptions
    assert (station.witnessed_number, station.witnessed_digest, station.complete) == (*witnessed, False)
    assert (courier.witnessed_number, courier.complete) == (2, True)
    assert comparison.sentences[1:] == [
        "Central has witnessed line 9 of the station's ledger, and the backup, which ends at line 4, does not have it: "
        "what came after the backup is lost there."
    ]
    (line,) = (line for line in counter.lines() if line["kind"] == ORDERED)
    assert (line["station_witnessed_line"], line["station_complete"], line["courier_complete"]) == (9, False, True)


def test_a_line_that_says_something_else_than_central_knows_is_named(
    headquarters: Paths, counter: Counter, backup: Backup
) -> None:
    tell(counter, backup.station, head_at(["visit-opened", "visit-ended"]))
    comparison = check(headquarters, backup.sealed(), place=PLACE)
    assert [one.complete for one in comparison.resumptions] == [False, True]
    assert "Central has witnessed line 2 of the station's ledger" in comparison.sentences[1]


def test_the_witness_sees_a_restore_and_no_fork(headquarters: Paths, counter: Counter, backup: Backup) -> None:
    station = backup.station
    tell(counter, station, head_at(["visit-opened"] * 9))
    content, _ = reseal(headquarters, backup.sealed(), request=asked(station, UNIT_KEY), place=PLACE, at=LATER)
    order, _ = opened(headquarters, content)
    assert tell(counter, station, going_on(order), minutes=1) == ["ledger-restored"]
    assert tell(counter, station, Head(6, EEE), minutes=2) == []
    assert tell(counter, station, going_on(order, 1), ledger="courier", minutes=2) == ["ledger-restored"]
    # it is allowed once: from now on the ledger is judged as every other
    assert tell(counter, station, Head(5, EEE), minutes=3) == ["ledger-cut-off", "incident-opened"]


def test_a_line_that_overtakes_the_restored_one_is_no_accusation(
    headquarters: Paths, counter: Counter, backup: Backup
) -> None:
    station = backup.station
    tell(counter, station, head_at(["visit-opened"] * 9))
    content, _ = reseal(headquarters, backup.sealed(), request=asked(station, UNIT_KEY), place=PLACE, at=LATER)
    order, _ = opened(headquarters, content)
    assert tell(counter, station, Head(7, EEE), minutes=2) == ["ledger-head-before-restored"]
    assert tell(counter, station, going_on(order), minutes=1) == ["ledger-restored"]
    assert tell(counter, station, Head(7, EEE), minutes=3) == []


def test_a_unit_that_was_not_restored_is_judged_as_ever(headquarters: Paths, counter: Counter, backup: Backup) -> None:
    station = backup.station
    tell(counter, station, head_at(["visit-opened"] * 9))
    reseal(headquarters, backup.sealed(), request=asked(station, UNIT_KEY), place=PLACE, at=LATER)
    assert tell(counter, station, head_at(["visit-opened"] * 10), minutes=1) == []
    other = head_at(["visit-opened"] * 4 + ["another-restore"])
    assert tell(counter, station, other, minutes=2) == ["ledger-cut-off", "incident-opened"]
    late = ORDER_LIFE // timedelta(minutes=1) + 1
    assert tell(counter, station, Head(7, EEE), minutes=late) == ["ledger-cut-off"]


def test_a_new_unit_goes_on_with_the_old_ones_ledger(headquarters: Paths, counter: Counter, backup: Backup) -> None:
    tell(counter, backup.station, head_at(["visit-opened"] * 9))
    replacement = enrolled(headquarters)
    content, _ = reseal(headquarters, backup.sealed(), request=asked(replacement, UNIT_KEY), place=PLACE, at=LATER)
    order, _ = opened(headquarters, content)
    assert order.unit == replacement.link.kid
    assert tell(counter, replacement, going_on(order), minutes=1) == ["ledger-restored"]


def test_parcels_under_way_come_with_what_central_knows(headquarters: Paths, counter: Counter, backup: Backup) -> None:
    here = counter.store(sealed(backup.station, b"sealed for central"))
    lost = new_id()
    left = tuple(
        LeftParcel(parcel=parcel, state="sending", digest=digest, stage=None)
        for parcel, digest in ((here.id, here.digest), (lost, digest_of(b"lost")))
    )
    backup = replace(backup, left=left)
    content, comparison = reseal(
        headquarters, backup.sealed(), request=asked(backup.station, UNIT_KEY), place=PLACE, at=LATER
    )
    _, files = opened(headquarters, content)
    told = [read_plain(line, LeftParcel) for line in files[LEFT].splitlines()]
    assert [(one.parcel, one.stage) for one in told] == [(here.id, "stored"), (lost, None)]
    assert comparison.sentences[-1] == f"1 of them never arrived here: {lost}."


def test_an_older_backup_than_one_that_was_restored_is_refused(
    headquarters: Paths, counter: Counter, backup: Backup
) -> None:
    request = asked(backup.station, UNIT_KEY)
    older = replace(backup, stations=backup.stations[:-1])
    reseal(headquarters, older.sealed(), request=request, place=PLACE, at=LATER)
    _, again = reseal(headquarters, backup.sealed(), request=request, place=PLACE, at=LATER)
    assert again.sentences[-1].startswith("An earlier restore was made, and its unit was not heard yet")
    # the same once more is well: a file may be lost
    reseal(headquarters, backup.sealed(), request=request, place=PLACE, at=LATER)
    for verb in (
        lambda: reseal(headquarters, older.sealed(), request=request, place=PLACE, at=LATER),
        lambda: check(headquarters, older.sealed(), place=PLACE),
    ):
        with pytest.raises(BackupRefused) as refused:
            verb()
        assert refused.value.reason == "backup-older"
    # what was made after the restore is newer, however short it is
    restored = replace(backup, stations=[RESTORED], couriers=[])
    reseal(headquarters, restored.sealed(), request=request, place=PLACE, at=LATER)
    with pytest.raises(BackupRefused):
        check(headquarters, backup.sealed(), place=PLACE)
    # another station's order is none of this one's
    other = enrolled(headquarters, "kaunas")
    check(headquarters, replace(older, station=other).sealed(), place=Place(TENANT, "kaunas"))


def refusal(headquarters: Paths, content: bytes, *, place: Place = PLACE) -> str:
    with pytest.raises(BackupRefused) as refused:
        check(headquarters, content, place=place)
    assert refused.value.sentence.count("\n") == 0
    return refused.value.reason


def test_another_stations_is_refused(headquarters: Paths, counter: Counter, backup: Backup) -> None:
    other = enrolled(headquarters, "kaunas")
    assert refusal(headquarters, backup.sealed(), place=Place(TENANT, "kaunas")) == "backup-foreign"
    assert refusal(headquarters, replace(backup, station=other).sealed()) == "backup-foreign"
    # signed by the right key, and said to be somebody else's
    assert refusal(headquarters, backup.seal(backup.files(), station="kaunas")) == "backup-foreign"
    assert refusal(headquarters, backup.seal(backup.files(), kind="enrolment")) == "backup-foreign"
    assert refusal(headquarters, backup.seal(backup.files(), signer=SigningKey.generate())) == "backup-foreign"


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(where=st.floats(0, 1, exclude_max=True), bits=st.integers(1, 255))
def test_a_cut_or_changed_one_is_refused(
    headquarters: Paths, counter: Counter, backup: Backup, where: float, bits: int
) -> None:
    whole = backup.sealed()
    place = int(where * len(whole))
    changed = bytearray(whole)
    changed[place] ^= bits
    for content in (whole[:place], bytes(changed)):
        assert refusal(headquarters, content) in {"backup-broken", "backup-foreign"}


@pytest.mark.parametrize(
    "changes", [{"generation": 1}, {"station": "kaunas"}, {"tenant": "lt2"}, {"format": 2}, {"id": new_id()}]
)
def test_what_contradicts_itself_is_refused(
    headquarters: Paths, counter: Counter, backup: Backup, changes: dict[str, object]
) -> None:
    files = backup.files()
    manifest = read_plain(files[MANIFEST], BackupManifest)
    assert check(headquarters, backup.seal(files), place=PLACE).manifest == manifest
    files[MANIFEST] = manifest.model_copy(update=changes).canonical()
    assert refusal(headquarters, backup.seal(files, parcel=manifest.id)) == "backup-broken"


def test_a_ledger_that_does_not_hold_is_refused(headquarters: Paths, counter: Counter, backup: Backup) -> None:
    files = backup.files()
    for name in ("station/ledger_line.jsonl", "courier/ledger_line.jsonl"):
        lines = files[name].splitlines(keepends=True)
        for wrong in (lines[:-1], lines[1:], lines + lines[-1:], [], [b"{}\n"], [lines[0].replace(b"kind", b"kynd")]):
            assert refusal(headquarters, backup.seal({**files, name: b"".join(wrong)})) == "backup-broken"
    missing = {name: content for name, content in files.items() if name != "courier/ledger_line.jsonl"}
    assert refusal(headquarters, backup.seal(missing)) == "backup-broken"
    assert refusal(headquarters, backup.seal({**files, LEFT: b"{}\n"})) == "backup-broken"


def test_a_request_that_is_not_the_units_is_refused(headquarters: Paths, counter: Counter, backup: Backup) -> None:
    other = enrolled(headquarters, "kaunas")
    station = backup.station
    for request in (
        b"",
        asked(other, UNIT_KEY),
        asked(station, UNIT_KEY, station="kaunas"),
        asked(station, UNIT_KEY, unit="0" * 16),
        asked(station, UNIT_KEY, recipient_public=b"short"),
        asked(replace(station, link=SigningKey.generate()), UNIT_KEY),
    ):
        with pytest.raises(BackupRefused) as refused:
            reseal(headquarters, backup.sealed(), request=request, place=PLACE, at=LATER)
        assert refused.value.reason == "request-refused"
    assert ORDERED not in counter.kinds()


def test_without_the_backups_key_nothing_opens(headquarters: Paths, counter: Counter, backup: Backup) -> None:
    content = backup.sealed()
    headquarters.key("backup").unlink()
    with pytest.raises(SetUpError):
        check(headquarters, content, place=PLACE)
