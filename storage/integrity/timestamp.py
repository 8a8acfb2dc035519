"""RFC 3161 time stamps: what an authority is asked, and what its answer proves against roots somebody pinned."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

MOST_BYTES = 64 << 10


class BadStamp(ValueError):
    """An answer that does not prove the time of these bytes, with the reason."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is sent to an authority, and the number its answer must repeat."""

    der: bytes
    nonce: int


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a token says: that the authority saw the digest of the bytes at this moment."""

    at: datetime
    serial: int
    policy: str
    authority: str


def question(content: bytes) -> Question:
    """Ask for a stamp of SHA-256 over `content`, with the certificates that the answer is checked by.

    Source: RFC 3161, section 2.4.1.
    """
    made = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256)
    request = made.nonce(nonce=True).cert_request(cert_request=True).build()
    nonce = request.nonce
    if nonce is None:
        msg = "a time stamp request was made without a nonce"
        raise RuntimeError(msg)
    return Question(request.as_bytes(), nonce)


def verify_stamp(token: bytes, content: bytes, roots: Sequence[bytes], *, nonce: int | None = None) -> Stamp:
    """Check a token over `content` against pinned roots (DER); the certificates must have been good at its own time.

    1 the form, which must be written as we would write it; 2 the status; 3 the signature and the chain; 4 the nonce,
    where one is given; 5 the purpose of the signer's certificate; 6 the digest of `content`.
    What it does not see: a bit flipped in the parts of a token that nobody signs. A token's own digest must therefore
    stand in the log or in a signed manifest. Whether a certificate was revoked is not asked.
    Raises: BadStamp.
    Source: RFC 3161, section 2.4.2; RFC 5652, section 5.4.
    """
    answer = _decoded(token)
    # A root that could not sign at the time would be trusted for being given: the chain builder asks the signer only.
    at = _moment(answer)
    trusted = [root for root in map(_certificate, roots) if root.not_valid_before_utc <= at <= root.not_valid_after_utc]
    if not trusted:
        raise BadStamp(f"no root that is trusted was good at {at:%Y-%m-%d %H:%M:%S} UTC")
    try:
        VerifierBuilder(roots=trusted, nonce=nonce).build().verify_message(answer, content)
    except (VerificationError, ValueError) as refused:
        raise BadStamp(f"the time stamp does not hold: {refused}") from None
    signer = _signer(answer)
    if not signer.not_valid_before_utc <= at <= signer.not_valid_after_utc:
        raise BadStamp(f"the authority's certificate was not good at {at:%Y-%m-%d %H:%M:%S} UTC")
    return _read(answer)


def is_about(token: bytes, content: bytes) -> bool:
    """Whether a token is over these bytes, whoever signed it. Raises: BadStamp for what is no granted token."""
    try:
        return bytes(_decoded(token).tst_info.message_imprint.message) == hashlib.sha256(content).digest()
    except ValueError as malformed:
        raise BadStamp(f"not an answer of a time stamp authority: {malformed}") from None


def chain_of(token: bytes) -> list[bytes]:
    """The certificates that came with a token, DER, sorted. Raises: BadStamp for what is no token."""
    return sorted(_decoded(token).signed_data.certificates)


def certificates(pem: bytes) -> list[bytes]:
    """The certificates in a PEM file, as DER. Raises: ValueError where there is none."""
    return [one.public_bytes(Encoding.DER) for one in x509.load_pem_x509_certificates(pem)]


def _decoded(token: bytes) -> TimeStampResponse:
    if len(token) > MOST_BYTES:
        raise BadStamp(f"a time stamp of {len(token)} bytes; at most {MOST_BYTES} are read")
    try:
        answer = decode_timestamp_response(token)
        rewritten = answer.as_bytes()
        status = answer.status
    except ValueError as malformed:
        raise BadStamp(f"not an answer of a time stamp authority: {malformed}") from None
    if status != 0:
        raise BadStamp(f"the authority did not grant a time stamp: status {status}, {answer.status_string}")
    if rewritten != token:
        raise BadStamp("the time stamp is not written in its one form (DER)")
    return answer


def _read(answer: TimeStampResponse) -> Stamp:
    try:
        told = answer.tst_info
        return Stamp(
            _moment(answer), told.serial_number, told.policy.dotted_string, _signer(answer).subject.rfc4514_string()
        )
    except ValueError as malformed:
        raise BadStamp(f"not an answer of a time stamp authority: {malformed}") from None


def _moment(answer: TimeStampResponse) -> datetime:
    try:
        return answer.tst_info.gen_time.astimezone(UTC)
    except ValueError as malformed:
        raise BadStamp(f"the time stamp names no time: {malformed}") from None


def _signer(answer: TimeStampResponse) -> x509.Certificate:
    """The certificate whose key signed, among those that came along."""
    signers = list(answer.signed_data.signer_infos)
    for der in answer.signed_data.certificates:
        found = _certificate(der)
        if len(signers) == 1 and (found.issuer, found.serial_number) == (signers[0].issuer, signers[0].serial_number):
            return found
    raise BadStamp("the certificate of the one who signed did not come along")


def _certificate(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError as malformed:
        raise BadStamp(f"not a certificate: {malformed}") from None
