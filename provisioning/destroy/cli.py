"""The commands `smilius destroy` and `smilius decommission`."""

import argparse
from pathlib import Path

from provisioning.verb import Verbs, add_root


def add_destroy(verbs: Verbs) -> None:
    """Add the command to its parser."""
    from provisioning.destroy.demand import add_authority

    destroy = verbs.add_parser("destroy", help="destroy undelivered parcels, on two signed orders or the paper code")
    add_authority(destroy)
    destroy.add_argument("--parcel", action="append", metavar="ID", help="which, for the paper code; none is all")
    add_root(destroy)
    destroy.set_defaults(run=_destroy)


def _destroy(arguments: argparse.Namespace) -> int:
    from agent.config.paths import Paths
    from provisioning.destroy.demand import ask
    from provisioning.destroy.destroy import destroy, undelivered

    paths = Paths(arguments.root.resolve())
    demand = ask(arguments, lambda parcels: undelivered(paths, parcels), default_reason="reset")
    for parcel in destroy(paths, demand):
        print(f"destroyed: {parcel['parcel']}  {parcel['kind']}")
    return 0


def add_decommission(verbs: Verbs) -> None:
    """Add the command to its parser."""
    from provisioning.destroy.demand import add_authority

    end = verbs.add_parser("decommission", help="end this unit: destroy every parcel and key, leave a signed report")
    add_authority(end, required=False)
    end.add_argument("--out", type=Path, metavar="FOLDER", required=True, help="where the report goes: a stick")
    end.add_argument("--within-s", type=float, default=60.0, help="how long headquarters is tried; 0 does not try")
    add_root(end)
    end.set_defaults(run=_decommission)


def _decommission(arguments: argparse.Namespace) -> int:
    from agent.config.paths import Paths
    from provisioning.destroy.decommission import Farewell, begun, decommission, undelivered
    from provisioning.destroy.demand import ask

    paths = Paths(arguments.root.resolve())
    farewell = Farewell(out=arguments.out.resolve(), within_s=arguments.within_s)
    demand = None
    if not begun(paths):
        demand = ask(arguments, lambda _parcels: undelivered(paths), default_reason="decommission")
    said = decommission(paths, demand, farewell=farewell)
    print(f"decommissioned; the report is {farewell.out / 'decommission.html'}")
    print("headquarters has it" if said else "headquarters does not have it yet: bring it decommission.cose")
    return 0
