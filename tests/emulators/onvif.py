"""An ONVIF device without a transport: it takes envelopes and gives envelopes, by a clock that is handed in.

It has one H.264 profile, two relay outputs, a digital input, and a memory of what it recorded; it checks passwords as
WS-Security's UsernameToken has them, by its own clock, and refuses a token that is too old or was used before. What a
relay does in time (monostable) happens when somebody looks.

Source: ONVIF Core, Device Management, Media, Event and Recording Search Service Specifications; WS-Security
UsernameToken Profile 1.1; facts/face-cctv-console.md section 5. Written without a look at the driver.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from xml.etree import ElementTree
from xml.sax.saxutils import escape

_S = "http://www.w3.org/2003/05/soap-envelope"
_TDS, _TRT = "http://www.onvif.org/ver10/device/wsdl", "http://www.onvif.org/ver10/media/wsdl"
_TEV, _TSE = "http://www.onvif.org/ver10/events/wsdl", "http://www.onvif.org/ver10/search/wsdl"
_TT, _WSNT = "http://www.onvif.org/ver10/schema", "http://docs.oasis-open.org/wsn/b-2"
_SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-"
_SPACES = {
    "s": _S,
    "tds": _TDS,
    "trt": _TRT,
    "tev": _TEV,
    "tse": _TSE,
    "tt": _TT,
    "wsnt": _WSNT,
    "wsa": "http://www.w3.org/2005/08/addressing",
    "ter": "http://www.onvif.org/ver10/error",
    "tns1": "http://www.onvif.org/ver10/topics",
    "wsse": f"{_SECURITY}secext-1.0.xsd",
    "wsu": f"{_SECURITY}utility-1.0.xsd",
}
TOKEN_AGE_S = 300


class Denied(Exception):
    """The password is not right."""


class Refused(Exception):
    """A fault of the device's; its argument is the subcode."""


class Mode(StrEnum):
    BISTABLE = "Bistable"
    MONOSTABLE = "Monostable"


@dataclass
class Relay:
    token: str
    mode: Mode = Mode.BISTABLE
    delay_s: float = 1.0
    idle: str = "open"
    active: bool = False
    off_at: datetime | None = None


@dataclass(frozen=True)
class Event:
    topic: str
    source: dict[str, str]
    data: dict[str, str]
    at: datetime
    operation: str


@dataclass
class Subscription:
    topics: list[str]
    ends: datetime
    waiting: list[Event] = field(default_factory=list)


@dataclass
class Onvif:
    """The device; `now` is the true time, from which its clock differs by `clock_error_s`."""

    now: Callable[[], datetime]
    port: int
    rtsp_port: int = 554
    user: str = ""
    password: str = ""
    clock_error_s: float = 0.0
    services: tuple[str, ...] = ("media", "events", "search")
    tells_relays: bool = True
    recorded: list[tuple[datetime, datetime]] = field(default_factory=list)
    properties: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.relays = {token: Relay(token) for token in ("alarm-out", "lamp")}
        self.subscriptions: dict[str, Subscription] = {}
        self.searches: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self._nonces: set[str] = set()
        self._number = 0
        self.inputs = {"1": False}
        self.scene_changed = False

    # what happens to it

    def press(self, number: str, active: bool) -> None:
        """Its digital input changes."""
        self.inputs[number] = active
        self._happen("Device/Trigger/DigitalInput", {"InputToken": number}, {"LogicalState": _bool(active)})

    def cover(self, covered: bool) -> None:
        """Somebody covers the lens."""
        self.scene_changed = covered
        self._happen("VideoSource/GlobalSceneChange/ImagingService", {"Source": "lens"}, {"State": _bool(covered)})

    def flood(self, count: int) -> None:
        """It goes mad."""
        for number in range(count):
            self._happen("VideoSource/MotionAlarm", {"Source": "lens"}, {"State": _bool(number % 2 == 0)})

    def lamp(self, token: str) -> bool:
        """What a lamp at the output shows."""
        relay = self.relays[token]
        if relay.off_at is not None and self.now() >= relay.off_at:
            relay.active, relay.off_at = False, None
        return relay.active

    def clock(self) -> datetime:
        """Its own time."""
        return self.now() + timedelta(seconds=self.clock_error_s)

    # what it answers

    def answer(self, path: str, body: bytes) -> tuple[int, str]:
        """The status and the envelope for one question."""
        envelope = ElementTree.fromstring(body)
        asked = envelope.find("s:Body", _SPACES)
        assert asked is not None
        (operation,) = asked
        name = operation.tag.split("}")[1]
        self.asked.append(name)
        try:
            if name != "GetSystemDateAndTime":
                self._check(envelope)
            return 200, _envelope(getattr(self, f"_{name}")(operation, path))
        except Denied:
            return 400, _fault("ter:NotAuthorized")
        except Refused as refusal:
            return 400, _fault(str(refusal))
        except AttributeError:
            return 500, _fault("ter:ActionNotSupported")

    def pending(self, path: str, body: bytes) -> float:
        """For how many seconds an answer to this may wait for something to happen."""
        wanted = re.search(rb"<[a-z0-9]+:Timeout>PT([0-9.]+)S<", body)
        subscription = self.subscriptions.get(path)
        return float(wanted[1]) if wanted and subscription and not subscription.waiting else 0.0

    def _check(self, envelope: ElementTree.Element) -> None:
        if not self.user:
            return
        token = envelope.find("s:Header/wsse:Security/wsse:UsernameToken", _SPACES)
        if token is None:
            raise Denied
        name, digest, nonce, created = (
            token.findtext(part, "", _SPACES)
            for part in ("wsse:Username", "wsse:Password", "wsse:Nonce", "wsu:Created")
        )
        age_s = abs((self.clock() - datetime.fromisoformat(created)).total_seconds())
        known = base64.b64decode(nonce) + created.encode() + self.password.encode()
        expected = base64.b64encode(hashlib.sha1(known).digest()).decode()
        if name != self.user or digest != expected or age_s > TOKEN_AGE_S or nonce in self._nonces:
            raise Denied
        self._nonces.add(nonce)

    def _GetSystemDateAndTime(self, *_: object) -> str:  # noqa: N802 (the protocol's word)
        at = self.clock()
        return (
            "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType>"
            "<tt:DaylightSavings>false</tt:DaylightSavings><tt:UTCDateTime>"
            f"<tt:Time><tt:Hour>{at.hour}</tt:Hour><tt:Minute>{at.minute}</tt:Minute>"
            f"<tt:Second>{at.second}</tt:Second></tt:Time>"
            f"<tt:Date><tt:Year>{at.year}</tt:Year><tt:Month>{at.month}</tt:Month><tt:Day>{at.day}</tt:Day></tt:Date>"
            "</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
        )

    def _GetServices(self, *_: object) -> str:  # noqa: N802
        spaces = {"device": _TDS, "media": _TRT, "events": _TEV, "search": _TSE}
        told = "".join(
            # the address that a device behind a router tells: not the one at which it was asked
            f"<tds:Service><tds:Namespace>{spaces[name]}</tds:Namespace>"
            f"<tds:XAddr>http://192.0.2.99:8899/onvif/{name}_service</tds:XAddr>"
            "<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>"
            for name in ("device", *self.services)
        )
        return f"<tds:GetServicesResponse>{told}</tds:GetServicesResponse>"

    def _GetDeviceInformation(self, *_: object) -> str:  # noqa: N802
        said = {"Manufacturer": "Emulated", "Model": "Eye 2", "FirmwareVersion": "1.2.3", "SerialNumber": "E-7"}
        told = "".join(f"<tds:{name}>{value}</tds:{name}>" for name, value in {**said, "HardwareId": "r1"}.items())
        return f"<tds:GetDeviceInformationResponse>{told}</tds:GetDeviceInformationResponse>"

    def _GetProfiles(self, *_: object) -> str:  # noqa: N802
        return (
            '<trt:GetProfilesResponse><trt:Profiles token="audio-only" fixed="true"><tt:Name>sound</tt:Name>'
            '</trt:Profiles><trt:Profiles token="main" fixed="true"><tt:Name>mainStream</tt:Name>'
            '<tt:VideoEncoderConfiguration token="v0"><tt:Name>v0</tt:Name><tt:UseCount>1</tt:UseCount>'
            "<tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>320</tt:Width><tt:Height>240</tt:Height>"
            "</tt:Resolution><tt:Quality>5</tt:Quality></tt:VideoEncoderConfiguration></trt:Profiles>"
            "</trt:GetProfilesResponse>"
        )

    def _GetStreamUri(self, asked: ElementTree.Element, _: str) -> str:  # noqa: N802
        if asked.findtext("trt:ProfileToken", "", _SPACES) != "main":
            raise Refused("ter:NoProfile")
        return (
            f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>rtsp://192.0.2.99:{self.rtsp_port}/cam</tt:Uri>"
            "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot>"
            "<tt:Timeout>PT0S</tt:Timeout></trt:MediaUri></trt:GetStreamUriResponse>"
        )

    def _GetRelayOutputs(self, *_: object) -> str:  # noqa: N802
        told = "".join(
            f'<tds:RelayOutputs token="{relay.token}"><tt:Properties><tt:Mode>{relay.mode}</tt:Mode>'
            f"<tt:DelayTime>PT{relay.delay_s}S</tt:DelayTime><tt:IdleState>{relay.idle}</tt:IdleState>"
            "</tt:Properties></tds:RelayOutputs>"
            for relay in self.relays.values()
        )
        return f"<tds:GetRelayOutputsResponse>{told}</tds:GetRelayOutputsResponse>"

    def _SetRelayOutputSettings(self, asked: ElementTree.Element, _: str) -> str:  # noqa: N802
        relay = self._relay(asked)
        delay = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:([0-9.]+)S)?", asked.findtext(".//tt:DelayTime", "", _SPACES))
        if delay is None:
            raise Refused("ter:InvalidArgVal")
        hours, minutes, seconds = (float(part or 0) for part in delay.groups())
        relay.mode, relay.idle = (
            Mode(asked.findtext(".//tt:Mode", "", _SPACES)),
            asked.findtext(".//tt:IdleState", "", _SPACES),
        )
        relay.delay_s = 3600 * hours + 60 * minutes + seconds
        return "<tds:SetRelayOutputSettingsResponse/>"

    def _SetRelayOutputState(self, asked: ElementTree.Element, _: str) -> str:  # noqa: N802
        relay = self._relay(asked)
        relay.active = asked.findtext("tds:LogicalState", "", _SPACES) == "active"
        lasts = relay.mode is Mode.MONOSTABLE and relay.active
        relay.off_at = self.now() + timedelta(seconds=relay.delay_s) if lasts else None
        state = "active" if relay.active else "inactive"
        self._happen("Device/Trigger/Relay", {"RelayToken": relay.token}, {"LogicalState": state})
        return "<tds:SetRelayOutputStateResponse/>"

    def _relay(self, asked: ElementTree.Element) -> Relay:
        try:
            return self.relays[asked.findtext("tds:RelayOutputToken", "", _SPACES)]
        except KeyError:
            raise Refused("ter:RelayToken") from None

    def _CreatePullPointSubscription(self, asked: ElementTree.Element, _: str) -> str:  # noqa: N802
        topics = asked.findtext("tev:Filter/wsnt:TopicExpression", "", _SPACES)
        self._number += 1
        path = f"/onvif/subscription/{self._number}"
        subscription = Subscription([one.strip() for one in topics.split("|")], ends=self._ending(asked))
        self.subscriptions[path] = subscription
        subscription.waiting += [event for event in self._states() if _wanted(event.topic, subscription.topics)]
        return (
            "<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference>"
            f"<wsa:Address>http://192.0.2.99:8899{path}</wsa:Address></tev:SubscriptionReference>"
            f"<wsnt:CurrentTime>{_time(self.clock())}</wsnt:CurrentTime>"
            f"<wsnt:TerminationTime>{_time(subscription.ends)}</wsnt:TerminationTime>"
            "</tev:CreatePullPointSubscriptionResponse>"
        )

    def _PullMessages(self, asked: ElementTree.Element, path: str) -> str:  # noqa: N802
        subscription = self._subscription(path)
        count = int(asked.findtext("tev:MessageLimit", "1", _SPACES))
        told, subscription.waiting = subscription.waiting[:count], subscription.waiting[count:]
        return (
            f"<tev:PullMessagesResponse><tev:CurrentTime>{_time(self.clock())}</tev:CurrentTime>"
            f"<tev:TerminationTime>{_time(subscription.ends)}</tev:TerminationTime>"
            f"{''.join(f'<wsnt:NotificationMessage>{_message(event)}</wsnt:NotificationMessage>' for event in told)}"
            "</tev:PullMessagesResponse>"
        )

    def _Renew(self, asked: ElementTree.Element, path: str) -> str:  # noqa: N802
        subscription = self._subscription(path)
        subscription.ends = self._ending(asked)
        ends = f"<wsnt:TerminationTime>{_time(subscription.ends)}</wsnt:TerminationTime>"
        return f"<wsnt:RenewResponse>{ends}</wsnt:RenewResponse>"

    def _Unsubscribe(self, _: object, path: str) -> str:  # noqa: N802
        self._subscription(path)
        del self.subscriptions[path]
        return "<wsnt:UnsubscribeResponse/>"

    def _ending(self, asked: ElementTree.Element) -> datetime:
        wanted = "".join(asked.itertext())
        seconds = re.search(r"PT(\d+)S", wanted)
        if seconds is None:
            raise Refused("ter:InvalidArgVal")
        return self.clock() + timedelta(seconds=int(seconds[1]))

    def _subscription(self, path: str) -> Subscription:
        subscription = self.subscriptions.get(path)
        if subscription is None or subscription.ends < self.clock():
            raise Refused("ter:InvalidArgVal")
        return subscription

    def _states(self) -> list[Event]:
        """Every property as it is."""
        now = self.clock()
        states = [
            Event("Device/Trigger/DigitalInput", {"InputToken": one}, {"LogicalState": _bool(on)}, now, "Initialized")
            for one, on in self.inputs.items()
        ]
        scene = {"State": _bool(self.scene_changed)}
        states.append(
            Event("VideoSource/GlobalSceneChange/ImagingService", {"Source": "lens"}, scene, now, "Initialized")
        )
        if self.tells_relays:
            states += [
                Event(
                    "Device/Trigger/Relay",
                    {"RelayToken": token},
                    {"LogicalState": "active" if self.lamp(token) else "inactive"},
                    now,
                    "Initialized",
                )
                for token in self.relays
            ]
        return states

    def _happen(self, topic: str, source: dict[str, str], data: dict[str, str]) -> None:
        event = Event(topic, source, data, self.clock(), "Changed")
        for subscription in self.subscriptions.values():
            if _wanted(topic, subscription.topics):
                subscription.waiting.append(event)

    def _FindEvents(self, asked: ElementTree.Element, _: str) -> str:  # noqa: N802
        if "search" not in self.services:
            raise Refused("ter:ActionNotSupported")
        topics = asked.findtext("tse:SearchFilter/wsnt:TopicExpression", "", _SPACES).split("|")
        begin, end = (
            datetime.fromisoformat(asked.findtext(f"tse:{point}", "", _SPACES)) for point in ("StartPoint", "EndPoint")
        )
        found = []
        if asked.findtext("tse:IncludeStartState", "", _SPACES) == "true":
            present = any(first <= begin < last for first, last in self.recorded)
            found.append(self._track_state(begin, present, start_state=True))
        changes = [(at, present) for first, last in self.recorded for at, present in ((first, True), (last, False))]
        found += [self._track_state(at, present) for at, present in sorted(changes) if begin < at <= end]
        self._number += 1
        self.searches[f"search-{self._number}"] = found if _wanted("RecordingHistory/Track/State", topics) else []
        return (
            f"<tse:FindEventsResponse><tse:SearchToken>search-{self._number}</tse:SearchToken></tse:FindEventsResponse>"
        )

    def _track_state(self, at: datetime, present: bool, *, start_state: bool = False) -> str:
        source = {"RecordingToken": "rec0", "Track": "VIDEO001"}
        event = Event("RecordingHistory/Track/State", source, {"IsDataPresent": _bool(present)}, at, "Changed")
        return (
            "<tt:Result><tt:RecordingToken>rec0</tt:RecordingToken><tt:TrackToken>VIDEO001</tt:TrackToken>"
            f"<tt:Time>{_time(at)}</tt:Time><tt:Event>{_message(event)}</tt:Event>"
            f"<tt:StartStateEvent>{_bool(start_state)}</tt:StartStateEvent></tt:Result>"
        )

    def _GetEventSearchResults(self, asked: ElementTree.Element, _: str) -> str:  # noqa: N802
        token = self._search(asked)
        # two at a time, as a recorder that is still searching gives them
        told, self.searches[token] = self.searches[token][:2], self.searches[token][2:]
        state = "Searching" if self.searches[token] else "Completed"
        return (
            f"<tse:GetEventSearchResultsResponse><tse:ResultList>{''.join(told)}"
            f"<tt:SearchState>{state}</tt:SearchState></tse:ResultList></tse:GetEventSearchResultsResponse>"
        )

    def _search(self, asked: ElementTree.Element) -> str:
        token = asked.findtext("tse:SearchToken", "", _SPACES)
        if token not in self.searches:
            raise Refused("ter:InvalidToken")
        return token

    def _EndSearch(self, asked: ElementTree.Element, _: str) -> str:  # noqa: N802
        del self.searches[self._search(asked)]
        return f"<tse:EndSearchResponse><tse:Endpoint>{_time(self.clock())}</tse:Endpoint></tse:EndSearchResponse>"


def _wanted(topic: str, expressions: list[str]) -> bool:
    """As the concrete set's expressions are read: `//.` is a topic with all below it."""
    plain = [one.removeprefix("tns1:") for one in expressions]
    return any(
        topic == one or (one.endswith("//.") and f"{topic}/".startswith(one.removesuffix("//.") + "/")) for one in plain
    )


def _message(event: Event) -> str:
    source, data = (
        "".join(f'<tt:SimpleItem Name="{name}" Value="{escape(value)}"/>' for name, value in items.items())
        for items in (event.source, event.data)
    )
    return (
        f'<wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">tns1:{event.topic}</wsnt:Topic>'
        f'<wsnt:Message><tt:Message UtcTime="{_time(event.at)}" PropertyOperation="{event.operation}">'
        f"<tt:Source>{source}</tt:Source><tt:Data>{data}</tt:Data></tt:Message></wsnt:Message>"
    )


def _envelope(body: str) -> str:
    spaces = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in _SPACES.items())
    return f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope {spaces}><s:Body>{body}</s:Body></s:Envelope>'


def _fault(subcode: str) -> str:
    return _envelope(
        f"<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{subcode}</s:Value></s:Subcode></s:Code>"
        '<s:Reason><s:Text xml:lang="en">no</s:Text></s:Reason></s:Fault>'
    )


def _bool(value: bool) -> str:
    return "true" if value else "false"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
