"""Signatures of the tokens an HTTP API's JWT authorizer is sent.

MiniStack verifies them with the package `cryptography`, and without it refuses every token. To verify (not to sign) RSASSA-PKCS1-v1_5 with
SHA-256 (RFC 8017, 8.2.2) a power and a comparison are enough, with nothing secret in either.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping

# DER of the algorithm and length that stand before a SHA-256 digest (RFC 8017, 9.2, note 1).
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


def install() -> None:
    """Have MiniStack's HTTP APIs verify tokens by this module."""
    from ministack.services import apigateway

    apigateway._verify_rs256_signature = is_signed_by


def is_signed_by(token: str, jwk: Mapping[str, str]) -> bool:
    """Whether a token in compact form has the RS256 signature of a JSON Web Key, an RSA one of 2048 bits at least."""
    try:
        header, claims, signature = token.split(".")
        modulus, exponent = (int.from_bytes(decoded(jwk[name]), "big") for name in ("n", "e"))
        given = decoded(signature)
    except (KeyError, ValueError, binascii.Error):
        return False
    size = (modulus.bit_length() + 7) // 8
    if modulus.bit_length() < 2048 or len(given) != size:
        return False
    digest = hashlib.sha256(f"{header}.{claims}".encode()).digest()
    tail = b"\x00" + SHA256_PREFIX + digest
    expected = b"\x00\x01" + b"\xff" * (size - len(tail) - 2) + tail
    return pow(int.from_bytes(given, "big"), exponent, modulus).to_bytes(size, "big") == expected


def decoded(text: str) -> bytes:
    """Bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
