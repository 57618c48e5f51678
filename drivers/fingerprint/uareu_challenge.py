"""What a Microsoft Fingerprint Reader of the second kind (045e:00ca) wants to hear before it wakes.

The key is public and protects nothing of ours: this is a part of the sensor's protocol, and no safeguard of a record.
So it is the one place outside the envelope and central's authority that imports a crypto library.

Source: facts/fingerprint-sensors.md section 5.4.
"""

from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_KEY: Final = bytes.fromhex("79ac91795ca1478e98e00f3c598f5f4b")


def answer_to(challenge: bytes) -> bytes:
    """The sensor's 16 bytes, encrypted. :raises: ValueError for any other number of bytes."""
    # one block: there is nothing to chain
    encryptor = Cipher(algorithms.AES128(_KEY), modes.ECB()).encryptor()  # noqa: S305
    return encryptor.update(challenge) + encryptor.finalize()
