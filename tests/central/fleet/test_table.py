"""The fleet as people read it."""

from datetime import datetime, timedelta

import pytest
from rich.console import Console, RenderableType

from central.fleet.sight import one_of, sighted
from central.fleet.table import age, fleet_table, station_page
from central.paths import Paths
from tests.central.bridge.counter import Counter
from tests.central.fleet.fleet import gathered
from tests.central.parcels import AT


def printed(drawn: RenderableType) -> list[str]:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(drawn)
    return [" ".join(line.split()) for line in captured.get().splitlines()]


def test_the_fleet_is_a_row_each_and_a_sum(headquarters: Paths, counter: Counter) -> None:
    gathered(headquarters, counter)
    assert printed(fleet_table(sighted(headquarters), at=AT + timedelta(minutes=5))) == [
        "station presence since version configuration waiting oldest parcel alarms",
        "lt/riga-1 offline 5 min 0.1.0 4 (5 reverted) 3 4 d "
        "dwelling:2, configuration-reverted, disk-full, station-silent",
        "lt/siauliai-1 unknown - - - - - incidents:1",
        "lt/vilnius-1 online 5 min 0.1.0 local 2 5 min quarantined:1, device-gone",
        "3 stations, 1 online, 3 with alarms",
    ]


def test_one_station_is_a_page(headquarters: Paths, counter: Counter) -> None:
    gathered(headquarters, counter)
    sights = sighted(headquarters)
    page = printed(station_page(one_of(sights, "vilnius-1"), at=AT + timedelta(hours=2)))
    assert page[:2] == ["station lt/vilnius-1", "presence online, since 2 h"]
    assert f"camera v4l2, present, {'cd' * 8}" in page
    assert "parcels 2 waiting, oldest 2 h, 1 in quarantine" in page
    assert "space 1.0 GiB free" in page
    reverted = printed(station_page(one_of(sights, "riga-1"), at=AT))
    assert "configuration 4 (5 reverted) The link did not come back." in reverted
    assert reverted[-1] == "station process has not spoken lately"
    assert printed(station_page(one_of(sights, "siauliai-1"), at=AT))[-1] == "twin never heard of this unit"


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (None, "-"),
        (AT, "0 s"),
        (AT + timedelta(minutes=3), "0 s"),
        (AT - timedelta(seconds=59), "59 s"),
        (AT - timedelta(seconds=61), "1 min"),
        (AT - timedelta(hours=23), "23 h"),
        (AT - timedelta(days=40), "40 d"),
    ],
)
def test_an_age_is_in_its_largest_unit(moment: datetime | None, said: str) -> None:
    assert age(moment, at=AT) == said
