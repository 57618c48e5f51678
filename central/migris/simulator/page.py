"""The page on which a person can look at what MIGRIS received. Loopback only, nothing cached, no names in addresses."""

import asyncio
import json
from importlib import resources
from pathlib import PurePath

from jinja2 import Environment, PackageLoader
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from capture.records.errors import RecordError
from capture.records.package import Package, unpack
from central.migris.picture import png_of
from central.migris.simulator.store import MigrisStore

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self'",
    "X-Content-Type-Options": "nosniff",
}
_TYPES = {".jpg": "image/jpeg", ".json": "application/json"}


class MigrisPage:
    """Renders what the store has; shows no more than was sent."""

    def __init__(self, store: MigrisStore) -> None:
        self._store = store
        self._templates = Environment(loader=PackageLoader("central.migris.simulator", "."), autoescape=True)

    def application(self) -> Starlette:
        """The routes."""
        return Starlette(
            routes=[
                Route("/", self._list),
                Route("/page.css", self._style),
                Route("/received", self._index),
                Route("/received/{reference}", self._one),
                Route("/received/{reference}/{name}", self._file),
            ],
            # a page elsewhere must not reach this one through a name that it lets point here
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
        )

    async def _list(self, _request: Request) -> Response:
        return self._render("list.html", received=self._store.received())

    async def _style(self, _request: Request) -> Response:
        style = resources.files("central.migris.simulator").joinpath("page.css").read_text()
        return Response(style, media_type="text/css", headers=_HEADERS)

    async def _index(self, _request: Request) -> Response:
        rows = [
            {"reference": row.reference, "application": row.application, "received_at": row.received_at}
            for row in self._store.received()
        ]
        return JSONResponse(rows, headers=_HEADERS)

    async def _one(self, request: Request) -> Response:
        package = self._package(request)
        files = member_files(package)
        manifest = json.loads(files["manifest.json"])
        sizes = {name: len(content) for name, content in files.items()}
        reference = request.path_params["reference"]
        return self._render("one.html", reference=reference, manifest=manifest, sizes=sizes)

    async def _file(self, request: Request) -> Response:
        package, name = self._package(request), PurePath(request.path_params["name"])
        if name.suffix == ".png":
            return Response(await _print_png(package, name.stem), media_type="image/png", headers=_HEADERS)
        content = member_files(package).get(name.name)
        if content is None:
            raise HTTPException(404, headers=_HEADERS)
        return Response(content, media_type=_TYPES.get(name.suffix, "application/octet-stream"), headers=_HEADERS)

    def _package(self, request: Request) -> Package:
        row = self._store.received_as(request.path_params["reference"])
        if row is None:
            raise HTTPException(404, headers=_HEADERS)
        return unpack(row.package)

    def _render(self, name: str, **values: object) -> Response:
        return HTMLResponse(self._templates.get_template(name).render(**values), headers=_HEADERS)


def member_files(package: Package) -> dict[str, bytes]:
    """Every file of a package by name, with the pictures taken out of their records."""
    files = dict(package.members)
    if package.portrait_jpeg is not None:
        files["portrait.jpg"] = package.portrait_jpeg
    for finger, wsq in package.prints.items():
        files[f"{finger.value}.wsq"] = wsq
    return files


async def _print_png(package: Package, finger: str) -> bytes:
    wsq = {taken.value: content for taken, content in package.prints.items()}.get(finger)
    if wsq is None:
        raise HTTPException(404, headers=_HEADERS)
    try:
        return await asyncio.to_thread(png_of, wsq)
    except RecordError:
        raise HTTPException(503, headers=_HEADERS) from None
