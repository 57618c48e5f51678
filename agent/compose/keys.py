"""Opens the home of a process's keys as its configuration says; makes it too, for who claims the station."""

import os
from pathlib import Path
from typing import Literal

from agent.config.keys import KeysChoice, keys_choice
from agent.config.layers import load_layers
from agent.config.paths import Paths
from agent.errors import ConfigError
from vault.keys import FileHome, KeyHome
from vault.keys.credential import Credential
from vault.keys.otp import otp_home

Process = Literal["station", "courier"]


def key_home(paths: Paths, process: Process, *, make: bool = False) -> KeyHome:
    """Where a process's keys live.

    :param make: whether a credential that is not there yet is made, which only root can.
    :raises: ConfigError, KeyMissing, KeyHomeFailed.
    """
    return open_home(paths, process, choice=keys_choice(load_layers(paths.configuration), process), make=make)


def open_home(paths: Paths, process: Process, *, choice: KeysChoice, make: bool = False) -> KeyHome:
    """The home that a choice names, whether it is the configured one or not. :raises: as `key_home`."""
    match choice.home:
        case "file":
            return FileHome()
        case "credential":
            return _credential(paths, process, make=make)
        case "otp":
            return otp_home(str(choice.vcmailbox), purpose=process)
        case "tpm":
            return _tpm(choice)


def _credential(paths: Paths, process: Process, *, make: bool) -> KeyHome:
    given = os.environ.get("CREDENTIALS_DIRECTORY")
    file = paths.unit_credential(process)
    credential = Credential(f"smilius-{process}", file=file, decrypted=Path(given) if given else None)
    if make:
        credential.make()
    return credential.home()


def _tpm(choice: KeysChoice) -> KeyHome:
    try:
        # the binding is an extra: who has no TPM need not compile it
        from vault.keys.tpm import TpmHome
    except ImportError:
        raise ConfigError("Keys in a TPM need the package tpm2-pytss, which is not installed here.") from None
    return TpmHome(choice.tcti, parcels=choice.parcels_handle)
