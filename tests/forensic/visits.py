"""Visits that end in every way there is, and what must be known of them while they last and afterwards."""

import os
import signal

from tests.forensic.scene import Scene
from tests.forensic.search import Find
from tests.forensic.watermark import Mark
from tests.journey.consignment import PATIENCE_S, Client, pause
from tests.journey.operator import StationClient, View, workers_of


class Visits:
    """One after another, with the real processes; each is looked for when it has ended."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.station = StationClient(scene.stage.station)
        self.courier = Client(scene.stage.station)
        for process in scene.system.all:
            process.start()
        # all at once, and each begins itself anew
        self.station.until_ready(within_s=3 * PATIENCE_S)

    def close(self) -> None:
        self.station.close()
        self.courier.close()

    def begin(self, *, until: str = "confirm") -> View:
        """A visit as far as this question; its key is looked for from now on."""
        view = self.station.visit(application=self.scene.client.application, stop_at=until)
        assert view["waiting"]["what"] == until, view
        self.scene.key(view["parcel"])
        return view

    def seal(self, view: View, *, name: str) -> list[Mark]:
        """Confirm, while headquarters is held still: what waits at the station is looked for from now on."""
        bridge = self.scene.system.bridge.pid
        os.kill(bridge, signal.SIGSTOP)
        try:
            self.station.decide(view, {"decision": "confirm"})
            assert self.settled(view)["state"] == "done"
            return self.scene.open_spooled(view["parcel"], name=name)
        finally:
            os.kill(bridge, signal.SIGCONT)

    def settled(self, view: View) -> View:
        """The visit, once nothing is done for it any more."""
        for _ in range(int(PATIENCE_S / 0.03)):
            if view["settled"]:
                return view
            view = self.station.view(view["visit"])
            pause()
        raise AssertionError("the visit does not end")

    def wiped(self, view: View, *, receipt: str) -> None:
        """The parcel came to its end on this receipt, and the station is ready for the next client."""
        history = self.courier.wait(view["parcel"], {"wiped", "quarantined"})
        assert (history["state"], receipt in history["receipts"]) == ("wiped", True)
        self.station.until_ready()

    def kill_worker(self) -> None:
        """As it is."""
        for worker in workers_of(self.scene.stage.station.root):
            os.kill(worker, signal.SIGKILL)

    def kill_station(self) -> None:
        """As it is; started again, as systemd does."""
        self.scene.system.station.kill()
        self.scene.system.station.start()
        self.station.until_ready()

    def left(self, *, held: tuple[str, ...] = ()) -> list[Find]:
        """Whatever is left anywhere of any visit so far that may not be there.

        What may be: the broker's memory has sealed bytes that passed through it; headquarters keeps the sealed bytes of
        visits that were rejected until their retention ends; a file that was unlinked leaves its blocks, which nobody
        can unwrap. Nothing else: no plaintext, no key, nothing sealed that is not wrapped once more.

        :param held: names of the visits that headquarters holds.
        """
        scene = self.scene
        secret, sealed = scene.plain + scene.keys, [mark for marks in scene.sealed.values() for mark in marks]
        gone = [mark for name, marks in scene.sealed.items() if name not in held for mark in marks]
        kept = {f"sealed bytes of the {name} visit" for name in held}
        return [
            *(find for find in scene.in_memory(secret + sealed) if not _allowed(find, kept=kept)),
            *scene.on_disk(secret + sealed, side="station"),
            *scene.on_disk(secret + gone, side="central"),
            *scene.elsewhere(secret + sealed),
        ]


def _allowed(find: Find, *, kept: set[str]) -> bool:
    if find.place == "broker":
        return find.name.startswith("sealed bytes")
    return find.place in {"bridge", "opener"} and find.name in kept


def kinds(finds: list[Find]) -> set[str]:
    """What was found, without where and how it was written."""
    return {find.name.split(" in ")[0] for find in finds}
