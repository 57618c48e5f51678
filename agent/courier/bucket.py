"""A token bucket: what goes up stays within so many bytes a second, over any time longer than its burst. Pure.

For lines that are paid by the byte or shared with a till. Who waits for an answer is not made to wait: it is charged,
and what can wait pays for it.
"""


class Bucket:
    """Begins full. While anything is left a message may go, however large; what it overdraws is waited for."""

    def __init__(self, bytes_per_s: int, *, burst_bytes: int) -> None:
        """:param bytes_per_s: 0 is no limit."""
        self._bytes_per_s = bytes_per_s
        self._burst_bytes = float(burst_bytes)
        self._left_bytes = float(burst_bytes)
        self._at_s: float | None = None

    def spend(self, size_bytes: int, *, now_s: float) -> None:
        """So much was sent."""
        self._fill(now_s)
        self._left_bytes -= size_bytes

    def wait_s(self, *, now_s: float) -> float:
        """How long what can wait has to wait."""
        self._fill(now_s)
        if self._bytes_per_s == 0 or self._left_bytes > 0:
            return 0.0
        # a byte more than nothing, so that it is not asked again a moment too early
        return (1.0 - self._left_bytes) / self._bytes_per_s

    def _fill(self, now_s: float) -> None:
        since_s = now_s if self._at_s is None else self._at_s
        passed_s = max(0.0, now_s - since_s)
        self._at_s = since_s + passed_s
        self._left_bytes = min(self._burst_bytes, self._left_bytes + passed_s * self._bytes_per_s)
