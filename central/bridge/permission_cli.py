"""`smilius-central permission`: its command line."""

import argparse
from collections.abc import Sequence
from typing import Any

from agent.clock import SystemClock
from central.bridge.retention_verb import reason
from central.paths import Paths


def add_permission(verbs: "argparse._SubParsersAction[Any]") -> Sequence[argparse.ArgumentParser]:
    """The verb's own verbs; whoever calls gives them `--root`."""
    top = verbs.add_parser("permission", help="a tenant's permission to transfer")
    own: Any = top.add_subparsers(dest="permission_verb", required=True)
    revoke = own.add_parser("revoke", help="have a tenant's stations stop at once; nothing of theirs is lost")
    grant = own.add_parser("grant", help="have them go on")
    for verb in (revoke, grant):
        verb.add_argument("tenant", metavar="TENANT", help="whose stations")
        verb.add_argument("--reason", type=reason, required=True, help="why; it stays in the ledger, so no name")
    show = own.add_parser("show", help="every tenant's permission and who has confirmed it, one JSON object each")
    return revoke, grant, show


def run_permission(arguments: argparse.Namespace) -> int:
    """Run one of them. :raises: CentralError, VaultError."""
    from central.bridge.permission import decide, shown

    paths = Paths(arguments.root.resolve())
    if arguments.permission_verb == "show":
        for line in shown(paths):
            print(line)
        return 0
    transfer = arguments.permission_verb == "grant"
    at = SystemClock().now()
    stations = decide(paths, arguments.tenant, transfer=transfer, reason=arguments.reason, at=at)
    print(f"{stations} stations are told; `permission show` says which have confirmed it.")
    return 0
