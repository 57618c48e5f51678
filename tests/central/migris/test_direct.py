"""The tests' own connector is held to what they rely on: it passes the suite that the shipped one passes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.wire import Applicant
from central.errors import ConnectorSilent
from central.migris.simulator.store import MigrisStore
from tests.central.clock import HandClock
from tests.central.migris.conformance import (
    Blind,
    Comparisons,
    ConnectorConformance,
    FarSide,
    LostAnswers,
    Questions,
    Records,
)
from tests.central.migris.direct import DirectConnector

APPLICANT = Applicant(given_name="Ona", surname="Pavyzdė", birth_date="1991-03-14", citizenship="UKR")
NUMBERS = ("MIG-2026-000101", APPLICANT, "MIG-2026-000199", "MIG-2026-999999")


def _losing(connector: DirectConnector) -> Callable[[], None]:
    def lose() -> None:
        connector.lost_answers = 1

    return lose


class TestDirectConnector(ConnectorConformance, Questions, Comparisons, Records, LostAnswers):
    @pytest.fixture
    def connector(self, tmp_path: Path) -> Iterator[DirectConnector]:
        store = MigrisStore(tmp_path / "migris.db")
        yield DirectConnector(store, HandClock())
        store.close()

    @pytest.fixture
    def unreachable(self, connector: DirectConnector) -> DirectConnector:
        connector.trouble = ConnectorSilent("The line is cut.")
        return connector

    @pytest.fixture
    def far(self, connector: DirectConnector) -> FarSide:
        return FarSide(*NUMBERS, lose_an_answer=_losing(connector))


class TestBlind(Blind):
    @pytest.fixture
    def connector(self, tmp_path: Path) -> Iterator[DirectConnector]:
        store = MigrisStore(tmp_path / "migris.db")
        connector = DirectConnector(store, HandClock())
        connector.remembers = False
        yield connector
        store.close()

    @pytest.fixture
    def unreachable(self, connector: DirectConnector) -> DirectConnector:
        connector.trouble = ConnectorSilent("The line is cut.")
        return connector

    @pytest.fixture
    def far(self, connector: DirectConnector) -> FarSide:
        return FarSide(*NUMBERS, lose_an_answer=_losing(connector))
