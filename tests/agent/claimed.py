"""A station as the claim leaves it, made with the product's own steps; its broker is nowhere."""

from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

from agent.compose.migrate import run_migrations
from agent.config.paths import Paths
from agent.wire import EnrolmentAnswer
from central.pki.authority import Authority
from provisioning.claim.identity import apply_answer, make_request
from tests.agent.broker import STATION, TENANT, free_port
from vault.envelope import RecipientKey, SigningKey


def claimed_station(root: Path) -> Paths:
    """Keys, certificate, trust, configuration and databases."""
    paths, now = Paths(root), datetime.now(UTC)  # noqa: TID251 (certificates are of today)
    request = make_request(paths, tenant=TENANT, station=STATION)
    founded = Authority.found("Smilius CA", now=now)
    certificate, _ = Authority(founded).issue_station(request.link_request, common_name=f"{TENANT}/{STATION}", now=now)
    answer = EnrolmentAnswer(
        tenant=TENANT,
        station=STATION,
        link_certificate=certificate,
        broker_ca=founded.certificate,
        broker_host="localhost",
        broker_port=free_port(),
        recipient_public=b64encode(RecipientKey.generate().public.content),
        receipt_public=(SigningKey.generate().public.pem(),),
    )
    apply_answer(paths, answer)
    run_migrations(paths)
    return paths
