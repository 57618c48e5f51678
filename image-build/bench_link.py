"""How many parcels a second get from a station to headquarters' ledger, beside bare paho-mqtt: `make bench-link`.

    python image-build/bench_link.py [--parcels N] [--bytes N]

The courier's whole room (database, spool, link) sends to a real bridge process over a real mosquitto with TLS; a parcel
counts when the station holds central's signed receipt for it. Bare is paho-mqtt with the same certificate, which
publishes the same bytes in chunks of the same size with QoS 1 to the same broker, where nobody takes them; it counts
when the last one is acknowledged. Between the two lies what the bridge does, in one thread with one database: its
processor time for a parcel is measured, and how many a second one core has room for is stated. Ends with 1 when the
station reaches less than 0.7 of bare and less than 0.7 of what the bridge has room for.
"""

import argparse
import asyncio
import os
import queue
import random
import ssl
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "image-build")]

import paho.mqtt.client as mqtt  # noqa: E402
from paho.mqtt.enums import CallbackAPIVersion  # noqa: E402

from agent.clock import SystemClock  # noqa: E402
from agent.courier.machine import ParcelState  # noqa: E402
from agent.link import IN_FLIGHT_MAX, Address, Link, Patience  # noqa: E402
from agent.wire import CHUNK_BYTES, StationTopics  # noqa: E402
from central.paths import Paths  # noqa: E402
from central.pki.set_up import enrol, receipt_key  # noqa: E402
from central.settings import load_settings  # noqa: E402
from tests.agent.courier.office import Office  # noqa: E402
from tests.agent.courier.premises import LINK_KEY, STATION, TENANT, Premises, claim  # noqa: E402
from tests.central.headquarters import client_tls, founded, request  # noqa: E402
from tests.central.processes import broker, central  # noqa: E402
from vault.envelope import SigningKey  # noqa: E402

RATIO_MIN = 0.7
TOPICS = StationTopics(TENANT, STATION)


def enrolled(paths: Paths, folder: Path) -> ssl.SSLContext:
    """Enrol the premises' link key, and give what its TLS needs."""
    asked = request(LINK_KEY, SigningKey.generate(), name=STATION, tenant=TENANT)
    answer = enrol(paths, asked, now=SystemClock().now())
    for name, text in (("ca", answer.broker_ca), ("link", answer.link_certificate), ("key", LINK_KEY.pem())):
        (folder / f"{name}.pem").write_text(text)
    return client_tls(folder / "ca.pem", certificate=folder / "link.pem", key=folder / "key.pem")


def cpu_s(pid: int) -> float:
    """Processor time of a process so far, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def product_s(premises: Premises, address: Address) -> float:
    """The clock's time until the station holds a receipt for every parcel that it has."""
    link = Link(
        address,
        topics=(*TOPICS.from_central, TOPICS.central_state),
        patience=Patience(1.0, random.Random(1)),
    )
    unsent = (ParcelState.SPOOLED, ParcelState.SENDING)
    began = time.perf_counter()
    async with Office(premises, link=link, longest_s=60.0) as office:
        while await office.courier.read_desk(lambda: premises.store.parcels(unsent)):
            await office.courier.change(within_s=1.0)
        return time.perf_counter() - began


def bare_s(address: Address, parcels: list[bytes]) -> float:
    """The same for bytes that nobody takes in."""
    acknowledged: queue.Queue[int] = queue.Queue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=address.identity, protocol=mqtt.MQTTv5)
    client.tls_set_context(address.tls)
    client.max_inflight_messages_set(IN_FLIGHT_MAX)
    client.on_publish = lambda _client, _data, mid, _reason, _properties: acknowledged.put(mid)
    began = time.perf_counter()
    client.connect(address.host, address.port)
    client.loop_start()
    sent = 0
    for content in parcels:
        for begin in range(0, len(content), CHUNK_BYTES):
            client.publish(f"smilius/1/{address.identity}/up/bench", content[begin : begin + CHUNK_BYTES], qos=1)
            sent += 1
    for _ in range(sent):
        acknowledged.get(timeout=600)
    took_s = time.perf_counter() - began
    client.disconnect()
    client.loop_stop()
    return took_s


def measured(folder: Path, contents: list[bytes]) -> tuple[float, float, float]:
    """Seconds of the product, of bare, and of the bridge's processor time."""
    paths = founded(folder / "central", tenants=(TENANT,))
    claim(folder / "premises", receipt_keys=receipt_key(paths, at=SystemClock().now()).public.pem())
    premises = Premises(folder / "premises")
    address = Address(
        host="localhost",
        port=load_settings(paths.settings).broker_port,
        identity=f"{TENANT}/{STATION}",
        keepalive_s=30,
        tls=enrolled(paths, folder),
    )
    for content in contents:
        premises.spooled(content)
    with broker(paths):
        bare = bare_s(address, contents)
        with central("bridge", paths) as bridge:
            before_s = cpu_s(bridge.pid)
            product = asyncio.run(product_s(premises, address))
            bridge_s = cpu_s(bridge.pid) - before_s
    premises.close()
    return product, bare, bridge_s


def main() -> int:
    """Print the figures; 1 when the aim is missed."""
    parser = argparse.ArgumentParser(description="Time parcels from a station to the ledger against bare paho-mqtt.")
    parser.add_argument("--parcels", type=int, default=200)
    parser.add_argument("--bytes", type=int, default=250_000, help="size of each")
    arguments = parser.parse_args()
    chance = random.Random(7)
    contents = [chance.randbytes(arguments.bytes) for _ in range(arguments.parcels)]
    with tempfile.TemporaryDirectory() as folder:
        product, bare, bridge_s = measured(Path(folder), contents)
    ours, theirs, room = (arguments.parcels / seconds for seconds in (product, bare, bridge_s))
    print(f"{arguments.parcels} parcels of {arguments.bytes:,} bytes, one station, mosquitto with TLS")
    print(f"  station to signed receipt   {ours:8.1f} parcels/s")
    print(f"  bare paho-mqtt, QoS 1       {theirs:8.1f} parcels/s   ratio {ours / theirs:.2f}")
    print(f"  the bridge's one core       {room:8.1f} parcels/s   {1000 * bridge_s / arguments.parcels:.1f} ms each")
    met = ours >= RATIO_MIN * min(theirs, room)
    print(f"aim: at least {RATIO_MIN} of bare, or of what the bridge has room for: {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
