"""How the conformance suites demand a promise, and what they raise when it is not kept."""

from collections.abc import Awaitable

from drivers.contract.fault import Fault


class NotConforming(AssertionError):
    """The driver does not keep a promise of the contract."""


def demand(kept: bool, promise: str) -> None:
    """The promise holds. :raises: NotConforming."""
    if not kept:
        raise NotConforming(f"The driver does not keep a promise: {promise}.")


async def fails(doing: Awaitable[object], expected: type[Fault], *, promise: str) -> None:
    """What is done ends with that fault. :raises: NotConforming when it ends otherwise."""
    try:
        await doing
    except expected as fault:
        demand(bool(fault.code) and bool(fault.sentence), "a fault has a code and a sentence")
        return
    except Fault as fault:
        raise NotConforming(f"The driver does not keep a promise: {promise}; it gave {fault.code}.") from fault
    raise NotConforming(f"The driver does not keep a promise: {promise}.")
