"""One demo from beginning to end. Whatever happens, the processes end and the stage is struck."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import httpx

from agent.clock import SystemClock
from provisioning.demo.display import Display
from provisioning.demo.household import Household
from provisioning.demo.operator import Operator, Sealed
from provisioning.demo.promise import Evidence, check_promises
from provisioning.demo.received import Received, fetch_received
from provisioning.demo.request import DemoRequest
from provisioning.demo.result import Result, clear, write_result
from provisioning.demo.stage import Stage
from provisioning.demo.timeline import Line, Timeline
from provisioning.errors import PromiseBroken


async def run_demo(request: DemoRequest) -> int:
    """Run it and return 0 when every promise held, else 1. :raises: InputRefused, PromiseBroken."""
    _end_on_signals()
    timeline = Timeline(SystemClock())
    with Display() as display:
        stage = Stage()
        try:
            result = await _Demo(request, stage, display=display, timeline=timeline).run()
            if request.out is not None:
                _write(result, request.out, keep=stage if request.keep else None)
        finally:
            stage.strike()
    display.timeline(result.lines)
    display.promises(result.promises)
    held = all(promise.held for promise in result.promises)
    display.say(f"\nFrom the last frame to sealed and synced: {result.seal_ms} ms. Whole demo: {result.total_ms} ms.")
    if request.out is not None:
        display.say(f"Report: {request.out / 'report.html'}")
    return 0 if held else 1


def _end_on_signals() -> None:
    """A closed terminal and a polite end are interruptions like Ctrl-C: everything is put away first."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        # who started it with nohup wants it to go on
        if signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)


def _write(result: Result, out: Path, *, keep: Stage | None) -> None:
    try:
        write_result(result, out, keep=keep)
    except OSError as error:
        with suppress(OSError):
            clear(out)
        raise PromiseBroken(f"The results cannot be written: {os.strerror(error.errno or 0)}.") from None


class _Demo:
    """The acts, in order."""

    def __init__(self, request: DemoRequest, stage: Stage, *, display: Display, timeline: Timeline) -> None:
        self._request = request
        self._stage = stage
        self._display = display
        self._timeline = timeline

    async def run(self) -> Result:
        household = Household(self._stage, note=self._note)
        try:
            await self._stage.found()
            self._note("founded", "headquarters: certificates, keys, broker configuration, database")
            self._display.doing("Starting broker, bridge and MIGRIS; claiming the station")
            await household.start_central()
            await household.while_kept(self._stage.claim(self._request))
            self._note("claimed", "the station has its certificate and central's public keys")
            self._display.doing("Starting courier and station")
            await household.start_station()
            self._note("ready", "the station can take a client")
            sealed, history = await household.while_kept(self._visit())
            received = await fetch_received(self._stage.ports.page, self._request.application)
            self._note("received", f"MIGRIS shows reference {received.reference}")
        finally:
            self._display.doing("Ending the processes")
            await household.stop()
        return self._conclude(sealed, history, received=received)

    async def _visit(self) -> tuple[Sealed, dict[str, object]]:
        transport = httpx.AsyncHTTPTransport(uds=str(self._stage.station.station_socket))
        async with httpx.AsyncClient(transport=transport, base_url="http://station", timeout=60.0) as station:
            operator = Operator(station, note=self._show)
            self._display.doing("Enrolling")
            sealed = await operator.enrol(self._request)
            self._timeline.merge_visit(sealed.visit["timeline"])
            self._display.doing("Waiting for the receipt and the wipe")
            history = await operator.follow(sealed.parcel)
            self._timeline.merge_parcel(history)
            return sealed, history

    def _conclude(self, sealed: Sealed, history: dict[str, object], *, received: Received) -> Result:
        self._display.doing("Checking every promise")
        evidence = Evidence(stage=self._stage, received=received, digest=sealed.digest, history=history)
        promises = check_promises(evidence)
        last = self._note("checked", f"{sum(promise.held for promise in promises)} of {len(promises)} promises held")
        lines = self._timeline.lines()
        return Result(
            lines=lines,
            promises=promises,
            received=received,
            history=history,
            seal_ms=_seal_ms(lines),
            total_ms=last.ms,
        )

    def _note(self, step: str, detail: str) -> Line:
        """What the demo itself did goes into the timeline and onto the screen."""
        line = self._timeline.note(step, detail)
        self._display.happened(line)
        return line

    def _show(self, step: str, detail: str) -> None:
        """What the station reports is in its own timeline already."""
        self._display.happened(self._timeline.now(step, detail))


def _seal_ms(lines: list[Line]) -> int:
    frames = [line.ms for line in lines if line.step == "frame"]
    seals = [line.ms for line in lines if line.step == "sealed"]
    if not frames or not seals:
        raise PromiseBroken("The station's timeline has no frame or no seal.")
    return seals[-1] - frames[-1]
