"""FDA: how much of a square's ridge signal is one frequency."""

import numpy as np
from numpy.typing import NDArray

from capture.finger.window import Windows

_NEIGHBOUR_WEIGHT = 0.3


def frequency_dominance(windows: Windows) -> NDArray[np.float64]:
    """FDA of each window, shape (squares,): the strongest frequency's share, and exactly 1 where that is the lowest.

    :param windows: level, shape (squares, 32, 16).
    Source: ISO/IEC 29794-4 as implemented by NFIQ 2.3, facts/standards.md section 5.3.
    """
    signal = windows.mean(axis=2)
    half = signal.shape[1] // 2
    # One bin beyond the middle, which mirrors the one before it: the middle's right neighbour.
    strength = np.abs(np.fft.fft(signal, axis=1))[:, 1 : half + 2]
    peak = np.argmax(strength[:, :half], axis=1)
    square = np.arange(len(strength))
    around = strength[square, np.maximum(peak - 1, 0)] + strength[square, peak + 1]
    share = (strength[square, peak] + _NEIGHBOUR_WEIGHT * around) / np.maximum(
        strength[:, : half - 1].sum(axis=1), 1e-12
    )
    return np.asarray(np.where(peak == 0, 1.0, share))
