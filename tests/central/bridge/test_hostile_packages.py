"""Hostile packages through the real opener process: each refused with a stable cause, none the end of anything."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from pydantic import TypeAdapter

from central.bridge.frames import Deliver, Delivered, Ready, Response, decode, encode
from tests.central import hostile
from tests.central.headquarters import Station, enrolled, founded
from tests.central.parcels import sealed, visited

_RESPONSE: TypeAdapter[Response] = TypeAdapter(Response)


@dataclass
class Desk:
    """The bridge's place before a real opener process; nobody is where MIGRIS should be."""

    station: Station
    process: subprocess.Popen[bytes]

    def heard(self) -> Response:
        assert self.process.stdout is not None
        length = self.process.stdout.read(4)
        return decode(length + self.process.stdout.read(int.from_bytes(length, "big")), _RESPONSE)

    def deliver(self, package: bytes | None) -> Delivered:
        """A package that the station sealed, or a good one."""
        parcel = visited(self.station) if package is None else sealed(self.station, package)
        request = Deliver(
            number=1,
            tenant=self.station.tenant,
            station=self.station.name,
            parcel=parcel.id,
            kind="enrolment",
            seal_public=self.station.seal.public.pem(),
            content=parcel.content,
        )
        assert self.process.stdin is not None
        self.process.stdin.write(encode(request))
        self.process.stdin.flush()
        delivered = self.heard()
        assert isinstance(delivered, Delivered)
        return delivered


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    paths = founded(tmp_path_factory.mktemp("headquarters") / "central")
    command = (sys.executable, "-m", "central.bridge.opener_process", str(paths.root))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        desk = Desk(enrolled(paths), process)
        assert isinstance(desk.heard(), Ready)
        yield desk
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 0, "one process for all of them"


@pytest.mark.parametrize(
    ("make", "code", "part"),
    [
        (hostile.bomb, "package-damaged", None),
        (hostile.encrypted, "package-damaged", None),
        (lambda: hostile.with_sizes(1), "package-damaged", None),
        (lambda: hostile.with_sizes(0xFFFFFFFF), "package-damaged", None),
        (hostile.too_many, "package-too-large", None),
        (hostile.too_large, "package-too-large", None),
        (hostile.all_too_large, "package-too-large", None),
        (hostile.nested, "package-member-unexpected", None),
        (hostile.nested_as_a_record, "package-record-invalid", "face"),
        (hostile.another_digest, "package-member-damaged", "right-index"),
        (lambda: hostile.print_instead(hostile.PNG), "package-record-invalid", "right-index"),
        (lambda: hostile.print_instead(b"\xff\xa0 no print"), "package-record-invalid", "right-index"),
        (lambda: hostile.print_flipped(603, 0x55), "wsq-undecodable", "right-index"),
        (lambda: hostile.portrait_instead(hostile.PNG), "package-record-invalid", "face"),
        (lambda: hostile.portrait_instead(hostile.JPEG_2000), "package-record-invalid", "face"),
        (hostile.portrait_of_other_size, "package-record-invalid", "face"),
        (lambda: b"", "package-damaged", None),
    ],
    ids=[
        *("bomb", "encrypted", "sizes too small", "sizes too large", "too many", "too large", "all too large"),
        *("nested", "nested as a record", "another digest", "a PNG as print", "garbage as print", "corrupt print"),
        *("a PNG as portrait", "JPEG 2000 as portrait", "a portrait of other size", "nothing"),
    ],
)
def test_it_is_refused_with_a_cause_and_the_next_one_is_served(
    desk: Desk, make: Callable[[], bytes], code: str, part: str | None
) -> None:
    delivered = desk.deliver(make())
    assert delivered.result == "unfit"
    assert delivered.cause is not None
    assert (delivered.cause.code, delivered.cause.part) == (code, part)
    # a good one passes the check, and then there is no MIGRIS
    assert desk.deliver(None).result == "silent"


def test_a_print_that_ends_its_decoder_ends_nothing_else(desk: Desk) -> None:
    """With NBIS as it is, this one is a segmentation fault; where it is none, it is undecodable at least."""
    delivered = desk.deliver(hostile.print_flipped(600, 0x55))
    assert delivered.result == "unfit"
    assert delivered.cause is not None
    assert delivered.cause.code in {"check-died", "wsq-undecodable"}
    assert delivered.cause.part == "right-index"
    assert desk.deliver(None).result == "silent"
