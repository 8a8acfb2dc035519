"""Files with Content Credentials, signed at test time by certificates that were made for it."""

import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import c2pa
import cv2
import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CAPTURED = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
_USES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
_MORE_USES = ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")


@dataclass(frozen=True, slots=True)
class Authority:
    """Somebody who signs certificates; `pem` is what an operator would put on the list of whom to trust."""

    name: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def pem(self) -> bytes:
        own = self._certificate(self.name, self.key, is_authority=True)
        return own.public_bytes(serialization.Encoding.PEM)

    def signer(self, name: str, *, holds_its_key: bool = True) -> c2pa.Signer:
        """One who signs files by a certificate of this authority; or with a key that is not the certificate's."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._certificate(name, key, is_authority=False).public_bytes(serialization.Encoding.PEM)
        used = key if holds_its_key else ec.generate_private_key(ec.SECP256R1())
        written = used.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return c2pa.Signer.from_info(
            c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ES256, certificate + self.pem, written, None)
        )

    def _certificate(self, name: str, key: ec.EllipticCurvePrivateKey, *, is_authority: bool) -> x509.Certificate:
        """As the C2PA's certificate profile wants them."""
        now, wanted = datetime.now(UTC), "key_cert_sign" if is_authority else "digital_signature"
        own = (
            x509.CertificateBuilder()
            .subject_name(_named(name))
            .issuer_name(_named(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**{use: use == wanted for use in (*_USES, *_MORE_USES)}), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        if not is_authority:
            own = own.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        return own.sign(self.key, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"{name} Ltd"), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )


def picture(seed: int = 1) -> bytes:
    """A small JPEG."""
    points = np.random.default_rng(seed).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    return bytes(cv2.imencode(".jpg", points)[1])


def sign(content: bytes, media_type: str, signer: c2pa.Signer, **more: Any) -> tuple[bytes, bytes]:
    """`content` with its credentials embedded, and the bytes of the manifest store.

    `remote`: they are not embedded, the file only names where they lie. `made_of`: a JPEG that it was made of.
    """
    remote, made_of = more.pop("remote", None), more.pop("made_of", None)
    made = {"action": "c2pa.created", "digitalSourceType": CAPTURED}
    said = {
        "claim_generator_info": [{"name": "Test Camera", "version": "1.2"}],
        "title": "what was seen",
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [made]}}],
    } | more
    out = io.BytesIO()
    closed = {"verify": {"verify_after_sign": False, "remote_manifest_fetch": False}}
    with (
        c2pa.Context(settings=c2pa.Settings.from_dict(closed)) as context,
        c2pa.Builder(json.dumps(said), context=context) as builder,
    ):
        if remote is not None:
            builder.set_no_embed()
            builder.set_remote_url(remote)
        if made_of is not None:
            told = json.dumps({"title": "an earlier picture", "relationship": "componentOf"})
            builder.add_ingredient(told, "image/jpeg", io.BytesIO(made_of))
        store = builder.sign(signer, media_type, io.BytesIO(content), out)
    return out.getvalue(), store
