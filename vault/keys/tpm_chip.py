"""The few commands of a TPM 2.0 that keys need, one connection each time; TSS2's errors end here.

A storage key is an object that other objects are locked under. The primary one is derived by the chip from its owner
seed and is the same every time; a resident one is random, kept in the chip under a number, and gone when it is evicted.
What travels to the chip and back is encrypted by a session salted to the primary key, so that who listens on the bus
reads neither a secret nor a key.

Source: TCG TPM 2.0 Library, part 3 (commands), part 1 section 21 (parameter encryption); tpm2-pytss.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from tpm2_pytss.constants import (
    ESYS_TR,
    TPM2_ALG,
    TPM2_CAP,
    TPM2_RC,
    TPM2_RH,
    TPM2_SE,
    TPM2_ST,
    TPMA_OBJECT,
    TPMA_SESSION,
)
from tpm2_pytss.ESAPI import ESAPI
from tpm2_pytss.TSS2_Exception import TSS2_Exception
from tpm2_pytss.types import (
    TPM2B_PRIVATE,
    TPM2B_PUBLIC,
    TPM2B_SENSITIVE_CREATE,
    TPMS_SENSITIVE_CREATE,
    TPMT_SIG_SCHEME,
    TPMT_SYM_DEF,
    TPMT_TK_HASHCHECK,
    TPMU_SYM_KEY_BITS,
    TPMU_SYM_MODE,
)

from vault.errors import KeyHomeFailed, KeyMissing

_FIXED = TPMA_OBJECT.FIXEDTPM | TPMA_OBJECT.FIXEDPARENT | TPMA_OBJECT.USERWITHAUTH | TPMA_OBJECT.NODA
_BORN_THERE = _FIXED | TPMA_OBJECT.SENSITIVEDATAORIGIN
_STORAGE = TPM2B_PUBLIC.parse(
    "ecc:aes128cfb", objectAttributes=_BORN_THERE | TPMA_OBJECT.RESTRICTED | TPMA_OBJECT.DECRYPT
)
_SIGNING = TPM2B_PUBLIC.parse("ecc256:ecdsa-sha256", objectAttributes=_BORN_THERE | TPMA_OBJECT.SIGN_ENCRYPT)
_SEALED = TPM2B_PUBLIC.parse("keyedhash", objectAttributes=_FIXED)
_AES = TPMT_SYM_DEF(algorithm=TPM2_ALG.AES, keyBits=TPMU_SYM_KEY_BITS(sym=128), mode=TPMU_SYM_MODE(sym=TPM2_ALG.CFB))
_SCALAR_BYTES = 32

_NOT_OURS = frozenset({TPM2_RC.INTEGRITY, TPM2_RC.SIZE, TPM2_RC.BINDING, TPM2_RC.TYPE, TPM2_RC.ATTRIBUTES})
"""What loading says of an object that another chip, another owner seed or another storage key made, or that is torn."""
_NUMBER = 0x0BF
"""The part of a format-one response code that says which error it is, without which parameter. Part 2, 6.6.2."""


class Chip:
    """A TPM, reached anew for every task: between two of them it belongs to nobody."""

    def __init__(self, tcti: str) -> None:
        """:param tcti: how it is reached, such as `device:/dev/tpmrm0`."""
        self._tcti = tcti

    def make_signing(self) -> bytes:
        """A P-256 key that was born in the chip and never leaves it, as the chip wants to see it again."""
        with self._task() as task:
            return task.create(_SIGNING)

    def public_pem(self, made: bytes) -> str:
        """The public half of what `make_signing` made."""
        return str(_taken_apart(made)[1].to_pem().decode())

    def sign(self, made: bytes, message: bytes) -> bytes:
        """ES256: r, then s."""
        with self._task() as task, task.loaded(made) as key:
            return task.sign(key, message)

    def seal(self, secret: bytes, *, resident: int | None) -> bytes:
        """The secret, for this chip only: under the primary key, or the resident one, which is made if need be."""
        with self._task(resident, make=True) as task:
            return task.create(_SEALED, secret)

    def unseal(self, made: bytes, *, resident: int | None) -> bytes:
        """The secret again. :raises: KeyMissing when this chip never made it, or forgot what opened it."""
        with self._task(resident) as task, task.loaded(made) as sealed:
            return task.unseal(sealed)

    def evict(self, resident: int) -> None:
        """The resident key is destroyed, with all that only it opens; or there was none."""
        with self._connected() as chip:
            if _is_resident(chip, resident):
                chip.evict_control(ESYS_TR.OWNER, chip.tr_from_tpmpublic(resident), resident)

    @contextmanager
    def _connected(self) -> Iterator[ESAPI]:
        try:
            chip = ESAPI(self._tcti)
            try:
                yield chip
            finally:
                chip.close()
        except TSS2_Exception as error:
            raise KeyHomeFailed(f"The TPM did not do what it was asked (response {error.rc:#x}).") from None

    @contextmanager
    def _task(self, resident: int | None = None, *, make: bool = False) -> Iterator["_Task"]:
        with self._connected() as chip:
            primary, *_ = chip.create_primary(TPM2B_SENSITIVE_CREATE(), _STORAGE)
            session = None
            try:
                session = _encrypting(chip, primary)
                parent = primary if resident is None else _resident(chip, resident, primary=primary, make=make)
                yield _Task(chip, parent, session=session)
            finally:
                chip.flush_context(primary)
                if session is not None:
                    chip.flush_context(session)


class _Task:
    """Commands under one storage key."""

    def __init__(self, chip: ESAPI, parent: ESYS_TR, *, session: ESYS_TR) -> None:
        self._chip = chip
        self._parent = parent
        self._session = session

    def create(self, public: TPM2B_PUBLIC, secret: bytes = b"") -> bytes:
        sensitive = TPM2B_SENSITIVE_CREATE(TPMS_SENSITIVE_CREATE(data=secret))
        private, made, *_ = self._chip.create(self._parent, sensitive, public, session1=self._session)
        return bytes(private.marshal() + made.marshal())

    @contextmanager
    def loaded(self, made: bytes) -> Iterator[ESYS_TR]:
        private, public = _taken_apart(made)
        try:
            handle = self._chip.load(self._parent, private, public, session1=self._session)
        except TSS2_Exception as error:
            if error.rc & _NUMBER in _NOT_OURS:
                raise KeyMissing("The TPM does not know this key: it is another unit's, or was destroyed.") from None
            raise
        try:
            yield handle
        finally:
            self._chip.flush_context(handle)

    def sign(self, key: ESYS_TR, message: bytes) -> bytes:
        no_ticket = TPMT_TK_HASHCHECK(tag=TPM2_ST.HASHCHECK, hierarchy=TPM2_RH.NULL)
        scheme = TPMT_SIG_SCHEME(scheme=TPM2_ALG.NULL)
        signed = self._chip.sign(key, hashlib.sha256(message).digest(), scheme, no_ticket, session1=self._session)
        parts = signed.signature.ecdsa
        return b"".join(bytes(part).rjust(_SCALAR_BYTES, b"\0") for part in (parts.signatureR, parts.signatureS))

    def unseal(self, sealed: ESYS_TR) -> bytes:
        return bytes(self._chip.unseal(sealed, session1=self._session))


def _encrypting(chip: ESAPI, primary: ESYS_TR) -> ESYS_TR:
    session = chip.start_auth_session(
        tpm_key=primary,
        bind=ESYS_TR.NONE,
        session_type=TPM2_SE.HMAC,
        symmetric=_AES,
        auth_hash=TPM2_ALG.SHA256,
    )
    chip.trsess_set_attributes(session, TPMA_SESSION.CONTINUESESSION | TPMA_SESSION.DECRYPT | TPMA_SESSION.ENCRYPT)
    return session


def _is_resident(chip: ESAPI, number: int) -> bool:
    _, found = chip.get_capability(TPM2_CAP.HANDLES, number, 1)
    return number in list(found.data.handles)


def _resident(chip: ESAPI, number: int, *, primary: ESYS_TR, make: bool) -> ESYS_TR:
    if _is_resident(chip, number):
        return chip.tr_from_tpmpublic(number)
    if not make:
        raise KeyMissing("The TPM has forgotten what opened this key.")
    # what the chip hands out of it is dropped here: only the chip can have it, and only until it is evicted
    private, public, *_ = chip.create(primary, TPM2B_SENSITIVE_CREATE(), _STORAGE)
    handle = chip.load(primary, private, public)
    try:
        return chip.evict_control(ESYS_TR.OWNER, handle, number)
    finally:
        chip.flush_context(handle)


def _taken_apart(made: bytes) -> tuple[TPM2B_PRIVATE, TPM2B_PUBLIC]:
    try:
        private, size = TPM2B_PRIVATE.unmarshal(made)
        public, _ = TPM2B_PUBLIC.unmarshal(made[size:])
    except (TSS2_Exception, ValueError):
        raise KeyMissing("The TPM's key is not whole.") from None
    return private, public
