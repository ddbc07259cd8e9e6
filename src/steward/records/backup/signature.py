"""Signatures of manifests: Ed25519 over their stored bytes. Keys are PEM."""

from steward.model.error import ConfigurationError

_REMEDY = "create one: openssl genpkey -algorithm ed25519 -out signing.pem"


def sign(private_key: bytes, content: bytes) -> bytes:
    """Return the signature of content.

    Errors: ConfigurationError, for a key that is no unencrypted Ed25519 private key.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(private_key, None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(
            "the signing key of backups is no unencrypted Ed25519 private key in PEM",
            remedy=_REMEDY,
        )
    return key.sign(content)


def is_signed(public_key: bytes, content: bytes, signature: bytes) -> bool:
    """Return whether a signature is that of the key's owner.

    Errors: ConfigurationError, for a key that is no Ed25519 public key.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(public_key)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigurationError(
            "the public key of backups is no Ed25519 public key in PEM",
            remedy="extract it: openssl pkey -in signing.pem -pubout -out public.pem",
        )
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True
