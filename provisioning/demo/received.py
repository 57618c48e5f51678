"""What MIGRIS has, fetched from MIGRIS's own page: the demo believes nobody else about it."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

from provisioning.errors import PromiseBroken


@dataclass(frozen=True, slots=True)
class Received:
    """One application's files at MIGRIS."""

    reference: str
    """MIGRIS's reference."""
    application: str = field(repr=False)
    """The application's number."""
    copies: int
    """How many packages MIGRIS has for it; one is right."""
    files: dict[str, bytes] = field(repr=False)
    """By name: transaction.an2, portrait.jpg, portrait.fac, <finger>.wsq, <finger>.fir, manifest.json."""
    pictures: dict[str, bytes] = field(repr=False)
    """Every print as PNG, by the finger's name, decoded at MIGRIS."""

    @property
    def manifest(self) -> dict[str, Any]:
        """The package's manifest."""
        read: dict[str, Any] = json.loads(self.files["manifest.json"])
        return read


async def fetch_received(port: int, application: str) -> Received:
    """Everything that MIGRIS has for the application. :raises: PromiseBroken when it has nothing."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30.0) as page:
        try:
            index = (await page.get("/received")).raise_for_status().json()
            mine = [row["reference"] for row in index if row["application"] == application]
            if not mine:
                raise PromiseBroken("MIGRIS has nothing for this application.")
            return await _fetch(page, mine, application=application)
        except (httpx.HTTPError, ValueError) as error:
            raise PromiseBroken("MIGRIS's page does not answer.") from error


async def _fetch(page: httpx.AsyncClient, references: list[str], *, application: str) -> Received:
    base = f"/received/{references[0]}"
    manifest = (await page.get(f"{base}/manifest.json")).raise_for_status().content
    names = {"manifest.json", "portrait.jpg"} | {member["name"] for member in json.loads(manifest)["members"]}
    fingers = [entry["finger"] for entry in json.loads(manifest)["fingers"]]
    names |= {f"{finger}.wsq" for finger in fingers}
    files = {name: (await page.get(f"{base}/{name}")).raise_for_status().content for name in sorted(names)}
    pictures = {finger: (await page.get(f"{base}/{finger}.png")).raise_for_status().content for finger in fingers}
    return Received(references[0], application, len(references), files, pictures)
