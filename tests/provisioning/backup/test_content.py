"""provisioning/backup/content.py: every table and column of the databases is kept by name or left out by name."""

import pytest
from sqlalchemy import MetaData

from agent.courier import tables as courier_tables
from agent.visit import tables as station_tables
from provisioning.backup.content import COURIER, LEFT_OUT, STATION, Kept


@pytest.mark.parametrize(
    ("process", "metadata", "kept"),
    [
        ("station", station_tables.Base.metadata, STATION),
        ("courier", courier_tables.Base.metadata, COURIER),
    ],
)
def test_nothing_of_a_database_is_forgotten(process: str, metadata: MetaData, kept: tuple[Kept, ...]) -> None:
    named = {f"{one.table}.{column}" for one in kept for column in one.columns} | LEFT_OUT[process]
    there = {
        table.name if table.name in LEFT_OUT[process] else f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
    }
    assert there == named


@pytest.mark.parametrize("kept", [STATION, COURIER])
def test_what_is_referred_to_comes_first(kept: tuple[Kept, ...]) -> None:
    order = [one.table for one in kept]
    tables = {**station_tables.Base.metadata.tables, **courier_tables.Base.metadata.tables}
    for one in kept:
        for key in tables[one.table].foreign_keys:
            assert order.index(key.column.table.name) < order.index(one.table)
