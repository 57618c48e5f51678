"""onvif-zeep-async, lxml and zeep, for `onvif` alone, which loads this file when a device is connected.

Source: onvif-zeep-async 4.3.0; zeep 4.3.3; WS-Topics 1.3 and ONVIF Core Specification (concrete set of topics).
"""

import contextlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import onvif
import zeep.exceptions
import zeep.helpers
from lxml import etree
from onvif.definition import SERVICES

from drivers.contract import DeniedFault, ProtocolFault
from drivers.transport.credentials import Credentials

__all__ = ["SERVICES", "ours", "plain", "service", "topic_filter"]

_DESCRIPTIONS: Final = Path(onvif.__file__).parent / "wsdl"
_CONCRETE_SET: Final = "http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet"
_TOPICS: Final = "http://www.onvif.org/ver10/topics"
_NOTIFICATION: Final = "http://docs.oasis-open.org/wsn/b-2"

_DENIALS: Final = frozenset({"NotAuthorized", "FailedAuthentication", "FailedCheck", "InvalidSecurityToken"})
"""Subcodes of refusals that are about the password."""


def service(name: str, *, address: str, credentials: Credentials, ahead: timedelta | None) -> Any:
    """A service of the library's, which must be set up and closed.

    :param ahead: how far the device's clock is ahead of the station's.
    """
    definition = SERVICES[name]
    with ours():
        return onvif.ONVIFService(
            address,
            credentials.user or None,
            credentials.password or None,
            os.fspath(_DESCRIPTIONS / definition["wsdl"]),
            no_cache=True,
            dt_diff=ahead,
            binding_name=f"{{{definition['ns']}}}{definition['binding']}",
        )


def topic_filter(topics: str) -> Any:
    """A filter for these topics, such as `tns1:Device//.|tns1:VideoSource/SignalLoss`."""
    expression = etree.Element(f"{{{_NOTIFICATION}}}TopicExpression", nsmap={"wsnt": _NOTIFICATION, "tns1": _TOPICS})
    expression.set("Dialect", _CONCRETE_SET)
    expression.text = topics
    return {"_value_1": expression}


def plain(answered: Any) -> Any:
    """What zeep has read, as dicts, lists and values."""
    return zeep.helpers.serialize_object(answered, target_cls=dict)  # type: ignore[no-untyped-call]  # it has no types


@contextlib.contextmanager
def ours() -> Iterator[None]:
    """Foreign errors become faults; no text of the device's is repeated."""
    try:
        yield
    except zeep.exceptions.Fault as error:
        raise _refusal(error) from None
    except (zeep.exceptions.Error, onvif.ONVIFError, etree.LxmlError, *_STUMBLES):
        raise ProtocolFault("The device's answer is not what its protocol says.") from None


_STUMBLES: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What libraries, and whoever reads their results, stumble over in an answer that is nonsense."""


def _refusal(error: Any) -> DeniedFault | ProtocolFault:
    codes = {str(code).rsplit("}", 1)[-1].rsplit(":", 1)[-1] for code in (error.code, *(error.subcodes or ()))}
    if codes & _DENIALS:
        return DeniedFault("The device asks for another user or password.")
    return ProtocolFault("The device refused what it was asked.")
