"""Verifying an ECDSA signature; slow to import, so whoever verifies the first one imports it."""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ebay_alerts.market.errors import Malformed

# eBay signs with SHA-1; a forger would need a second preimage, which SHA-1 still withstands.
_DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "SHA1": hashes.SHA1(),  # noqa: S303 - eBay's choice
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}


def is_signed(content: bytes, signature: bytes, der: bytes, digest: str) -> bool:
    """Whether the DER signature is over the content. Raises Malformed for what is no EC key."""
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Malformed("eBay's key cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise Malformed("eBay's key is not for ECDSA")
    try:
        key.verify(signature, content, ec.ECDSA(_DIGESTS[digest]))
    except InvalidSignature:
        return False
    return True
