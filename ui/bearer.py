"""API tokens: JWT (HS256) bound to a row, so that one can be taken back, and API keys; refused as RFC 6750 says."""

import hashlib
import time
from functools import lru_cache
from typing import Any

from authlib.oauth2 import OAuth2Error, ResourceProtector  # type: ignore[import-untyped]
from authlib.oauth2.rfc6750 import BearerTokenValidator, InvalidTokenError  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey
from starlette.requests import HTTPConnection

from domain import api_keys, identities
from domain.identities import Identity
from domain.settings import settings

ALGORITHM = "HS256"  # the only one: what a token's header says about it is not asked
AUDIENCE = "alta-api"
LIFE = 900  # seconds; a program prolongs its session with the refresh token


def issue(account_id: int, session_id: str) -> str:
    """A token for this account's session, good for `LIFE` seconds or until that is ended."""
    issued = int(time.time())
    claims = {
        "iss": settings().app_url,
        "aud": AUDIENCE,
        "sub": str(account_id),
        "iat": issued,
        "exp": issued + LIFE,
        "jti": session_id,
    }
    key = _keys().keys[0]
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])


def carried(connection: HTTPConnection) -> bool:
    """True when the request shows a bearer token, good or bad: its cookies then count for nothing."""
    return connection.headers.get("authorization", "").lower().startswith("bearer ")


def identity(connection: HTTPConnection) -> Identity:
    """Who the request's token belongs to. Raises Rejected."""
    if (key := _key(connection)) is not None:
        who = api_keys.identity(key, connection.client.host if connection.client else "")
        if who is None:
            raise Rejected('Bearer realm="alta", error="invalid_token"')
        return who
    try:
        found: Identity = _protector.validate_request(None, connection)
    except OAuth2Error as error:
        raise Rejected(dict(error.get_headers()).get("WWW-Authenticate", "Bearer")) from error
    return found


def _key(connection: HTTPConnection) -> str | None:
    """The API key that the request shows, where it shows one and not a token."""
    _, _, shown = connection.headers.get("authorization", "").partition(" ")
    return shown.strip() if shown.strip().startswith("alta_") else None


class Rejected(Exception):
    """The token is not accepted; `challenge` is the WWW-Authenticate header that says so."""

    def __init__(self, challenge: str) -> None:
        super().__init__(challenge)
        self.challenge = challenge


class _Tokens(BearerTokenValidator):  # type: ignore[misc]
    def authenticate_token(self, token_string: str) -> Identity | None:
        claims = claims_of(token_string)
        found = identities.read(claims["jti"], kind="api") if claims else None
        return found if claims and found and str(found.account_id) == claims["sub"] else None

    def validate_token(self, token: Identity | None, scopes: Any, request: Any) -> None:
        if token is None:
            raise InvalidTokenError(realm=self.realm)


def claims_of(token: str) -> dict[str, Any] | None:
    """The token's claims, where signature, times, issuer and audience are right."""
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": settings().app_url},
        aud={"essential": True, "value": AUDIENCE},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        jti={"essential": True},
    )
    try:
        decoded = jwt.decode(token, _keys(), algorithms=[ALGORITHM])
        registry.validate(decoded.claims)
    except (JoseError, ValueError):
        return None
    return decoded.claims if isinstance(decoded.claims["jti"], str) else None


def _keys() -> KeySet:
    return _imported(tuple(settings().jwt_keys))


@lru_cache(maxsize=2)
def _imported(secrets: tuple[str, ...]) -> KeySet:
    """Named by a part of their hash, which tells nothing of them; while one is being changed there are two."""
    names = [hashlib.sha256(b"alta kid\0" + secret.encode()).hexdigest()[:8] for secret in secrets]
    return KeySet([OctKey.import_key(secret, {"kid": name}) for secret, name in zip(secrets, names, strict=True)])


_protector = ResourceProtector()
_protector.register_token_validator(_Tokens(realm="alta"))
