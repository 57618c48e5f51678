"""What a certificate that is not the broker's says of whoever showed it."""

from datetime import datetime, timedelta
from typing import Final

from agent.guard.cause import Cause
from agent.wire import Trigger

_NOT_YET_VALID, _EXPIRED = 9, 10
"""Source: openssl/x509_vfy.h, X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED."""

DAY: Final = timedelta(days=1)


def unknown_broker(verify_code: int, *, at: datetime) -> Cause | None:
    """What is to be suspected; nothing of a certificate that is the broker's own and out of its time.

    :param verify_code: OpenSSL's number of what was wrong.
    """
    if verify_code in {_NOT_YET_VALID, _EXPIRED}:
        return None
    return Cause(trigger=Trigger.UNKNOWN_BROKER, what="broker certificate", since=at, again_after=DAY)
