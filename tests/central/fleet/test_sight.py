"""What is known of the fleet, put together."""

import pytest

from central.bridge.roll import Presence
from central.errors import StationUnknown
from central.fleet.sight import one_of, sighted
from central.paths import Paths
from tests.central.bridge.counter import Counter
from tests.central.fleet.fleet import NAMES, gathered
from tests.central.headquarters import enrolled
from tests.central.parcels import AT


def test_every_enrolled_station_is_seen(headquarters: Paths, counter: Counter) -> None:
    gathered(headquarters, counter)
    riga, siauliai, vilnius = sighted(headquarters)
    assert tuple(one.station for one in (riga, siauliai, vilnius)) == NAMES
    assert [one.presence for one in (riga, siauliai, vilnius)] == [Presence.OFFLINE, Presence.UNKNOWN, Presence.ONLINE]
    assert (vilnius.since, siauliai.since, siauliai.twin) == (AT, None, None)
    assert riga.alarms == ("dwelling:2", "configuration-reverted", "disk-full", "station-silent")
    assert siauliai.alarms == ("incidents:1",)
    assert vilnius.alarms == ("quarantined:1", "device-gone")
    view = vilnius.view()
    assert view["twin"]["word"]["devices"][0]["fingerprint"] == "cd" * 8  # type: ignore[index]  # JSON


def test_a_unit_that_was_replaced_is_not_shown_as_the_new_one(headquarters: Paths, counter: Counter) -> None:
    gathered(headquarters, counter)
    enrolled(headquarters, "vilnius-1")
    assert one_of(sighted(headquarters), "vilnius-1").twin is None


def test_a_station_is_named_with_its_tenant_where_that_is_needed(headquarters: Paths, counter: Counter) -> None:
    gathered(headquarters, counter)
    enrolled(headquarters, "riga-1", tenant="lt2")
    sights = sighted(headquarters)
    assert one_of(sights, "vilnius-1").tenant == "lt"
    assert one_of(sights, "lt2/riga-1").tenant == "lt2"
    for name, why in (("riga-1", "Several tenants"), ("lt/nobody-1", "No such station")):
        with pytest.raises(StationUnknown, match=why):
            one_of(sights, name)


def test_keys_that_cannot_be_read_are_one_stations_trouble(headquarters: Paths, counter: Counter) -> None:
    gathered(headquarters, counter)
    (headquarters.stations / "lt" / "riga-1.json").write_text("nothing")
    assert [one.twin is None for one in sighted(headquarters)] == [True, True, False]
