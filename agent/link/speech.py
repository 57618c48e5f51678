"""Which MQTT the next connection speaks. Pure.

MQTT 5 is asked for first: refusals are visible only there (facts/mqtt.md 2). RabbitMQ 3.10 and others refuse it.
"""

from typing import Literal

Version = Literal["5", "3.1.1"]

Pin = Literal["auto", "5", "3.1.1"]
"""`auto` is MQTT 5, and 3.1.1 with a broker that says that it does not speak 5."""

AGAIN_S = 86_400.0
"""After so long MQTT 5 is asked for once more: the broker may have been replaced."""


class Speech:
    """Remembers what the broker refused."""

    def __init__(self, pin: Pin) -> None:
        self._pin = pin
        self._refused_s: float | None = None

    def version(self, *, now_s: float) -> Version:
        """What to begin a connection with."""
        if self._pin != "auto":
            return self._pin
        if self._refused_s is not None and now_s - self._refused_s < AGAIN_S:
            return "3.1.1"
        return "5"

    def falls_back(self, *, now_s: float) -> bool:
        """The broker does not speak MQTT 5: whether there is something else to try."""
        if self._pin != "auto" or self.version(now_s=now_s) != "5":
            return False
        self._refused_s = now_s
        return True
