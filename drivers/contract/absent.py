"""The devices that are not there: drivers, and not an `if`, so that nothing above has to know."""

from drivers.contract.aim import Aim
from drivers.contract.device import DeviceKind, Facts, StagedDevice
from drivers.contract.fault import GoneFault
from drivers.contract.frame import Frame
from drivers.contract.output import Crashed, HeldOutput, OutputState, Parting, Resting
from drivers.contract.retake import Retake
from drivers.contract.watch import HeldWatch, Reading, Sighting


class AbsentDevice(StagedDevice):
    """Cannot be opened, and says so."""

    def __init__(self, kind: DeviceKind) -> None:
        super().__init__(lease=f"absent-{kind}")
        self._kind = kind

    @property
    def facts(self) -> Facts:
        """Nothing."""
        return _facts(self._kind)

    async def _open(self) -> None:
        raise _gone(self._kind)

    async def _close(self) -> None:
        """Never opened."""

    async def _arm(self, aim: Aim) -> None:
        """Never opened."""

    async def _disarm(self) -> None:
        """Never opened."""

    async def _grab(self) -> Frame | Retake:
        raise _gone(self._kind)


class AbsentWatch(HeldWatch):
    """Cannot be opened, and says so."""

    def __init__(self, kind: DeviceKind) -> None:
        super().__init__(lease=f"absent-{kind}")
        self._kind = kind

    @property
    def facts(self) -> Facts:
        """Nothing."""
        return _facts(self._kind)

    async def _open(self) -> None:
        raise _gone(self._kind)

    async def _close(self) -> None:
        """Never opened."""

    async def _notice(self) -> Sighting:
        raise _gone(self._kind)

    async def _readings(self) -> tuple[Reading, ...]:
        raise _gone(self._kind)


class AbsentOutput(HeldOutput):
    """Cannot be opened, and says so."""

    def __init__(self, kind: DeviceKind) -> None:
        super().__init__(lease=f"absent-{kind}")
        self._kind = kind

    @property
    def facts(self) -> Facts:
        """Nothing."""
        return _facts(self._kind)

    @property
    def resting(self) -> Resting:
        """Nothing is ever on."""
        return Resting(OutputState.OFF, at_close=Parting.OFF, after_crash=Crashed.OFF)

    async def _open(self) -> None:
        raise _gone(self._kind)

    async def _close(self) -> None:
        """Never opened."""

    def _drive(self, state: OutputState) -> None:  # noqa: ARG002 (nothing is there to drive)
        raise _gone(self._kind)

    def _read(self) -> OutputState:
        raise _gone(self._kind)


def _facts(kind: DeviceKind) -> Facts:
    return Facts(kind=kind, make="", model="absent", serial="", firmware="", certified=False, simulated=False)


def _gone(kind: DeviceKind) -> GoneFault:
    return GoneFault(f"The station has no {kind} configured.")
