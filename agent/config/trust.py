"""Whom the station believes: central's keys as the claim pinned them, or those of the newest keyring that was taken.

Files of the claim name keys without a time, as every release has written them. A keyring (`agent.wire.keyring`) takes
their place as a whole; it lies in the courier's folder as the authority signed it, so that whoever reads it need not
believe the courier. One that cannot be believed stops its reader: falling back could mean sealing for a key that is
destroyed already.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from agent.clock import Clock
from agent.config.held import read_held
from agent.config.paths import Paths
from agent.errors import ConfigError, Refused, WireError
from agent.wire import Keyring, read_signed
from agent.wire.document import instant_text
from vault.disk import write_durably
from vault.envelope import ALWAYS, KeyOutOfTime, Pinned, RecipientPublic, Validity, VerifyingKey
from vault.errors import KeyMissing
from vault.labels import Digest, digest_of

_PEM: Final = re.compile(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)

Timed = tuple[VerifyingKey, Validity]

Use = Literal["recipient", "receipt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEnd:
    """A key of central's whose time is over soon, or over."""

    use: Use
    """What it is for."""
    kid: str
    """Its id."""
    not_after: datetime
    """Its end."""
    over: bool
    """Whether that has come."""

    def view(self) -> dict[str, object]:
        """JSON-ready."""
        state = "over" if self.over else "ends-soon"
        return {"use": self.use, "key": self.kid, "not_after": instant_text(self.not_after), "state": state}


class Trust:
    """Reads what is trusted, again whenever it is asked; `believed` and `known` follow a keyring that is taken."""

    def __init__(self, paths: Paths, *, clock: Clock) -> None:
        """:raises: ConfigError when the station was not claimed, or nothing of it can be believed; KeyMissing."""
        self._paths = paths
        self._clock = clock
        self.believed = believed_receipt_keys(paths)
        """Receipt keys that are believed, with their times; a revoked one never."""
        self.known = known_receipt_keys(paths)
        """Those and the revoked ones, without times: they only show what was believed before."""
        sealing_key(paths)

    def recipient(self) -> RecipientPublic:
        """What is sealed for now. :raises: ConfigError, KeyMissing; KeyOutOfTime when its time is not now."""
        key, time = sealing_key(self._paths)
        time.check(self._clock.now(), kid=key.kid)
        return key

    def receipts(self) -> Pinned:
        """The receipt keys that are in their time now. :raises: ConfigError, KeyMissing."""
        return believed_receipt_keys(self._paths).at(self._clock.now())

    def sealing_kid(self) -> str:
        """Id of the key that is sealed for, whatever its time. :raises: ConfigError, KeyMissing."""
        return sealing_key(self._paths)[0].kid

    def receipt_kids(self) -> tuple[str, ...]:
        """Ids of the receipt keys that are believed, oldest first. :raises: ConfigError, KeyMissing."""
        return tuple(key.kid for key, _ in _believed(self._paths))

    def obstacle(self) -> Refused | None:
        """Why nothing can be sealed now, if so: a visit is refused before the first picture."""
        try:
            self.recipient()
        except (KeyOutOfTime, ConfigError, KeyMissing) as error:
            return Refused(error.code, f"Nothing can be sealed for headquarters. {error.sentence}")
        return None

    def ends(self, *, within: timedelta) -> list[KeyEnd]:
        """The keys in use that end within this time, or have ended; empty when none does. :raises: as `recipient`."""
        recipient, sealing = sealing_key(self._paths)
        receipt, signing = _pinned(self._paths)[-1]
        now, found = self._clock.now(), []
        in_use: tuple[tuple[Use, str, datetime | None], ...] = (
            ("recipient", recipient.kid, sealing.not_after),
            ("receipt", receipt.kid, signing.not_after),
        )
        for use, kid, end in in_use:
            if end is not None and end <= now + within:
                found.append(KeyEnd(use=use, kid=kid, not_after=end, over=end < now))
        return found

    def warnings(self, *, within: timedelta) -> list[dict[str, object]]:
        """The same for health, JSON-ready; that nothing can be read of it is one of them."""
        try:
            return [one.view() for one in self.ends(within=within)]
        except (ConfigError, KeyMissing) as error:
            return [{"state": "unreadable", "sentence": error.sentence}]

    def keyring(self) -> tuple[Keyring, Digest] | None:
        """The keyring that was taken, and the digest of what the authority signed. :raises: ConfigError."""
        return read_keyring(self._paths)

    def authority(self) -> Pinned:
        """Who signs keyrings. :raises: ConfigError, KeyMissing."""
        return _authority(self._paths)

    def take(self, keyring: Keyring, authorised: bytes) -> None:
        """Have a keyring, whose signatures were verified, in place of all that was trusted before.

        :param authorised: its bytes, as the authority signed them.
        :raises: WireError when it cannot be worked with: nothing has changed then; ConfigError, DiskFailed.
        """
        try:
            named = list(_named(keyring))
            RecipientPublic(keyring.recipients[-1].public)
        except KeyMissing as error:
            raise WireError(f"A keyring names what is no key. {error.sentence}") from error
        revoked = _revoked(self._paths)
        believed = _without(named, revoked)
        if not believed:
            raise WireError("Every receipt key in a keyring was revoked here.")
        write_durably(self._paths.keyring, authorised, mode=0o644)
        self.believed.become([key for key, _ in believed], times={key.kid: time for key, time in believed})
        self.known.become([*(key for key, _ in named), *revoked])


def believed_receipt_keys(paths: Paths) -> Pinned:
    """Central's receipt keys, several while they overlap, each with its time; a revoked one never, wherever it is.

    :raises: ConfigError when the station was not claimed, or every key was revoked; KeyMissing.
    """
    keys = _believed(paths)
    return Pinned([key for key, _ in keys], times={key.kid: time for key, time in keys})


def known_receipt_keys(paths: Paths) -> Pinned:
    """Those and the revoked ones, without times: they only show what was believed before. :raises: ConfigError."""
    return Pinned([*(key for key, _ in _pinned(paths)), *_revoked(paths)])


def order_keys(paths: Paths) -> Pinned:
    """Whose orders to destroy are believed; none when headquarters had no such keys at the claim.

    :raises: ConfigError when the file is there and cannot be read.
    """
    try:
        blocks = _PEM.findall(paths.order_keys.read_text())
    except FileNotFoundError:
        blocks = []
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("The keys that orders are signed with cannot be read.") from error
    return Pinned(VerifyingKey.from_pem(block) for block in blocks)


def sealing_key(paths: Paths) -> tuple[RecipientPublic, Validity]:
    """The key that packages and questions are sealed for, and its time. :raises: ConfigError, KeyMissing."""
    held = read_keyring(paths)
    if held is not None:
        # the newest, whatever the clock says: a former one may be destroyed at headquarters
        entry = held[0].recipients[-1]
        return RecipientPublic(entry.public), Validity(entry.not_before, entry.not_after)
    try:
        return RecipientPublic(base64.b64decode(paths.recipient.read_text().strip(), validate=True)), ALWAYS
    except (OSError, ValueError) as error:
        raise ConfigError("The station was not claimed yet: central's sealing key is not there.") from error


def read_keyring(paths: Paths) -> tuple[Keyring, Digest] | None:
    """The keyring that was taken; None before the first. :raises: ConfigError when it cannot be believed."""
    authorised = read_held(paths.keyring, name="Central's keyring")
    if authorised is None:
        return None
    try:
        return read_signed(authorised, Keyring, pinned=_authority(paths)), digest_of(authorised)
    except (WireError, KeyMissing) as error:
        raise ConfigError(f"Central's keyring cannot be believed. {error.sentence}") from error


def _authority(paths: Paths) -> Pinned:
    try:
        return Pinned([VerifyingKey.from_certificate(paths.broker_ca.read_text())])
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("The station was not claimed yet: the authority's certificate is not there.") from error


def _believed(paths: Paths) -> list[Timed]:
    believed = _without(_pinned(paths), _revoked(paths))
    if not believed:
        raise ConfigError("Every receipt key of central's was revoked: the station needs a new answer of headquarters.")
    return believed


def _without(keys: Iterable[Timed], revoked: Iterable[VerifyingKey]) -> list[Timed]:
    kids = {key.kid for key in revoked}
    return [(key, time) for key, time in keys if key.kid not in kids]


def _named(keyring: Keyring) -> Iterator[Timed]:
    for entry in keyring.receipts:
        yield VerifyingKey.from_pem(entry.public), Validity(entry.not_before, entry.not_after)


def _pinned(paths: Paths) -> list[Timed]:
    """Oldest first."""
    held = read_keyring(paths)
    if held is not None:
        return list(_named(held[0]))
    try:
        blocks = _PEM.findall(paths.receipt_keys.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("The station was not claimed yet: central's receipt key is not there.") from error
    if not blocks:
        # without a key no receipt would ever be believed, and nothing would say so
        raise ConfigError("The file of central's receipt keys holds none.")
    return [(VerifyingKey.from_pem(block), ALWAYS) for block in blocks]


def _revoked(paths: Paths) -> list[VerifyingKey]:
    try:
        content = paths.revoked_receipt_keys.read_text()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        # to believe a key because its revocation cannot be read would be the wrong way round
        raise ConfigError("The file of revoked receipt keys cannot be read.") from error
    blocks = _PEM.findall(content)
    if content.strip() and not blocks:
        raise ConfigError("The file of revoked receipt keys holds none.")
    return [VerifyingKey.from_pem(block) for block in blocks]
