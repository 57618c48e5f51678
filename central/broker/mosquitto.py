"""Fills the shipped mosquitto configuration in."""

import os
import pwd
from importlib import resources
from string import Template

from central.paths import Paths
from central.settings import Settings


def write_configuration(paths: Paths, settings: Settings) -> None:
    """Write `mosquitto.conf` and the ACL into the broker's folder."""
    shipped = resources.files("central.broker")
    template = Template(shipped.joinpath("mosquitto.conf").read_text())
    filled = template.substitute(
        # a broker started as root would change to a user who cannot read the keys
        user=pwd.getpwuid(os.getuid()).pw_name,
        port=settings.broker_port,
        address="127.0.0.1" if settings.broker_host == "localhost" else "0.0.0.0",  # noqa: S104 (its clients are abroad)
        pki=paths.pki,
        broker=paths.broker,
    )
    (paths.broker / "mosquitto.conf").write_text(filled)
    (paths.broker / "stations.acl").write_text(shipped.joinpath("stations.acl").read_text())
