"""A certificate authority that lasts as long as a run: whoever trusts it takes our certificates for the API's hosts."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

_BEFORE: Final = timedelta(days=1)
_AFTER: Final = timedelta(days=90)
_NAME: Final = "inspector, for one run"


class CertificateAuthority:
    """Its key is in memory only; those of hosts are on the disk for a moment, where only the user can read.

    `pem`: its certificate.
    """

    def __init__(self) -> None:
        # cryptography takes a tenth of a second to import, and only who decrypts needs it.
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import Encoding
        from cryptography.x509.oid import NameOID

        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _NAME)])
        self._key_id = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        extensions: list[tuple[x509.ExtensionType, bool]] = [
            (x509.BasicConstraints(ca=True, path_length=0), True),
            (_usage(key_cert_sign=True, crl_sign=True), True),
            (self._key_id, False),
        ]
        self.pem = self._certificate(self._name, self._key.public_key(), extensions).public_bytes(Encoding.PEM)
        self._contexts: dict[str, ssl.SSLContext] = {}

    def context(self, host: str) -> ssl.SSLContext:
        """For a server that says it is this host, a name or an address, and no other, and speaks HTTP/1.1 only."""
        if host not in self._contexts:
            self._contexts[host] = self._context(host)
        return self._contexts[host]

    def _context(self, host: str) -> ssl.SSLContext:
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
        from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

        key = ec.generate_private_key(ec.SECP256R1())
        extensions: list[tuple[x509.ExtensionType, bool]] = [
            (x509.SubjectAlternativeName([_general_name(host)]), False),
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_usage(digital_signature=True), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
            (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self._key_id), False),
        ]
        # A common name has at most 64 characters, and nobody reads it.
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
        certificate = self._certificate(name, key.public_key(), extensions).public_bytes(Encoding.PEM)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])

        def other_name(server: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> int | None:
            return None if name is None or name.lower() == host else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

        context.sni_callback = other_name
        with TemporaryDirectory(prefix="inspector-") as folder:
            path = Path(folder, "host.pem")
            path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate)
            context.load_cert_chain(path)
        return context

    def _certificate(
        self, name: "x509.Name", key: "ec.EllipticCurvePublicKey", extensions: "list[tuple[x509.ExtensionType, bool]]"
    ) -> "x509.Certificate":
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes

        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(self._name, name, key)
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - _BEFORE).not_valid_after(now + _AFTER)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self._key, hashes.SHA256())


def _usage(**allowed: bool) -> "x509.KeyUsage":
    from cryptography import x509

    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})


def _general_name(host: str) -> "x509.GeneralName":
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
