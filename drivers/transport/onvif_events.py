"""What an ONVIF device tells by itself: a pull point, which is asked again and again and keeps what it has meanwhile.

A device holds a subscription for a minute and is asked to prolong it when half of that has passed. The words of a
message are told as they are; what they mean is the driver's. Quirk: a device that wants its reference parameters
repeated (some of Axis's) does not find the subscription again, and says so.

Source: WS-BaseNotification 1.3; ONVIF Core Specification, chapter Event handling (PullMessages, PropertyOperation).
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from drivers.contract import Fault, ProtocolFault
from drivers.transport.onvif import OnvifLink, path_of

HELD_S: Final = 60
MESSAGES_MAX: Final = 100
TEXT_LETTERS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the device's."""

    topic: str
    """Its topic without prefixes, such as `VideoSource/SignalLoss`."""
    source: Mapping[str, str]
    """Of what it tells: names and values."""
    data: Mapping[str, str]
    """What it tells: names and values."""
    device_at: datetime | None
    """When, by the device's clock."""
    first: bool
    """True for a state as it was when the subscription began."""


class PullPoint:
    """One subscription, from begin to end."""

    def __init__(self, link: OnvifLink, *, topics: str, now_ns: Callable[[], int]) -> None:
        """:param topics: which, in the expression of ONVIF's concrete sets. :param now_ns: a monotonic clock."""
        self._link, self._topics, self._now_ns = link, topics, now_ns
        self._path = ""
        self._renewed_ns = 0

    async def begin(self) -> None:
        """Subscribe. :raises: Fault."""
        self._renewed_ns = self._now_ns()
        told = await self._link.ask(
            "events",
            "CreatePullPointSubscription",
            Filter=self._link.topic_filter(self._topics),
            InitialTerminationTime=f"PT{HELD_S}S",
        )
        try:
            address = told["SubscriptionReference"]["Address"]
            self._path = path_of(str(address["_value_1"] if isinstance(address, Mapping) else address))
        except (KeyError, TypeError):
            raise ProtocolFault("The device told no address for its events.") from None

    async def pull(self, wait_s: float) -> tuple[Message, ...]:
        """What it has to tell, as soon as it has something, at the latest after so long. :raises: Fault."""
        if self._now_ns() - self._renewed_ns > HELD_S * 1e9 / 2:
            self._renewed_ns = self._now_ns()
            await self._link.ask("subscription", "Renew", path=self._path, TerminationTime=f"PT{HELD_S}S")
        told = await self._link.ask(
            "pullpoint", "PullMessages", path=self._path, Timeout=timedelta(seconds=wait_s), MessageLimit=MESSAGES_MAX
        )
        try:
            return tuple(message_of(one) for one in told["NotificationMessage"] or ())
        except (KeyError, TypeError, AttributeError):
            raise ProtocolFault("The device told an event that is none.") from None

    async def end(self) -> None:
        """Unsubscribe, where the device is still there; otherwise it forgets by itself."""
        if self._path:
            with contextlib.suppress(Fault):
                await self._link.ask("subscription", "Unsubscribe", path=self._path)
            self._path = ""


def message_of(said: Mapping[str, Any]) -> Message:
    """One message, out of a notification or a found event. :raises: KeyError, TypeError, AttributeError."""
    topic, message = said["Topic"]["_value_1"], said["Message"]["_value_1"]
    at = message["UtcTime"]
    return Message(
        topic="/".join(part.split(":")[-1] for part in _text(topic).split("/")),
        source=_items(message["Source"]),
        data=_items(message["Data"]),
        device_at=at.astimezone(UTC) if isinstance(at, datetime) and at.tzinfo else None,
        first=message["PropertyOperation"] == "Initialized",
    )


def _items(said: Mapping[str, Any] | None) -> dict[str, str]:
    return {_text(item["Name"]): _text(item["Value"]) for item in (said or {}).get("SimpleItem") or ()}


def _text(said: object) -> str:
    """What a device calls something, printable and not longer than anybody reads."""
    return "".join(letter for letter in str(said) if letter.isprintable()).strip()[:TEXT_LETTERS_MAX]
