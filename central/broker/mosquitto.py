"""Fills the shipped mosquitto configuration in, and gives the broker's account what it must read: its own folder.

A broker that root starts changes to its account before it reads keys and rules. Source: mosquitto.conf(5), `user`.
"""

import os
import pwd
from importlib import resources
from pathlib import Path
from string import Template

from central.errors import SetUpError
from central.paths import Paths
from central.settings import Settings

MOSQUITTO_USER = "mosquitto"
"""The account that the Debian package makes."""


def own_user() -> str:
    """The account that a broker set up by this process runs as, when nobody names another.

    :raises: SetUpError when that would be root.
    """
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    if MOSQUITTO_USER not in {known.pw_name for known in pwd.getpwall()}:
        raise SetUpError("There is no account mosquitto for the broker: install mosquitto or name a --broker-user.")
    return MOSQUITTO_USER


def account_of(user: str | None) -> pwd.struct_passwd:
    """The named account, or this process's own. :raises: SetUpError when it is none or cannot be given anything."""
    own = os.geteuid()
    try:
        account = pwd.getpwuid(own) if user is None else pwd.getpwnam(user)
    except (KeyError, ValueError):
        raise SetUpError("The broker's account does not exist on this machine.") from None
    if own not in {0, account.pw_uid}:
        raise SetUpError("Only root can set up a broker for another account.")
    return account


def check_reach(paths: Paths, account: pwd.struct_passwd) -> None:
    """Whoever runs the broker can come as far as the root's parent. :raises: SetUpError that names the folder."""
    if account.pw_uid == os.geteuid():
        return
    for folder in paths.root.parents:
        if folder.exists() and not _may_enter(folder, account):
            raise SetUpError(f"The broker's account cannot enter {folder}: take another root or --broker-user.")


def write_configuration(paths: Paths, settings: Settings, *, account: pwd.struct_passwd | None = None) -> None:
    """Write all that the broker reads into its folder, and let its account read it: no other folder is opened to it.

    :param account: None is this process's own.
    """
    account = account or account_of(None)
    shipped = resources.files("central.broker")
    template = Template(shipped.joinpath("mosquitto.conf").read_text())
    filled = template.substitute(
        user=account.pw_name,
        port=settings.broker_port,
        address="127.0.0.1" if settings.broker_host == "localhost" else "0.0.0.0",  # noqa: S104 (its clients are abroad)
        broker=paths.broker,
    )
    (paths.broker / "mosquitto.conf").write_text(filled)
    write_rules(paths)
    for source in (paths.certificate("ca"), paths.certificate("broker"), paths.key("broker")):
        copy = paths.broker / source.name
        copy.touch(mode=0o600)
        copy.write_bytes(source.read_bytes())
    if account.pw_uid != os.geteuid():
        _hand_over(paths, account)


def write_rules(paths: Paths) -> bool:
    """The shipped rules, in the place of an earlier release's; whether they were others, so that it must read them."""
    rules = paths.broker / "stations.acl"
    shipped = resources.files("central.broker").joinpath("stations.acl").read_text()
    if rules.exists() and rules.read_text() == shipped:
        return False
    # the file stays the one that the broker's account may read
    rules.write_text(shipped)
    return True


def _hand_over(paths: Paths, account: pwd.struct_passwd) -> None:
    """To read, by its group; the files stay root's, so that whoever takes the broker over cannot change its rules."""
    if not _may_enter(paths.root, account):
        os.chown(paths.root, -1, account.pw_gid)
        # to cross and no more; what else is in it is closed by modes of its own
        paths.root.chmod(0o710)
    for path in paths.broker.iterdir():
        os.chown(path, -1, account.pw_gid)
        path.chmod(0o640)
    os.chown(paths.broker, -1, account.pw_gid)
    paths.broker.chmod(0o750)


def _may_enter(folder: Path, account: pwd.struct_passwd) -> bool:
    found = folder.stat()
    if found.st_uid == account.pw_uid:
        return bool(found.st_mode & 0o100)
    if found.st_gid in os.getgrouplist(account.pw_name, account.pw_gid):
        return bool(found.st_mode & 0o010)
    return bool(found.st_mode & 0o001)
