"""OpenID Connect with any issuer, by discovery: authorization code with PKCE, state and nonce, the ID token checked.

Sources: OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3.7; RFC 7636 (PKCE); RFC 9207 (issuer in the answer).
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.concurrency import run_in_threadpool

from domain import challenges, database
from domain.errors import NotFound, NotLoggedIn, Unavailable
from domain.oidc_identities import Vouched
from domain.settings import OidcProvider, settings

ALGORITHMS = ["RS256", "ES256", "PS256", "EdDSA"]  # asymmetric ones only: the client's secret signs nothing
SCOPE = "openid email profile"
PURPOSE = "oidc"
TIMEOUT = 10  # seconds
KEPT = 3600  # seconds that what a provider says of itself is believed
REFUSED = "{name} no confirmó quién eres. Inténtalo otra vez, o entra de otra forma."
SILENT = "{name} no responde ahora. Inténtalo en unos minutos, o entra de otra forma."

_known: dict[str, tuple[float, dict[str, Any]]] = {}


@dataclass(frozen=True)
class Came:
    """Who came back from a provider, and what they had set out for."""

    vouched: Vouched
    onwards: str
    account_id: int | None


def provider(slug: str) -> OidcProvider:
    """Raises NotFound."""
    found = next((one for one in settings().oidc_providers if one.slug == slug), None)
    if found is None:
        raise NotFound("No se entra por ahí.")
    return found


async def leave(wanted: OidcProvider, visitor: str, *, onwards: str, account_id: int | None = None) -> str:
    """The provider's address to lead the browser to. `account_id`: to be connected to it. Raises Unavailable."""
    known = await _metadata(wanted)
    verifier, nonce = challenges.random(), challenges.random()
    state = await run_in_threadpool(
        lambda: challenges.make(
            PURPOSE, visitor, slug=wanted.slug, verifier=verifier, nonce=nonce, onwards=onwards, account_id=account_id
        )
    )
    async with _client(wanted) as client:
        url, _ = client.create_authorization_url(
            known["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
        )
    return str(url)


async def back(wanted: OidcProvider, visitor: str, query: Mapping[str, str]) -> Came:
    """Who comes back. Raises NotLoggedIn, Unavailable."""
    refused = NotLoggedIn(REFUSED.format(name=wanted.name), code="oidc_refused")
    asked = await run_in_threadpool(_take, query.get("state", ""), visitor)
    issuer = _issuer(wanted)
    if asked.get("slug") != wanted.slug or query.get("iss", issuer).rstrip("/") != issuer or "code" not in query:
        raise refused
    known = await _metadata(wanted)
    try:
        async with _client(wanted) as client:
            tokens = await client.fetch_token(
                known["token_endpoint"], code=query["code"], code_verifier=asked["verifier"]
            )
            claims = await _claims(wanted, known, str(tokens.get("id_token", "")), asked["nonce"])
            if "email" not in claims and "userinfo_endpoint" in known:
                claims = {**await _more(client, known, claims["sub"]), **claims}
    except (OAuthError, JoseError, ValueError, KeyError) as error:
        raise refused from error
    except httpx2.HTTPError as error:
        raise Unavailable(SILENT.format(name=wanted.name)) from error
    vouched = Vouched(
        wanted.name, issuer, str(claims["sub"]), str(claims.get("email", "")), claims.get("email_verified") is True
    )
    return Came(vouched, str(asked["onwards"]), asked["account_id"])


def _take(state: str, visitor: str) -> dict[str, Any]:
    with database.transaction() as session:
        return challenges.take(session, state, PURPOSE, visitor)


async def _claims(wanted: OidcProvider, known: dict[str, Any], token: str, nonce: str) -> dict[str, Any]:
    async with httpx2.AsyncClient(timeout=TIMEOUT) as client:
        keys = KeySet.import_key_set((await client.get(known["jwks_uri"])).raise_for_status().json())
    claims = dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)
    jwt.JWTClaimsRegistry(
        leeway=60,
        iss={"essential": True, "value": known["issuer"]},
        aud={"essential": True, "value": wanted.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    ).validate(claims)
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != wanted.client_id:
        raise ValueError("the token is for another client")
    return claims


async def _more(client: Any, known: dict[str, Any], subject: str) -> dict[str, Any]:
    """What the provider says beside the token, of the same person (OpenID Connect Core, section 5.3.2)."""
    said = dict((await client.get(known["userinfo_endpoint"])).raise_for_status().json())
    if said.get("sub") != subject:
        raise ValueError("the provider spoke of somebody else")
    return said


async def _metadata(wanted: OidcProvider) -> dict[str, Any]:
    """What the provider says of itself; its own name has to be the one that was configured."""
    issuer = _issuer(wanted)
    at, known = _known.get(issuer, (0.0, {}))
    if time.monotonic() - at < KEPT and known:
        return known
    try:
        async with httpx2.AsyncClient(timeout=TIMEOUT) as client:
            said = (await client.get(f"{issuer}/.well-known/openid-configuration")).raise_for_status().json()
    except (httpx2.HTTPError, ValueError) as error:
        raise Unavailable(SILENT.format(name=wanted.name)) from error
    if str(said.get("issuer", "")).rstrip("/") != issuer:
        raise Unavailable(SILENT.format(name=wanted.name))
    _known[issuer] = (time.monotonic(), said)
    return dict(said)


def _client(wanted: OidcProvider) -> Any:
    secret = wanted.client_secret.get_secret_value()
    return AsyncOAuth2Client(
        wanted.client_id,
        secret or None,
        scope=SCOPE,
        redirect_uri=f"{settings().app_url}/login/oidc/{wanted.slug}/back",
        token_endpoint_auth_method="client_secret_basic" if secret else "none",
        code_challenge_method="S256",
        timeout=TIMEOUT,
    )


def _issuer(wanted: OidcProvider) -> str:
    return str(wanted.issuer).rstrip("/")
