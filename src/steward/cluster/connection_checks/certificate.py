"""Describes a server's certificate."""

import ssl
from datetime import UTC, datetime

from steward.cluster.connection_checks import probe


def describe_certificate(der: bytes) -> str:
    """Describe a certificate's subject, names, issuer and expiry in one line."""
    # Imported here: only the connection checks use certificates, and the library is slow to load.
    from cryptography import x509

    certificate = x509.load_der_x509_certificate(der)
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = ", ".join(str(name.value) for name in extension.value)
    except x509.ExtensionNotFound:
        names = "none"
    expiry = certificate.not_valid_after_utc
    expired = " (expired)" if expiry < datetime.now(UTC) else ""
    return (
        f"certificate of {certificate.subject.rfc4514_string() or 'no subject'}, names {names}, "
        f"issued by {certificate.issuer.rfc4514_string()}, valid until {expiry:%Y-%m-%d}{expired}"
    )


def peer_certificate(host: str, port: int, timeout_seconds: float) -> str:
    """Fetch and describe a server's certificate without trusting it; empty where there is none."""
    try:
        with probe.opened(host, port, timeout_seconds, probe.unverified_context()) as stream:
            der = (
                stream.getpeercert(binary_form=True) if isinstance(stream, ssl.SSLSocket) else None
            )
    except (OSError, ValueError):
        return ""
    return describe_certificate(der) if der else ""
