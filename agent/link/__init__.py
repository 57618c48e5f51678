"""The MQTT connection: a lossy pipe. It connects, says what it heard, and publishes; it keeps nothing.

Nouns: the *link* is begun again with patience for as long as it runs; a *session* is one connection of the library's;
its *speech* is MQTT 5 or 3.1.1; the *window* says how much may be on its way, by the measured rate; *traffic* is what
it cost in bytes; a *refusal* is what the broker does not take. Courier and bridge are the two users.
"""

from agent.link.address import Address
from agent.link.link import Heard, Link, LinkDown
from agent.link.speech import Pin, Version
from agent.link.window import IN_FLIGHT_MAX
from agent.patience import Patience

__all__ = ["IN_FLIGHT_MAX", "Address", "Heard", "Link", "LinkDown", "Patience", "Pin", "Version"]
