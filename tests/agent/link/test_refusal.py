"""Refusals are said once for each kind of message, whoever's it is."""

import logging

import pytest

from agent.link.refusal import Refusals, kind_of


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("smilius/1/lt/vilnius-1/up/event/01", "up/event"),
        ("smilius/1/lt/vilnius-1/dn/receipt/01", "dn/receipt"),
        ("smilius/1/lt/central/state", "state"),
        ("elsewhere", "other topics"),
    ],
)
def test_a_kind_names_nobody(topic: str, kind: str) -> None:
    assert kind_of(topic) == kind


def test_a_standing_refusal_is_said_once_and_its_end_once(caplog: pytest.LogCaptureFixture) -> None:
    refusals = Refusals()
    with caplog.at_level(logging.INFO):
        for number in range(3):
            refusals.refused(f"smilius/1/lt/vilnius-1/up/event/{number}", "Not authorized")
        refusals.refused("smilius/1/lt/vilnius-1/up/parcel/1/m", "Quota exceeded")
        refusals.taken("smilius/1/lt/vilnius-1/up/event/4")
        refusals.taken("smilius/1/lt/vilnius-1/up/event/5")
        refusals.refused("smilius/1/lt/vilnius-1/up/event/6", "Not authorized")
    assert [record.getMessage().partition(";")[0] for record in caplog.records] == [
        "the broker refused a message: Not authorized",
        "the broker refused a message: Quota exceeded",
        "the broker takes messages to up/event again",
        "the broker refused a message: Not authorized",
    ]
