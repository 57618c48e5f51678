"""A relay output of an ONVIF camera or recorder: a lamp, a lock, another recorder's alarm input.

Hardware: any ONVIF device with relay outputs. Firmware: none seen. Proven against an emulator that was written from the
same facts, and on metal nothing so far.

What becomes of the output, which is no more than what the device promises:

* at start it is configured as the options say (mode, idle contact, delay) and switched to `at_start`; how it was before
  that, nobody here decides.
* at shutdown, after an exception, and at a signal that ends the process in order: `at_close`, if the device is reached.
* after a crash, or when the network is lost: a *bistable* output stays as it is, for as long as the device has power;
  a *monostable* one goes off by itself, `delay_ms` after it was switched on, whoever is alive by then. So choose
  `monostable` where staying on does harm; a pulse that is longer than its delay is then as long as the delay.

ONVIF has no question for what an output does: the device tells it as an event's first state, to whoever subscribes, so
reading back is a short subscription. A device that does not tell makes `state` a fault, and can still be switched.

Source: ONVIF Device Management (GetRelayOutputs, SetRelayOutputSettings, SetRelayOutputState) and its event
`Device/Trigger/Relay`; facts/face-cctv-console.md section 5.
"""

import contextlib
from datetime import timedelta
from typing import Literal

from pydantic import Field

from drivers.contract import DeviceKind, Facts, Fault, GoneFault, OptionsFault, ProtocolFault
from drivers.contract.output import Crashed, HeldOutput, OutputState, Parting, Resting
from drivers.contract.thread import in_thread
from drivers.relay.resting import RestingOptions
from drivers.transport.credentials import read_credentials
from drivers.transport.onvif import DEVICE, OnvifLink
from drivers.transport.onvif_events import PullPoint
from drivers.transport.onvif_post import OnvifOptions
from drivers.world.clock import MonotonicClock

_TOPIC = "Device/Trigger/Relay"
_STATES = {"active": OutputState.ON, "inactive": OutputState.OFF}
_WORDS = {state: word for word, state in _STATES.items()}


class Options(OnvifOptions, RestingOptions):
    """Where the relay is, and how it behaves."""

    relay: str = Field(default="", max_length=100)
    """The output's token, as the device calls it; unless said, its only one."""
    mode: Literal["bistable", "monostable"] = "bistable"
    """Whether it stays on until it is switched off, or goes off by itself."""
    delay_ms: int = Field(default=1000, ge=10, le=3_600_000)
    """After so long a monostable output goes off by itself."""
    idle: Literal["open", "closed"] = "open"
    """How its contact is while it is off."""


class OnvifRelay(HeldOutput):
    """One output of a device in the network."""

    def __init__(self, options: Options, *, clock: MonotonicClock) -> None:
        """:param clock: a monotonic clock."""
        super().__init__(lease=f"onvif-relay-{options.host}:{options.port}-{options.relay}")
        self._options, self._clock = options, clock
        self._link: OnvifLink | None = None
        self._token = ""

    @property
    def facts(self) -> Facts:
        """An output says nothing of itself; its device does, as a surveillance device."""
        return Facts(
            kind=DeviceKind.RELAY,
            make="",
            model="ONVIF relay",
            serial="",
            firmware="",
            certified=False,
            simulated=False,
        )

    @property
    def resting(self) -> Resting:
        """What the options say, and what the device does."""
        options = self._options
        crashed = Crashed.KEPT if options.mode == "bistable" else Crashed.OFF
        return Resting(options.at_start, at_close=options.at_close, after_crash=crashed)

    async def _open(self) -> None:
        options = self._options
        credentials = await in_thread(lambda: read_credentials(options.user, options.password_file))
        self._link = OnvifLink(options, credentials)
        await self._link.connect()
        self._token = _chosen(await self._link.ask(DEVICE, "GetRelayOutputs"), options.relay)
        settings = {
            "Mode": options.mode.capitalize(),
            "DelayTime": timedelta(milliseconds=options.delay_ms),
            "IdleState": options.idle,
        }
        await self._link.ask(DEVICE, "SetRelayOutputSettings", RelayOutputToken=self._token, Properties=settings)
        await self._drive(options.at_start)

    async def _close(self) -> None:
        if self._link is None:
            return
        try:
            if self._token and self._options.at_close is not Parting.HOLD:
                with contextlib.suppress(Fault):
                    await self._drive(OutputState(self._options.at_close))
        finally:
            link, self._link, self._token = self._link, None, ""
            await link.close()

    async def _drive(self, state: OutputState) -> None:
        await self._held().ask(DEVICE, "SetRelayOutputState", RelayOutputToken=self._token, LogicalState=_WORDS[state])

    async def _read(self) -> OutputState:
        link = self._held()
        if not link.has("events"):
            raise ProtocolFault("The device does not tell what its outputs do.")
        point = PullPoint(link, topics=f"tns1:{_TOPIC}", now_ns=self._clock.monotonic_ns)
        await point.begin()
        try:
            messages = await point.pull(min(1.0, self._options.answer_s / 2))
        finally:
            await point.end()
        ours = [
            message.data.get("LogicalState", "")
            for message in messages
            if message.topic == _TOPIC and message.source.get("RelayToken") == self._token
        ]
        if not ours or ours[-1] not in _STATES:
            raise ProtocolFault("The device does not tell what this output does.")
        return _STATES[ours[-1]]

    def _held(self) -> OnvifLink:
        if self._link is None:
            raise GoneFault("The device's output is not held.")
        return self._link


def _chosen(said: object, wanted: str) -> str:
    """The token of the output that is meant. :raises: OptionsFault, ProtocolFault."""
    try:
        tokens = [str(one["token"]) for one in said or ()]  # type: ignore[attr-defined]
    except (KeyError, TypeError):
        raise ProtocolFault("The device told outputs that are none.") from None
    if wanted in tokens:
        return wanted
    if wanted or len(tokens) != 1:
        known = ", ".join(token for token in tokens[:10] if token.isprintable())
        raise OptionsFault(f"Name one of the device's outputs: {known or 'it has none'}.")
    return tokens[0]
