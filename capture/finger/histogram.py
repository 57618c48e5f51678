"""How a block measure becomes twelve numbers: ten counts, the mean and the deviation."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def spread(prefix: str, values: Values, *, limits: Sequence[float]) -> dict[str, float]:
    """Counts between ascending limits, mean, and population standard deviation, under NFIQ 2's identifiers.

    :param prefix: such as `OCL`; the result's names are `OCL_Bin10_0` to `OCL_Bin10_9`, `..._Mean`, `..._StdDev`.
    :param values: shape (n,), n > 0, finite.
    :param limits: nine; a value equal to a limit belongs above it.
    Source: ISO/IEC 29794-4 as implemented by NFIQ 2.3, facts/standards.md section 5.3.
    """
    counts = np.bincount(np.searchsorted(limits, values, side="right"), minlength=len(limits) + 1)
    named = {f"{prefix}_Bin10_{place}": float(count) for place, count in enumerate(counts)}
    return named | {f"{prefix}_Bin10_Mean": float(values.mean()), f"{prefix}_Bin10_StdDev": float(values.std())}
