"""The device that is not there: a driver, and not an `if`, so that nothing above has to know."""

from drivers.contract.aim import Aim
from drivers.contract.device import DeviceKind, Facts, StagedDevice
from drivers.contract.fault import GoneFault
from drivers.contract.frame import Frame
from drivers.contract.retake import Retake


class AbsentDevice(StagedDevice):
    """Cannot be opened, and says so."""

    def __init__(self, kind: DeviceKind) -> None:
        super().__init__(lease=f"absent-{kind}")
        self._kind = kind

    @property
    def facts(self) -> Facts:
        """Nothing."""
        return Facts(kind=self._kind, make="", model="absent", serial="", firmware="", certified=False, simulated=False)

    async def _open(self) -> None:
        raise GoneFault(f"The station has no {self._kind} configured.")

    async def _close(self) -> None:
        """Never opened."""

    async def _arm(self, aim: Aim) -> None:
        """Never opened."""

    async def _disarm(self) -> None:
        """Never opened."""

    async def _grab(self) -> Frame | Retake:
        raise GoneFault(f"The station has no {self._kind} configured.")
