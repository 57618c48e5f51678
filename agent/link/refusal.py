"""What the broker does not take: said once for each kind of message, and once when it takes it again."""

import logging

_log = logging.getLogger(__name__)


class Refusals:
    """MQTT 5 only: an older broker acknowledges what it throws away (facts/mqtt.md 2)."""

    def __init__(self) -> None:
        self._standing: dict[str, str] = {}

    def refused(self, topic: str, reason: str) -> None:
        """The broker says why it does not take a message."""
        kind = kind_of(topic)
        if self._standing.get(kind) != reason:
            self._standing[kind] = reason
            _log.warning("the broker refused a message: %s; said again after one to %s was taken", reason, kind)

    def taken(self, topic: str) -> None:
        """The broker took a message."""
        kind = kind_of(topic)
        if self._standing.pop(kind, None) is not None:
            _log.info("the broker takes messages to %s again", kind)


def kind_of(topic: str) -> str:
    """The part of a topic that says what it is about, without whose it is: `up/event`."""
    return "/".join(topic.split("/")[4:6]) or "other topics"
