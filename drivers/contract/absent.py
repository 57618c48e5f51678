"""The devices that are not there: drivers, and not an `if`, so that nothing above has to know."""

from typing import NoReturn

from drivers.contract.aim import Aim
from drivers.contract.cctv import Ability, HeldCctv
from drivers.contract.device import StagedDevice
from drivers.contract.facts import DeviceKind, Facts
from drivers.contract.fault import GoneFault
from drivers.contract.frame import Frame
from drivers.contract.held import HeldDevice
from drivers.contract.output import Crashed, HeldOutput, OutputState, Parting, Resting
from drivers.contract.retake import Retake
from drivers.contract.watch import HeldWatch, Reading, Sighting


class Absent(HeldDevice):
    """Cannot be opened, and says so; what a contract's own verbs do then is below."""

    def __init__(self, kind: DeviceKind) -> None:
        super().__init__(lease=f"absent-{kind}")
        self._kind = kind

    @property
    def facts(self) -> Facts:
        """Nothing."""
        return Facts(kind=self._kind, make="", model="absent", serial="", firmware="", certified=False, simulated=False)

    async def _open(self) -> None:
        self._gone()

    async def _close(self) -> None:
        """Never opened."""

    def _gone(self) -> NoReturn:
        raise GoneFault(f"The station has no {self._kind} configured.")


class AbsentDevice(Absent, StagedDevice):
    """Gives no picture."""

    async def _arm(self, aim: Aim) -> None:
        """Never opened."""

    async def _disarm(self) -> None:
        """Never opened."""

    async def _grab(self) -> Frame | Retake:
        self._gone()


class AbsentWatch(Absent, HeldWatch):
    """Notices nothing."""

    async def _notice(self) -> Sighting:
        self._gone()

    async def _readings(self) -> tuple[Reading, ...]:
        self._gone()


class AbsentOutput(Absent, HeldOutput):
    """Switches nothing."""

    @property
    def resting(self) -> Resting:
        """Nothing is ever on."""
        return Resting(OutputState.OFF, at_close=Parting.OFF, after_crash=Crashed.OFF)

    async def _drive(self, state: OutputState) -> None:  # noqa: ARG002 (nothing is there to drive)
        self._gone()

    async def _read(self) -> OutputState:
        self._gone()


class AbsentCctv(Absent, HeldCctv):
    """Is able to do nothing."""

    def _abilities(self) -> frozenset[Ability]:
        """None of them."""
        return frozenset()
