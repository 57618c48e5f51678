"""The station's identity: keys made on the device, the request to headquarters, and what its answer brings."""

import base64
import json

from agent.compose.keys import key_home
from agent.config.paths import Paths
from agent.wire import EnrolmentAnswer, EnrolmentRequest
from vault.disk import unlink_durably, write_durably
from vault.envelope import hash_paper_code, new_paper_code
from vault.keys import make_secret, make_signer, make_signing_key
from vault.warrants import Paper, WarrantBook

CLAIM_LAYER = "10-claim.toml"
"""The layer that says which station this is, and where headquarters is."""


def make_request(paths: Paths, *, tenant: str, station: str) -> EnrolmentRequest:
    """Make the keys, or take those that are there, and ask to be this station. Private keys stay where they are."""
    paths.make_folders()
    for_seal, for_link = key_home(paths, "station", make=True), key_home(paths, "courier", make=True)
    link, seal = make_signing_key(paths.link_key, for_link), make_signer(paths.seal_key, for_seal)
    make_secret(paths.pseudonym_key, for_seal)
    return EnrolmentRequest(
        tenant=tenant,
        station=station,
        link_request=link.certificate_request(f"{tenant}/{station}"),
        seal_public=seal.public.pem(),
    )


def make_paper_code(paths: Paths) -> str:
    """A new code, of which the disk has a slow hash only; one that was printed before is worth nothing any more."""
    code = new_paper_code()
    WarrantBook(paths.warrants).keep_paper(Paper(kept=hash_paper_code(code), attempts=0))
    return code


def apply_answer(paths: Paths, answer: EnrolmentAnswer) -> None:
    """Become the station: certificate, central's keys, and the configuration layer of the claim, written last."""
    write_durably(paths.link_certificate, answer.link_certificate.encode())
    write_durably(paths.broker_ca, answer.broker_ca.encode(), mode=0o644)
    write_durably(paths.recipient, base64.b64encode(answer.recipient_public), mode=0o644)
    write_durably(paths.receipt_keys, "".join(answer.receipt_public).encode(), mode=0o644)
    write_durably(paths.order_keys, "".join(answer.order_public).encode(), mode=0o644)
    if answer.backup_public is not None:
        write_durably(paths.backup_public, base64.b64encode(answer.backup_public), mode=0o644)
    # after them: what a cut leaves is an older keyring, which central brings up to date, and never an older claim
    unlink_durably(paths.keyring)
    layer = (
        "# Written by the claim.\n\n"
        f"[place]\ntenant = {json.dumps(answer.tenant)}\nstation = {json.dumps(answer.station)}\n\n"
        f"[courier]\nbroker_host = {json.dumps(answer.broker_host)}\nbroker_port = {answer.broker_port}\n"
    )
    write_durably(paths.configuration / CLAIM_LAYER, layer.encode(), mode=0o644)
