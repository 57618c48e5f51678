"""Takes the fleet's configuration at the courier: checked, staged, judged by each process, tried, and kept or given up.

The courier judges its own section, the station process its own. With both their words, and while the link is up, it is
put in force and the courier begins anew with it. When the link is back it stays; when not, all is as it was before.
"""

import base64
import errno
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agent.clock import Clock
from agent.config.courier import CourierSection
from agent.config.fleet import in_force, with_layer
from agent.config.layers import read_section
from agent.config.paths import Paths
from agent.errors import ConfigError, WireError
from agent.fleet.record import Record, install, read_record, revert, write_record
from agent.logs import Outage
from agent.wire.configuration import Configuration, TwinConfiguration, read_layer
from agent.wire.document import SIGNED_BYTES_MAX, read_signed
from vault.disk import read_file
from vault.envelope import Pinned
from vault.errors import DiskFailed
from vault.labels import digest_of
from vault.ledger import Detail

_log = logging.getLogger(__name__)

_SENTENCE_MAX: Final = 300

Note = Callable[[str, datetime, Detail], None]
"""Writes a line of the courier's ledger: its kind, when, and what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the station process says of a configuration that is staged."""

    number: int
    """Which."""
    refusal: str | None
    """Why its own section would not load; None when it would."""


class ConfigurationDesk:
    """Called from the desk's thread, one call at a time."""

    def __init__(self, paths: Paths, place: tuple[str, str], *, believed: Pinned, note: Note, clock: Clock) -> None:
        """:param place: tenant and station. :param believed: central's receipt keys.

        :raises: ConfigError when the record cannot be read.
        """
        self._paths = paths
        self._place = place
        self._believed = believed
        self._note = note
        self._clock = clock
        self.record = read_record(paths)
        """How far the newest that was heard has come."""
        self._verdict: Verdict | None = None
        self._disk = Outage(_log, name="the disk, for the fleet's configuration,")

    @property
    def trying(self) -> bool:
        """Whether it is not known yet whether what is in force stays."""
        return self.record is not None and self.record.state == "trying"

    def hear(self, signed: bytes) -> None:
        """Central has a configuration; the same again, or an older one, changes nothing.

        :raises: WireError when it is not to be believed, or not for this station.
        """
        configuration = read_signed(signed, Configuration, pinned=self._believed)
        if (configuration.tenant, configuration.station) != self._place:
            raise WireError("A configuration is for another station.")
        heard = self._heard()
        if heard is not None and configuration.number <= heard[0]:
            if digest_of(signed) != heard[1]:
                _log.warning("configuration %s came, and %s was heard", configuration.number, heard[0])
            return
        if self.trying:
            # it comes again, when it is known what became of the one before
            return
        self._attempt(lambda: self._stage(configuration, signed))

    def hear_verdict(self, verdict: Verdict) -> None:
        """The station process has judged what is staged."""
        self._verdict = verdict

    def staged(self) -> Configuration | None:
        """What waits for the station process's word."""
        if self.record is None or self.record.state != "staged" or self.record.signed is None:
            return None
        return read_signed(self.record.signed, Configuration, pinned=self._believed)

    def step(self, *, link_up: bool, tried_s: float) -> bool:
        """Go on as far as it can; True when the process is to begin anew.

        :param tried_s: how long this process runs.
        """
        return self._attempt(lambda: self._step(link_up=link_up, tried_s=tried_s)) or False

    def told(self) -> TwinConfiguration:
        """For the twin."""
        try:
            found = in_force(self._paths)
        except ConfigError:
            found = None
        record = self.record
        return TwinConfiguration(
            applied=None if found is None else found[0].number,
            digest=None if found is None else found[1],
            newest=None if record is None else record.number,
            state=None if record is None else record.state,
            reason=None if record is None else record.reason,
            sentence=None if record is None else record.sentence,
        )

    def _step(self, *, link_up: bool, tried_s: float) -> bool:
        self._note_state()
        record = self.record
        if record is None:
            return False
        if record.state == "staged":
            return self._go_on(record, link_up=link_up)
        if record.state == "trying":
            return self._try(record, link_up=link_up, tried_s=tried_s)
        return False

    def _stage(self, configuration: Configuration, signed: bytes) -> None:
        self._verdict = None
        self._write(
            Record(
                number=configuration.number,
                digest=digest_of(signed),
                state="staged",
                signed=base64.b64encode(signed),
                previous=None,
                starts=0,
                reason=None,
                sentence=None,
                noted=False,
                time=self._clock.now(),
            )
        )
        try:
            # unreadable, or not to be set from afar; then what this process itself makes of it
            read_layer(configuration.layer)
            read_section(with_layer(self._paths, configuration.layer), "courier", model=CourierSection)
        except WireError as error:
            self._refuse("not-settable", error.sentence)
        except ConfigError as error:
            self._refuse("courier-refuses", error.sentence)

    def _go_on(self, record: Record, *, link_up: bool) -> bool:
        try:
            configuration = self.staged()
        except WireError as error:
            self._refuse("not-believed", error.sentence)
            return False
        assert configuration is not None, "its state says so"
        verdict = self._verdict
        if self._clock.now() > configuration.expires:
            self._refuse("expired", "Its time was over before it could be put in force.")
        elif verdict is None or verdict.number != record.number:
            return False
        elif verdict.refusal is not None:
            self._refuse("station-refuses", verdict.refusal)
        elif link_up:
            # Invariant: what can be gone back to is on the disk before anything changes
            previous = self._previous()
            self._write(record.become("trying", at=self._clock.now(), previous=previous, starts=0))
            install(self._paths, record.signed)
            return True
        return False

    def _try(self, record: Record, *, link_up: bool, tried_s: float) -> bool:
        if link_up:
            self._write(record.become("applied", at=self._clock.now(), signed=None, previous=None))
            self._note_state()
            return False
        try:
            found = in_force(self._paths)
        except ConfigError:
            # what cannot be believed any more is not tried any longer
            found = None
        limit_s = 0 if found is None else found[0].revert_after_s
        if tried_s < limit_s:
            return False
        why = ("link-lost", f"The link did not come back within {limit_s} seconds.")
        revert(self._paths, record, why=why, at=self._clock.now())
        self.record = read_record(self._paths)
        return True

    def _refuse(self, reason: str, sentence: str) -> None:
        assert self.record is not None, "something was staged"
        said: dict[str, object] = {"signed": None, "reason": reason, "sentence": sentence[:_SENTENCE_MAX]}
        self._write(self.record.become("refused", at=self._clock.now(), **said))
        self._note_state()

    def _write(self, record: Record) -> None:
        write_record(self._paths, record)
        self.record = read_record(self._paths)

    def _heard(self) -> tuple[int, str] | None:
        """Number and digest of the newest: where the record was lost, of what is in force."""
        if self.record is not None:
            return self.record.number, self.record.digest
        try:
            found = in_force(self._paths)
        except ConfigError:
            return None
        return None if found is None else (found[0].number, found[1])

    def _previous(self) -> bytes | None:
        try:
            return read_file(self._paths.fleet_configuration, bytes_max=SIGNED_BYTES_MAX)
        except DiskFailed as error:
            if error.number == errno.ENOENT:
                return None
            raise

    def _note_state(self) -> None:
        """Into the ledger, once; twice when the power is cut between the two."""
        record = self.record
        if record is None or record.noted:
            return
        detail: Detail = {"configuration": record.number, "digest": record.digest, "reason": record.reason}
        self._note(f"configuration-{record.state}", record.time, detail)
        _log.info("configuration %s of the fleet: %s", record.number, record.sentence or record.state)
        self._write(record.model_copy(update={"noted": True}))

    def _attempt(self, work: Callable[[], bool | None]) -> bool | None:
        try:
            done = work()
        except (DiskFailed, ConfigError) as error:
            self._disk.begin(error.sentence)
            return None
        self._disk.end()
        return done
