"""The search: whoever answers, a line each."""

import asyncio
import json
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Final

from drivers.contract import Fault, OptionsFault
from drivers.transport.ws_discovery import Found, Group, discover
from provisioning.errors import InputRefused, ProvisioningError

WAIT_S_MIN: Final = 0.5
WAIT_S_MAX: Final = 60.0

_USUAL_PATH: Final = "/onvif/device_service"


def search(
    interfaces: Sequence[str],
    *,
    wait_s: float,
    as_json: bool,
    say: Callable[[str], object],
    group: Group | None = None,
) -> bool:
    """Whether anybody answered.

    :param group: another one than WS-Discovery's own.
    :raises: InputRefused; ProvisioningError when an interface is down.
    """
    # written so that what is no number is refused too
    if not WAIT_S_MIN <= wait_s <= WAIT_S_MAX:
        raise InputRefused("wait-unusable", f"Answers can be waited for from {WAIT_S_MIN:g} to {WAIT_S_MAX:g} s.")
    try:
        found = asyncio.run(discover(list(dict.fromkeys(interfaces)), within_s=wait_s, group=group))
    except OptionsFault as fault:
        raise InputRefused(fault.code, fault.sentence) from None
    except Fault as fault:
        raise ProvisioningError(fault.sentence) from None
    for one in found:
        say(json.dumps(asdict(one), ensure_ascii=False) if as_json else found_line(one))
    if not found and not as_json:
        say(f"No ONVIF device answered within {wait_s:g} s.")
    return bool(found)


def found_line(one: Found) -> str:
    """A device on one line: where, its name, its hardware, and what the configuration must say beside host and port."""
    place = f"{one.host}:{one.port}"
    tls, path = "TLS" if one.tls else "", "" if one.path == _USUAL_PATH else f"path {one.path}"
    return f"{place:<21}  {_short(one.name):<25}  {_short(one.hardware):<22}  {tls} {path}".rstrip()


def _short(text: str) -> str:
    return textwrap.shorten(text, 22, placeholder="...") if len(text) > 22 else text
