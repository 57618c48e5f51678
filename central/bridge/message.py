"""Messages in and out of the bridge."""

from dataclasses import dataclass
from typing import Literal

from agent.wire import Upward


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message from a station; the broker's ACL has checked that the station in its topic sent it."""

    where: Upward
    """The topic, taken apart."""
    payload: bytes
    """Its content."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A message to a station."""

    topic: str
    """Where it goes."""
    payload: bytes
    """Its content."""
    retain: bool = False
    """Whether the broker keeps it as the topic's last word."""
    qos: Literal[0, 1] = 1
    """0 where a word that is late says as little as one that is lost."""
