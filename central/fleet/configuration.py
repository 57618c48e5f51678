"""What a person at headquarters does with a station's configuration: set it, look at it, look at what there was."""

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.wire import Configuration, WireError, read_signed
from agent.wire.configuration import LAYER_CHARACTERS_MAX, read_layer
from agent.wire.document import SIGNED_BYTES_MAX, instant_text
from central.bridge.beside import opened_beside
from central.bridge.desired import keep, next_number
from central.bridge.tables import ConfigurationRow
from central.errors import ConfigurationRefused
from central.paths import Paths
from central.pki.keyring import OwnKeys
from central.pki.set_up import receipt_key

DAYS_MAX: Final = 365
"""No configuration waits longer for its station."""

_TOO_LARGE: Final = "The file is too large for a station's configuration."


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a configuration is given."""

    days: int = 30
    """So long it waits for its station."""
    revert_after_s: int = 300
    """If the link is not back so long after the change, the station goes back."""


def set_configuration(paths: Paths, place: tuple[str, str], *, file: Path, terms: Terms, at: datetime) -> int:
    """Have the station run with what is in the file; its number.

    :param place: tenant and station.
    :raises: ConfigurationRefused when no station could take it; SetUpError, CentralError, VaultError.
    """
    layer, key = _layer(file), receipt_key(paths, at=at)
    with opened_beside(paths) as session, session.begin():
        # nobody else takes the number from here on
        session.connection().exec_driver_sql("BEGIN IMMEDIATE")
        configuration = Configuration(
            tenant=place[0],
            station=place[1],
            number=next_number(session, place[0], station=place[1]),
            layer=layer,
            revert_after_s=terms.revert_after_s,
            issued=at,
            expires=at + timedelta(days=terms.days),
            key=key.kid,
        )
        # what is around it when it is signed is some hundred bytes
        if len(configuration.canonical()) > SIGNED_BYTES_MAX - 1024:
            raise ConfigurationRefused(_TOO_LARGE)
        keep(session, configuration, key=key, by=f"uid:{os.getuid()}")
        return configuration.number


def newest(paths: Paths, place: tuple[str, str]) -> tuple[str, str]:
    """What the station is to have, as TOML, and what became of it, as a line. :raises: ConfigurationRefused."""
    with opened_beside(paths) as session:
        rows = _rows(session, place)
        if not rows:
            raise ConfigurationRefused("No configuration was ever set for this station.")
        return _read(paths, rows[0]).layer, _line(rows[0])


def history(paths: Paths, place: tuple[str, str]) -> list[str]:
    """Every one that was set for the station, newest first, one JSON object each."""
    with opened_beside(paths) as session:
        return [_line(row) for row in _rows(session, place)]


def _layer(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as opened:
            text = opened.read(LAYER_CHARACTERS_MAX + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationRefused("The file cannot be read.") from error
    if len(text) > LAYER_CHARACTERS_MAX:
        raise ConfigurationRefused(_TOO_LARGE)
    try:
        read_layer(text)
    except WireError as error:
        raise ConfigurationRefused(error.sentence) from error
    return text


def _rows(session: Session, place: tuple[str, str]) -> list[ConfigurationRow]:
    of_it = (ConfigurationRow.tenant == place[0], ConfigurationRow.station == place[1])
    return list(session.scalars(select(ConfigurationRow).where(*of_it).order_by(ConfigurationRow.number.desc())))


def _read(paths: Paths, row: ConfigurationRow) -> Configuration:
    try:
        return read_signed(row.signed, Configuration, pinned=OwnKeys(paths).pinned())
    except WireError as error:
        raise ConfigurationRefused("What is kept of the configuration is not headquarters' own any more.") from error


def _line(row: ConfigurationRow) -> str:
    shown = {
        "number": row.number,
        "outcome": row.outcome or "open",
        "reason": row.reason,
        "sentence": row.sentence,
        "set_at": instant_text(row.made_at),
        "set_by": row.made_by,
        "expires_at": instant_text(row.expires_at),
        "answered_at": None if row.answered_at is None else instant_text(row.answered_at),
        "digest": row.digest,
    }
    return json.dumps(shown)
