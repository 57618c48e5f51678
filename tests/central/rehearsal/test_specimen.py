"""What simulated stations seal is what MIGRIS takes, and nobody's."""

from agent.clock import SystemClock
from capture.records.jpeg import read_header
from central.migris.simulator.check import PORTRAIT_PX, checked
from central.paths import Paths
from central.pki.set_up import recipient_key
from central.rehearsal.chain import new_id
from central.rehearsal.identity import enrolled
from central.rehearsal.specimen import APPLICATION, sealed, specimen
from drivers.contract import Finger
from vault.envelope import Pinned, open_sealed


def test_a_package_opens_and_passes_every_check_of_migris(headquarters: Paths) -> None:
    at = SystemClock().now()
    identity = enrolled(headquarters, "lt", name="rehearsal-00001", now=at)
    parcel = new_id(at)
    content = sealed(identity, parcel, application=APPLICATION, at=at).content
    pinned = Pinned([identity.seal.public])
    context, plain = open_sealed(content, recipient=recipient_key(headquarters), pinned=pinned)
    assert (context.tenant, context.station, context.parcel) == ("lt", "rehearsal-00001", parcel)
    package = checked(bytes(plain.view()))
    assert package.manifest.parcel == parcel
    assert package.manifest.application_number == APPLICATION
    assert set(package.prints) == {Finger.RIGHT_INDEX, Finger.LEFT_INDEX}
    assert all(device.simulated for device in package.manifest.devices)


def test_it_is_as_large_as_a_real_one() -> None:
    header = read_header(specimen().jpeg)
    assert (header.width_px, header.height_px) == PORTRAIT_PX
    assert 40_000 < len(specimen().jpeg) < 200_000
    assert all(8000 < len(image) < 40_000 for image in specimen().prints.values())


def test_another_enrolment_is_another_unit(headquarters: Paths) -> None:
    at = SystemClock().now()
    first, second = (enrolled(headquarters, "lt", name="rehearsal-00001", now=at) for _ in range(2))
    assert first.link.kid != second.link.kid
    assert first.seal.kid != second.seal.kid
    assert [key.kid for key in first.receipts.keys] == [key.kid for key in second.receipts.keys]
