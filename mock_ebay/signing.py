"""Making keys and ECDSA signatures; imported when the first is needed, for it is slow to load."""

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def new_key() -> str:
    """A private key on P-256, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    form, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, bare).decode()


def public_pem(private_pem: str) -> str:
    """The public half as eBay gives it out: PEM without line breaks."""
    public = _read(private_pem).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(serialization.Encoding.PEM, form).decode().replace("\n", "")


def sign(private_pem: str, content: bytes) -> bytes:
    """A DER signature over SHA-1, which is what eBay uses."""
    return _read(private_pem).sign(content, ec.ECDSA(hashes.SHA1()))  # noqa: S303 - eBay's choice


def _read(private_pem: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(private_pem.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key
