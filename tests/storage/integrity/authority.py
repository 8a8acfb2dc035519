"""A time stamp authority of our own: real certificates, and openssl that signs as authorities do."""

import itertools
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_NUMBERS = itertools.count(1)
_SECTION = """
[ tsa ]
default_tsa = one
[ one ]
dir = .
serial = ./serial
crypto_device = builtin
signer_cert = ./signer.pem
signer_key = ./signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority in a folder; `root` is the certificate one pins, PEM."""

    folder: Path
    root: bytes
    root_key: ec.EllipticCurvePrivateKey
    signer: x509.Certificate
    signer_key: ec.EllipticCurvePrivateKey

    def answer(self, question: bytes) -> bytes:
        """What the authority answers to a request, now."""
        (self.folder / "question.tsq").write_bytes(question)
        reply = ("openssl", "ts", "-reply", "-config", "tsa.conf", "-section", "one")
        files = ("-queryfile", "question.tsq", "-out", "answer.tsr")
        subprocess.run([*reply, *files], cwd=self.folder, check=True, capture_output=True)
        return (self.folder / "answer.tsr").read_bytes()

    def with_purpose(self, token: bytes, purpose: x509.ObjectIdentifier) -> bytes:
        """The token with a certificate of the same key, number and root, but for another use, in the signer's place."""
        ours = self.signer.public_bytes(serialization.Encoding.DER)
        while True:  # a signature of this kind is sometimes a byte shorter
            other = _signer(self.signer.subject, self.signer.issuer, self.signer_key, self.root_key, (-1, 365), purpose)
            other = other.serial_number(self.signer.serial_number).sign(self.root_key, hashes.SHA256())
            theirs = other.public_bytes(serialization.Encoding.DER)
            if len(theirs) == len(ours):
                return token.replace(ours, theirs)


def authority(folder: Path, *, good_for: tuple[float, float] = (-1.0, 365.0)) -> Authority:
    """Make an authority whose certificate is good between two days, counted from now."""
    folder = folder / f"authority{next(_NUMBERS)}"
    folder.mkdir()
    root_key, signer_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = _name(f"Root {folder.name}")
    root = _certificate(root_name, root_name, root_key, root_key, (-3650, 3650))
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    root = root.serial_number(x509.random_serial_number())
    named = _name(f"Signer {folder.name}")
    signer = _signer(named, root_name, signer_key, root_key, good_for, ExtendedKeyUsageOID.TIME_STAMPING)
    signed = signer.serial_number(x509.random_serial_number()).sign(root_key, hashes.SHA256())
    root_pem = root.sign(root_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (folder / "signer.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "signer.key").write_bytes(
        signer_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    (folder / "serial").write_text("01\n")
    (folder / "tsa.conf").write_text(_SECTION)
    return Authority(folder, root_pem, root_key, signed, signer_key)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _signer(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    good_for: tuple[float, float],
    purpose: x509.ObjectIdentifier,
) -> x509.CertificateBuilder:
    made = _certificate(subject, issuer, key, issuer_key, good_for)
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    return made.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    good_for: tuple[float, float],
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .not_valid_before(now + timedelta(days=good_for[0]))
        .not_valid_after(now + timedelta(days=good_for[1]))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(issuer_id, critical=False)
    )
