"""Which MQTT is spoken: 5 first, 3.1.1 where it is refused, and what is pinned always."""

import pytest

from agent.link.speech import AGAIN_S, Pin, Speech


def test_five_is_asked_for_first_and_once_more_after_a_day() -> None:
    speech = Speech("auto")
    assert speech.version(now_s=5.0) == "5"
    assert speech.falls_back(now_s=5.0)
    assert speech.version(now_s=5.0) == speech.version(now_s=4.0 + AGAIN_S) == "3.1.1"
    assert speech.version(now_s=5.0 + AGAIN_S) == "5"
    assert speech.falls_back(now_s=5.0 + AGAIN_S)


def test_who_refuses_the_older_one_too_has_nothing_else() -> None:
    speech = Speech("auto")
    assert speech.falls_back(now_s=0.0)
    assert not speech.falls_back(now_s=1.0)


@pytest.mark.parametrize("pin", ["5", "3.1.1"])
def test_what_is_pinned_stays(pin: Pin) -> None:
    speech = Speech(pin)
    assert not speech.falls_back(now_s=0.0)
    assert speech.version(now_s=1.0) == pin
