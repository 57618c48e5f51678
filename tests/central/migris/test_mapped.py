"""The http connector conforms against a far side of other shapes, over real TLS, by its mapping alone."""

import base64
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from capture.records.package import unpack
from central.errors import ConnectorRefused, ConnectorSilent
from central.migris.connector import Accepted, Declined, Handover, Submission
from central.migris.loopback import loopback_config
from central.migris.mapped import MappedConnector
from central.migris.mapping import Mapping, load_mapping
from central.migris.tls import connector_tls
from central.paths import MIGRIS_AUTHORITY, MIGRIS_SERVER, Paths
from tests.central.headquarters import founded, free_ports
from tests.central.migris.conformance import (
    Blind,
    Comparisons,
    ConnectorConformance,
    FarSide,
    LostAnswers,
    Questions,
    Records,
    submission,
)
from tests.central.migris.elsewhere import MAPPING, Elsewhere
from tests.central.migris.service import serving
from tests.central.migris.test_direct import NUMBERS
from tests.central.migris.test_http import Mood, mood, moody  # noqa: F401 (fixtures)
from tests.central.parcels import Visit, new_id


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    return founded(tmp_path_factory.mktemp("mapped") / "central")


@pytest.fixture(scope="module")
def elsewhere(folder: Paths) -> Iterator[tuple[str, Elsewhere]]:
    service = Elsewhere(folder.root)
    certificates = {
        "ssl_certfile": folder.certificate(MIGRIS_SERVER),
        "ssl_keyfile": folder.key(MIGRIS_SERVER),
        "ssl_ca_certs": str(folder.certificate(MIGRIS_AUTHORITY)),
        "ssl_cert_reqs": 2,
    }
    with serving(loopback_config(service.application(), 0, **certificates)) as url:
        yield url, service
    service.store.close()


def mapping(path: Path, url: str, text: str = MAPPING) -> Mapping:
    path.write_text(text.format(url=url))
    return load_mapping(path)


def without(*tables: str, text: str = MAPPING) -> str:
    """The mapping without some of its tables, and without the idempotency key."""
    parts = ["\n[" + part for part in text.replace('idempotency_header = "X-Uzklausa"', "").split("\n[")]
    return "".join(part for part in parts if part[2:].split("]")[0] not in tables)[2:]


@pytest.fixture
async def connector(folder: Paths, elsewhere: tuple[str, Elsewhere], tmp_path: Path) -> AsyncIterator[MappedConnector]:
    connector = MappedConnector(mapping(tmp_path / "m.toml", elsewhere[0]), tls=connector_tls(folder))
    yield connector
    await connector.close()


def nowhere() -> str:
    with free_ports(1) as (port,):
        return f"https://localhost:{port}"


class TestMappedConnector(ConnectorConformance, Questions, Comparisons, Records, LostAnswers):
    @pytest.fixture
    async def unreachable(self, folder: Paths, tmp_path: Path) -> AsyncIterator[MappedConnector]:
        connector = MappedConnector(mapping(tmp_path / "n.toml", nowhere()), tls=connector_tls(folder))
        yield connector
        await connector.close()

    @pytest.fixture
    def far(self, elsewhere: tuple[str, Elsewhere]) -> FarSide:
        return FarSide(*NUMBERS, lose_an_answer=elsewhere[1].lose_an_answer)


class TestWithoutKeyAndQuery(Blind):
    @pytest.fixture
    async def connector(
        self, folder: Paths, elsewhere: tuple[str, Elsewhere], tmp_path: Path
    ) -> AsyncIterator[MappedConnector]:
        text = without("outcome")
        connector = MappedConnector(mapping(tmp_path / "b.toml", elsewhere[0], text), tls=connector_tls(folder))
        yield connector
        await connector.close()

    @pytest.fixture
    async def unreachable(self, folder: Paths, tmp_path: Path) -> AsyncIterator[MappedConnector]:
        connector = MappedConnector(
            mapping(tmp_path / "c.toml", nowhere(), without("outcome")), tls=connector_tls(folder)
        )
        yield connector
        await connector.close()

    @pytest.fixture
    def far(self, elsewhere: tuple[str, Elsewhere]) -> FarSide:
        return FarSide(*NUMBERS, lose_an_answer=elsewhere[1].lose_an_answer)


async def test_with_a_key_and_no_query_a_lost_answer_is_sent_again_and_there_once(
    folder: Paths, elsewhere: tuple[str, Elsewhere], tmp_path: Path
) -> None:
    url, service = elsewhere
    text = MAPPING.replace('[outcome]\npath = "/biometrija/busena"\n', "")
    connector = MappedConnector(mapping(tmp_path / "m.toml", url, text), tls=connector_tls(folder))
    given, before = submission(Visit(parcel=new_id())), len(service.store.received())
    service.lose_an_answer()
    with pytest.raises(ConnectorSilent):
        await connector.submit(given)
    assert await connector.outcome(given.key) is None
    assert isinstance(await connector.submit(given), Accepted)
    assert len(service.store.received()) == before + 1
    await connector.close()


async def test_their_words_become_ours(connector: MappedConnector) -> None:
    declined = await connector.submit(submission(Visit(parcel=new_id(), application=NUMBERS[3])))
    assert isinstance(declined, Declined)
    assert (declined.cause.part, declined.cause.code) == (None, "print-unusable")


async def test_what_the_mapping_has_not_is_not_answered(
    folder: Paths, elsewhere: tuple[str, Elsewhere], tmp_path: Path
) -> None:
    text = without("find", "search", "compare", "submissions", "outcome")
    connector = MappedConnector(mapping(tmp_path / "m.toml", elsewhere[0], text), tls=connector_tls(folder))
    handover = Handover(NUMBERS[0], {"left-index": b"ridges"})
    for call in (
        connector.find(NUMBERS[0]),
        connector.search(NUMBERS[1]),
        connector.compare(handover),
        connector.submissions(NUMBERS[0]),
    ):
        with pytest.raises(ConnectorSilent, match="no such question"):
            await call
    await connector.close()


@pytest.mark.parametrize("body", ["package", "transaction", "json"])
async def test_a_submission_travels_as_the_mapping_says_and_nothing_personal_beside_it(
    folder: Paths, elsewhere: tuple[str, Elsewhere], tmp_path: Path, body: str
) -> None:
    url, service = elsewhere
    fields = f'body = "{body}"\napplication = "nr"\ncontent = "failas"\nkey = "raktas"\n'
    text = MAPPING.replace('path = "/biometrija"\n', f'path = "/biometrija"\n{fields}')
    connector = MappedConnector(mapping(tmp_path / "m.toml", url, text), tls=connector_tls(folder))
    given = submission(Visit(parcel=new_id()))
    await connector.submit(given)
    path, content, headers = service.heard[-1]
    transaction = unpack(given.package).members["transaction.an2"]
    if body == "json":
        said = {"nr": given.application, "failas": base64.b64encode(transaction).decode(), "raktas": given.key}
        assert json.loads(content) == said
    else:
        assert content == {"package": given.package, "transaction": transaction}[body]
    assert headers["x-uzklausa"] == given.key
    assert given.application not in f"{path} {headers}"
    await connector.close()


async def test_what_nobody_can_read_is_not_sent(connector: MappedConnector, elsewhere: tuple[str, Elsewhere]) -> None:
    before = len(elsewhere[1].heard)
    assert isinstance(await connector.submit(Submission(key="lt/x", application="MIG-1", package=b"PK")), Declined)
    assert len(elsewhere[1].heard) == before


MOODS = (b"", b"[]", b"null", b"{}", b'{"sprendimas":{"busena":"KITA"}}', b'{"sprendimas":{"busena":"PRIIMTA"}}')


async def test_what_is_said_in_no_words_of_the_mapping_is_silence(
    folder: Paths,
    mood: Mood,  # noqa: F811
    moody: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    connector = MappedConnector(mapping(tmp_path / "m.toml", moody), tls=connector_tls(folder))
    given = submission(Visit(parcel=new_id()))
    mood.status = 200
    for mood.body in MOODS:
        for call in (connector.outcome(given.key), connector.submit(given)):
            with pytest.raises(ConnectorSilent):
                await call
    for mood.status, error in (
        (500, ConnectorSilent),
        (403, ConnectorSilent),
        (302, ConnectorSilent),
        (422, ConnectorRefused),
    ):
        with pytest.raises(error):
            await connector.submit(given)
    await connector.close()
