"""The operator's own list of those whose signatures in Content Credentials are trusted: certificates in a PEM file."""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from storage.errors import InvalidValue
from storage.integrity.digest import Digest

_LIMIT_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class TrustList:
    """The file's bytes as they were read once, so that its digest is that of what was judged by."""

    pem: bytes
    digest: Digest


def read(path: Path | None) -> TrustList | None:
    """The list at `path`; None for no path: then nobody is trusted.

    Raises: InvalidValue, for a file that is not there, is too large, or holds no certificate that can be read.
    """
    if path is None or path == Path():
        return None
    try:
        with path.open("rb") as stream:
            pem = stream.read(_LIMIT_BYTES + 1)
        if len(pem) > _LIMIT_BYTES:
            raise ValueError(f"it has more than {_LIMIT_BYTES:,} bytes")
        pem.decode("ascii")
        x509.load_pem_x509_certificates(pem)
    except (OSError, ValueError) as cause:
        reason = cause.strerror if isinstance(cause, OSError) else cause
        raise InvalidValue(
            f"SVIDOK_CREDENTIALS_TRUST_LIST names {path}, which is no list of certificates in PEM: {reason}. "
            "Mend the file, or leave the setting empty: then nobody is trusted."
        ) from cause
    return TrustList(pem, Digest.of(pem))
