"""Seal, open, sign, verify, wrap: with `vault.keys` and `vault.chain` the only door to a crypto library.

The words that its callers need (labels, errors) come through it too.

Source: design.md section 5; RFC 9180 (HPKE), RFC 9052 (COSE_Sign1), RFC 9053 (ES256).
"""

from vault.envelope.key import RecipientKey, RecipientPublic, Signer, SigningKey, VerifyingKey
from vault.envelope.locking import LOCK_KEY_BYTES, derive_key, lock, unlock
from vault.envelope.paper import PaperHash, fits, hash_paper_code, new_paper_code
from vault.envelope.sealing import Context, open_sealed, recipient_of, seal
from vault.envelope.signing import Pinned, content_type_of, sign, signer_of, verify
from vault.envelope.validity import ALWAYS, Validity
from vault.envelope.wrapping import WRAP_KEY_BYTES, WRAPPING_BYTES, new_wrap_key, unwrap, wrap
from vault.errors import KeyMissing, KeyOutOfTime, SealBroken, SealForeign, VaultError
from vault.labels import Digest, ParcelId, Plain, Sealed, digest_of

__all__ = [
    "ALWAYS",
    "LOCK_KEY_BYTES",
    "WRAPPING_BYTES",
    "WRAP_KEY_BYTES",
    "Context",
    "Digest",
    "KeyMissing",
    "KeyOutOfTime",
    "PaperHash",
    "ParcelId",
    "Pinned",
    "Plain",
    "RecipientKey",
    "RecipientPublic",
    "SealBroken",
    "SealForeign",
    "Sealed",
    "Signer",
    "SigningKey",
    "Validity",
    "VaultError",
    "VerifyingKey",
    "content_type_of",
    "derive_key",
    "digest_of",
    "fits",
    "hash_paper_code",
    "lock",
    "new_paper_code",
    "new_wrap_key",
    "open_sealed",
    "recipient_of",
    "seal",
    "sign",
    "signer_of",
    "unlock",
    "unwrap",
    "verify",
    "wrap",
]
