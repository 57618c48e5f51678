"""Where keys live, and what is done with them there: signing, keeping secrets, one key a parcel that can be destroyed.

A *home* is a file, a systemd credential, a TPM or a Pi's one-time memory. Every key has a file of its own whatever the
home is: in a plain home it is the key, in another what that home locked. What no home can promise is in SECURITY.md.
"""

from vault.keys.home import FileHome, KeyHome, KeyKind, KeyLocker
from vault.keys.move import end_replacements, is_movable, move
from vault.keys.parcel import ParcelKeys
from vault.keys.pseudonym import Pseudonyms, make_secret
from vault.keys.signing import load_signer, load_signing_key, make_signer, make_signing_key

__all__ = [
    "FileHome",
    "KeyHome",
    "KeyKind",
    "KeyLocker",
    "ParcelKeys",
    "Pseudonyms",
    "end_replacements",
    "is_movable",
    "load_signer",
    "load_signing_key",
    "make_secret",
    "make_signer",
    "make_signing_key",
    "move",
]
