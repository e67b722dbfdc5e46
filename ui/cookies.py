"""The cookies: who is logged in, which browser this is, and that it was here before. Names, signatures, and CSRF tokens
bound to the browser."""

import base64
import hashlib
import hmac
import secrets

from starlette.requests import HTTPConnection
from starlette.responses import Response

from domain import identities
from domain.settings import settings

VISITOR_LIFE = 30 * 24 * 3600  # seconds; as long as a draft is kept


def session_name() -> str:
    """`alta_session`; under HTTPS with `__Host-`, which a tenant's Odoo on a neighbouring name cannot overwrite."""
    return "__Host-alta_session" if settings().secure_cookies else "alta_session"


def visitor_name() -> str:
    """`alta_visitor`, with the same care."""
    return "__Host-alta_visitor" if settings().secure_cookies else "alta_visitor"


def known_name() -> str:
    """`alta_known`, with the same care."""
    return "__Host-alta_known" if settings().secure_cookies else "alta_known"


def session_id(connection: HTTPConnection) -> str | None:
    """The session that the browser's cookie names, where the signature is ours."""
    value = connection.cookies.get(session_name(), "")
    identifier, _, signature = value.rpartition(".")
    return identifier if identifier and _made_here(signature, "session", identifier) else None


def keep_session(response: Response, identifier: str, account_id: int, visitor_now: str) -> None:
    """Gives the browser its session, and the sign of who logged in with it (`visitor_now`: its name). How long a
    session lasts is the row's to say; the cookie outlives it at most."""
    value = f"{identifier}.{_mac('session', identifier)}"
    _set(response, session_name(), value, int(identities.WHOLE.total_seconds()))
    _set(response, known_name(), f"{account_id}.{_mac('known', str(account_id), visitor_now)}", VISITOR_LIFE)


def drop_session(response: Response) -> None:
    """Takes the session's cookie back."""
    response.delete_cookie(session_name(), path="/", secure=settings().secure_cookies, httponly=True, samesite="lax")


def been_here(connection: HTTPConnection) -> str | None:
    """The number of the account that logged in with this browser before: it carries our signature of both."""
    account_id, _, signature = connection.cookies.get(known_name(), "").partition(".")
    return account_id if _made_here(signature, "known", account_id, connection.state.visitor) else None


def visitor(connection: HTTPConnection) -> str | None:
    """The browser's random name, where it has a well-formed one."""
    value = connection.cookies.get(visitor_name(), "")
    return (
        value
        if 20 <= len(value) <= 64 and value.isascii() and value.replace("-", "").replace("_", "").isalnum()
        else None
    )


def visitor_header(value: str) -> str:
    """The Set-Cookie line that gives the browser its name."""
    response = Response()
    _set(response, visitor_name(), value, VISITOR_LIFE)
    return response.headers["set-cookie"]


def new_visitor() -> str:
    """A name that nobody guesses."""
    return secrets.token_urlsafe(24)


def csrf_token(connection: HTTPConnection) -> str:
    """For a hidden field of a form: good for this browser only, and different each time, against compression tricks."""
    salt = secrets.token_urlsafe(9)
    return f"{salt}.{_mac('csrf', salt, connection.state.visitor)}"


def csrf_good(connection: HTTPConnection, token: str) -> bool:
    """True when `token` was made for this browser."""
    salt, _, signature = token.partition(".")
    return bool(salt) and _made_here(signature, "csrf", salt, connection.state.visitor)


def _made_here(signature: str, *parts: str) -> bool:
    """Whether one of our keys signed it: while one is being changed there are two."""
    return any(hmac.compare_digest(signature.encode(), _mac(*parts, key=key).encode()) for key in settings().jwt_keys)


def _mac(purpose: str, *parts: str, key: str | None = None) -> str:
    secret = (key or settings().jwt_keys[0]).encode()
    digest = hmac.new(secret, "\0".join(("alta", purpose, *parts)).encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _set(response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=settings().secure_cookies, httponly=True, samesite="lax"
    )
