"""What a sensor has queued at one IN endpoint without being asked for it now: heard by listening for a moment."""

from drivers.contract import ProtocolFault, TimedOutFault
from drivers.transport.usb import UsbPipe


class Inbox:
    """One endpoint's queue. What is read here is thrown away."""

    def __init__(self, pipe: UsbPipe, endpoint: int, *, read_bytes: int, reads_max: int) -> None:
        """:param read_bytes: how much is taken at once, a multiple of the endpoint's packets.
        :param reads_max: what is still coming after so many is no rest of anything.
        """
        self._pipe, self._endpoint = pipe, endpoint
        self._read_bytes, self._reads_max = read_bytes, reads_max

    def silent(self, limit_ms: int) -> bool:
        """Whether nothing came in this time; if something did, one read's worth of it is gone."""
        try:
            data = self._pipe.read(self._endpoint, self._read_bytes, limit_ms=limit_ms)
        except TimedOutFault:
            return True
        # it may be the rest of a picture
        data[:] = bytes(len(data))
        return False

    def need_silence(self, limit_ms: int) -> None:
        """Listen for so long. :raises: ProtocolFault when something came."""
        if not self.silent(limit_ms):
            raise ProtocolFault("The fingerprint sensor sent more than it was asked for.")

    def drain(self, limit_ms: int) -> None:
        """Read until nothing came in this time. :raises: ProtocolFault when there is no end to it."""
        for _ in range(self._reads_max):
            if self.silent(limit_ms):
                return
        raise ProtocolFault("The fingerprint sensor does not stop sending.")
