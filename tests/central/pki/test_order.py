"""Orders: a key each, the same content signed twice, believed by stations that were enrolled afterwards."""

from datetime import timedelta
from pathlib import Path

import pytest

from agent.wire import DestroyOrder, read_signed
from central.errors import RequestInvalid, StationUnknown
from central.paths import Paths
from central.pki.order import make_key, order_public, sign_order, write_order
from tests.central.clock import HandClock
from tests.central.headquarters import TENANT, enrolled
from vault.envelope import Pinned, SigningKey, VerifyingKey

NOW = HandClock().now()
PLACE = (TENANT, "vilnius-1")
WHAT = ("destroy", "erasure", None)


def test_a_key_is_written_once_and_a_new_station_believes_it(headquarters: Paths, tmp_path: Path) -> None:
    assert enrolled(headquarters, "kaunas-1").answer.order_public == ()
    file = tmp_path / "one.key"
    kid = make_key(headquarters, file)
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(RequestInvalid, match="already"):
        make_key(headquarters, file)
    assert SigningKey.from_pem(file.read_text()).kid == kid
    (pinned,) = enrolled(headquarters).answer.order_public
    assert VerifyingKey.from_pem(pinned).kid == kid
    assert order_public(headquarters) == (pinned,)


def test_an_order_names_the_unit_that_is_enrolled_now_and_grows(headquarters: Paths, tmp_path: Path) -> None:
    station = enrolled(headquarters)
    key = tmp_path / "one.key"
    make_key(headquarters, key)
    orders = [
        write_order(headquarters, PLACE, what=WHAT, days=7, now=NOW + timedelta(seconds=second)) for second in (0, 1)
    ]
    (first, signed), (second, _) = (sign_order(order, key=key) for order in orders)
    assert first.unit == station.link.kid
    assert second.counter > first.counter
    assert first.expires == NOW.replace(microsecond=0) + timedelta(days=7, microseconds=first.expires.microsecond)
    pinned = Pinned([SigningKey.from_pem(key.read_text()).public])
    assert read_signed(signed, DestroyOrder, pinned=pinned) == first


def test_what_cannot_be_an_order_is_refused(headquarters: Paths, tmp_path: Path) -> None:
    enrolled(headquarters)
    with pytest.raises(StationUnknown):
        write_order(headquarters, (TENANT, "nowhere"), what=WHAT, days=7, now=NOW)
    for days in (0, 91):
        with pytest.raises(RequestInvalid, match="valid for"):
            write_order(headquarters, PLACE, what=WHAT, days=days, now=NOW)
    with pytest.raises(RequestInvalid, match="cannot be"):
        write_order(headquarters, PLACE, what=("destroy", "erasure", ("no id",)), days=7, now=NOW)
    with pytest.raises(RequestInvalid, match="not an order"):
        sign_order(b"{}", key=tmp_path / "one.key")
    good = write_order(headquarters, PLACE, what=WHAT, days=7, now=NOW)
    with pytest.raises(RequestInvalid, match="key cannot be read"):
        sign_order(good, key=tmp_path / "none.key")
