"""A surveillance camera's stream by GStreamer's RTSP server, run by Debian's own interpreter; `rtsp` starts it.

It gives a moving ball as H.264 at /cam, wants digest authentication where it was told a user, and reports its clock
soon. It says its port on one line and then serves until it is killed.

Source: facts/face-cctv-console.md section 5 (test servers).
"""

import argparse
import json
import sys
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

_PICTURES = (
    "videotestsrc is-live=true pattern={pattern} ! "
    "video/x-raw,format=I420,width={width},height={height},framerate={rate}/1 ! "
    "x264enc tune=zerolatency speed-preset=ultrafast bitrate={kbit_s} key-int-max={keys} ! "
    "rtph264pay name=pay0 pt=96"
)
_SOUND = "audiotestsrc is-live=true ! alawenc ! rtppcmapay name=pay0 pt=8"
_ROLE = "watcher"


def _configure(_: Any, media: Any) -> None:
    media.connect("prepared", _prepared)


def _prepared(media: Any) -> None:
    for number in range(media.n_streams()):
        # its second report would else come five seconds after the first, and the first when it likes
        media.get_stream(number).get_rtpsession().set_property("rtcp-min-interval", 200 * Gst.MSECOND)


def _factory(said: argparse.Namespace) -> Any:
    factory = GstRtspServer.RTSPMediaFactory.new()
    pictures = _PICTURES.format(
        pattern=said.pattern,
        width=said.width,
        height=said.height,
        rate=said.rate,
        keys=said.key_every,
        kbit_s=said.kbit_s,
    )
    factory.set_launch(f"( {_SOUND if said.sound else pictures} )")
    factory.set_shared(True)
    factory.connect("media-configure", _configure)
    return factory


def _demand(server: Any, factory: Any, *, user: str, password: str) -> None:
    permissions = GstRtspServer.RTSPPermissions()
    for may in ("media.factory.access", "media.factory.construct"):
        permissions.add_permission_for_role(_ROLE, may, True)
    factory.set_permissions(permissions)
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, _ROLE)
    auth = GstRtspServer.RTSPAuth.new()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    auth.add_digest(user, password, token)
    server.set_auth(auth)


def main() -> int:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", default="0")
    parser.add_argument("--pattern", default="ball", help="of videotestsrc; snow cannot be compressed")
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--height", type=int, default=240)
    parser.add_argument("--rate", type=int, default=30)
    parser.add_argument("--key-every", type=int, default=10)
    parser.add_argument("--kbit-s", type=int, default=300)
    parser.add_argument("--sound", action="store_true", help="nothing but sound")
    parser.add_argument("--user", default="")
    said = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service(said.port)
    factory = _factory(said)
    server.get_mount_points().add_factory("/cam", factory)
    if said.user:
        _demand(server, factory, user=said.user, password=sys.stdin.readline().rstrip("\n"))
    server.attach(None)
    sys.stdout.write(json.dumps({"port": server.get_bound_port()}) + "\n")
    sys.stdout.flush()
    GLib.MainLoop().run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
