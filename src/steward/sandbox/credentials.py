"""Keys, certificates and passwords of a secured sandbox: generated and kept private."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from steward.sandbox.files import private_dir, write_file
from steward.sandbox.places import secrets_dir

if TYPE_CHECKING:
    import trustme

ADMIN = "admin"
BROKER_PRINCIPAL = "broker"
PRINCIPAL_RULES = r"RULE:^.*CN=([^,]+).*$/$1/,DEFAULT"
"""Maps a client certificate's common name to its principal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Paths of a sandbox's secrets; never their values."""

    folder: Path

    @property
    def ca(self) -> Path:
        """The CA that signed every certificate."""
        return self.folder / "ca.pem"

    @property
    def ca_key(self) -> Path:
        """The CA's key, for brokers and clients added later."""
        return self.folder / "ca-key.pem"

    @property
    def broker_keystore(self) -> Path:
        """Key and certificate of the brokers, as Kafka reads them."""
        return self.folder / "broker.pem"

    @property
    def admin_cert(self) -> Path:
        """The administrator's certificate (mTLS)."""
        return self.folder / "admin.pem"

    @property
    def admin_key(self) -> Path:
        """The key of that certificate."""
        return self.folder / "admin-key.pem"

    @property
    def admin_password(self) -> Path:
        """The administrator's password (SCRAM and PLAIN)."""
        return self.folder / "admin.password"

    @property
    def client_properties(self) -> Path:
        """Configuration of Kafka's own tools."""
        return self.folder / "client.properties"


def credentials_of(home: Path) -> Credentials:
    """Return where a sandbox's secrets are."""
    return Credentials(folder=secrets_dir(home))


def make_credentials(home: Path) -> Credentials:
    """Create a CA, certificates for the brokers and the administrator, and a random password."""
    import trustme

    made = credentials_of(home)
    private_dir(made.folder)
    authority = trustme.CA(organization_name="steward sandbox")
    _write(made.ca, authority.cert_pem.bytes())
    _write(made.ca_key, authority.private_key_pem.bytes())
    brokers = authority.issue_cert("127.0.0.1", "localhost", common_name=BROKER_PRINCIPAL)
    _write(made.broker_keystore, _pkcs8(brokers) + _chain(brokers))
    _issue(authority, ADMIN, made.admin_cert, made.admin_key)
    password = secrets.token_urlsafe(24)
    _write(made.admin_password, password.encode())
    _write(made.client_properties, _client_properties(made, password).encode())
    return made


def issue_client(home: Path, principal: str) -> tuple[Path, Path]:
    """Issue a client certificate for a principal; return the paths of certificate and key."""
    import trustme

    made = credentials_of(home)
    authority = trustme.CA.from_pem(made.ca.read_bytes(), made.ca_key.read_bytes())
    cert, key = made.folder / f"{principal}.pem", made.folder / f"{principal}-key.pem"
    _issue(authority, principal, cert, key)
    return cert, key


def _issue(authority: "trustme.CA", principal: str, cert: Path, key: Path) -> None:
    # Java rejects a certificate with an empty list of alternative names
    issued = authority.issue_cert(f"{principal}@sandbox.invalid", common_name=principal)
    _write(cert, _chain(issued))
    _write(key, _pkcs8(issued))


def _pkcs8(issued: "trustme.LeafCert") -> bytes:
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    # Kafka's PEM key stores read PKCS 8 only
    key = load_pem_private_key(issued.private_key_pem.bytes(), password=None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _chain(issued: "trustme.LeafCert") -> bytes:
    return b"".join(blob.bytes() for blob in issued.cert_chain_pems)


def _client_properties(made: Credentials, password: str) -> str:
    login = "org.apache.kafka.common.security.scram.ScramLoginModule"
    return (
        "security.protocol=SASL_SSL\n"
        "sasl.mechanism=SCRAM-SHA-512\n"
        f'sasl.jaas.config={login} required username="{ADMIN}" password="{password}";\n'
        "ssl.truststore.type=PEM\n"
        f"ssl.truststore.location={made.ca}\n"
    )


def _write(path: Path, content: bytes) -> None:
    write_file(path, content, private=True)
