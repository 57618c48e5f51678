"""The emulated ONVIF device over HTTP, in a process of its own; `onvif_device` starts it and plays what happens to it.

Lines of JSON come in (`{"do": name, "with": [...]}`) and one goes out for each.
"""

import contextlib
import json
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.emulators.onvif import Onvif


class Desk:
    """The device, one question at a time; whoever waits for an event does not keep the others waiting."""

    def __init__(self, device: Onvif) -> None:
        self.device = device
        self.happened = threading.Condition()

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        with self.happened:
            wait_s = self.device.pending(path, body)
            if wait_s:
                self.happened.wait_for(lambda: not self.device.pending(path, body), wait_s)
            status, envelope = self.device.answer(path, body)
        return status, envelope.encode()

    def do(self, name: str, args: list[Any]) -> Any:
        with self.happened:
            said = getattr(self.device, name)
            result = said(*args) if callable(said) else said
            self.happened.notify_all()
            return sorted(result) if isinstance(result, dict) else result


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # head and body are written one after the other, and the second would wait for the first one's receipt
    disable_nagle_algorithm = True
    desk: Desk

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, said = self.desk.answer(self.path, body)
        self.send_response(status)
        self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        # who asked may have hung up while the answer waited for something to happen
        with contextlib.suppress(ConnectionError):
            self.wfile.write(said)

    def log_message(self, *_: object) -> None: ...


def main() -> int:
    """Serve until the input ends."""
    said = json.loads(sys.stdin.readline())
    recorded = [(datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in said.pop("recorded", [])]
    server = ThreadingHTTPServer(("127.0.0.1", said.pop("port", 0)), _Handler)
    server.daemon_threads = True
    device = Onvif(lambda: datetime.now(UTC), port=server.server_port, recorded=recorded, **said)  # noqa: TID251
    _Handler.desk = Desk(device)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(json.dumps(server.server_port) + "\n")
    sys.stdout.flush()
    for line in sys.stdin:
        asked = json.loads(line)
        sys.stdout.write(json.dumps(_Handler.desk.do(asked["do"], asked["with"])) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
