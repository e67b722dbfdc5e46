"""Passkeys (WebAuthn level 3): enrolled while logged in, then a way in of its own. The only importer of webauthn.

A passkey asks for the person too (fingerprint, face or the device's PIN), so that it is two factors by itself.
"""

import ipaddress
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
import webauthn
from sqlmodel import Session, col, select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from domain import audit, challenges, database, factors
from domain.errors import Conflict, FieldProblem, Invalid, NotFound, NotLoggedIn
from domain.models import Account, Passkey
from domain.models.base import now
from domain.settings import settings

log = structlog.get_logger()
MOST = 10
LONGEST_NAME = 60
REFUSED = "No reconocemos esa llave. Prueba con otra, o entra con tu contraseña."
NEW, ENTER = "passkey_new", "passkey"


@dataclass(frozen=True)
class View:
    """A passkey as its owner sees it."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


def possible() -> bool:
    """False where the service has an address without a name: browsers bind passkeys to names."""
    try:
        ipaddress.ip_address(_place())
    except ValueError:
        return True
    return False


def of(account_id: int) -> list[View]:
    """An account's, the oldest first."""
    with database.reading() as session:
        return [View(row.id, row.name, row.created_at, row.last_used_at) for row in _rows(session, account_id)]


def offer(account_id: int, visitor: str) -> str:
    """What the browser makes a passkey of, as JSON (PublicKeyCredentialCreationOptionsJSON). Raises Conflict."""
    with database.reading() as session:
        account, rows = factors.only_proved(session, account_id), _rows(session, account_id)
    if len(rows) >= MOST:
        raise Conflict(f"Caben {MOST} llaves. Quita una que ya no uses.", code="too_many_keys")
    options = webauthn.generate_registration_options(
        rp_id=_place(),
        rp_name=settings().operator_name,
        user_id=account_id.to_bytes(8, "big"),
        user_name=account.login,
        user_display_name=account.name or account.login,
        challenge=base64url_to_bytes(challenges.make(NEW, visitor, account_id=account_id)),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(row.id)) for row in rows],
    )
    return webauthn.options_to_json(options)


def keep(account_id: int, visitor: str, answer: str, name: str, *, by: str) -> list[str]:
    """Keeps what the browser made; returns recovery codes where it is the first factor. Raises Invalid, NotLoggedIn."""
    title = " ".join(name.split())[:LONGEST_NAME] or "Llave de acceso"
    challenge, credential = _read(answer)
    with database.transaction() as session:
        asked = challenges.take(session, challenge, NEW, visitor)
        if asked.get("account_id") != account_id:
            raise NotLoggedIn(challenges.GONE, code="challenge_gone")
        try:
            made = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=_place(),
                expected_origin=_origin(),
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError) as error:
            raise Invalid([FieldProblem("passkey", "refused", "El navegador no hizo una llave que sirva.")]) from error
        key_id = bytes_to_base64url(made.credential_id)
        if session.get(Passkey, key_id) is not None:
            raise Invalid([FieldProblem("passkey", "known", "Esa llave ya está puesta.")])
        first = not factors.read(session, account_id).any
        session.add(
            Passkey(
                id=key_id, account_id=account_id, name=title,
                public_key=bytes_to_base64url(made.credential_public_key), sign_count=made.sign_count,
            )
        )  # fmt: skip
        audit.record(session, actor=by, action="factor.passkey", target=f"account:{account_id}", name=title)
        factors.tell(session, account_id, f"Tu cuenta tiene una llave de acceso nueva: {title}.")
        return factors.renew_codes(session, account_id) if first else []


def ask(visitor: str, account_id: int | None = None) -> str:
    """What the browser has to prove, as JSON (PublicKeyCredentialRequestOptionsJSON).

    With an account, by one of its passkeys; without, by any that the person chooses, who need not type their name.
    """
    allowed = []
    if account_id is not None:
        with database.reading() as session:
            allowed = [PublicKeyCredentialDescriptor(base64url_to_bytes(row.id)) for row in _rows(session, account_id)]
    options = webauthn.generate_authentication_options(
        rp_id=_place(),
        challenge=base64url_to_bytes(challenges.make(ENTER, visitor, account_id=account_id)),
        allow_credentials=allowed,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def check(answer: str, visitor: str) -> int:
    """The id of the account whose passkey answered. Raises NotLoggedIn."""
    try:
        return _check(answer, visitor)
    except NotLoggedIn as refused:
        log.warning("passkey.refused", code=refused.code)
        raise


def _check(answer: str, visitor: str) -> int:
    challenge, credential = _read(answer)
    with database.transaction() as session:
        asked = challenges.take(session, challenge, ENTER, visitor)
        query = select(Passkey).where(Passkey.id == str(credential.get("id")))
        row = session.exec(query.with_for_update(key_share=True)).one_or_none()
        account = session.get(Account, row.account_id) if row else None
        if row is None or account is None or account.disabled_at is not None:
            raise NotLoggedIn(REFUSED, code="bad_passkey")
        if asked.get("account_id") not in (None, row.account_id):
            raise NotLoggedIn(REFUSED, code="bad_passkey")
        try:
            proved = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=_place(),
                expected_origin=_origin(),
                credential_public_key=base64url_to_bytes(row.public_key),
                credential_current_sign_count=row.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError) as error:
            raise NotLoggedIn(REFUSED, code="bad_passkey") from error
        row.sign_count, row.last_used_at = proved.new_sign_count, now()
        account.last_login_at = now()
        session.add_all([row, account])
        return row.account_id


def remove(account_id: int, passkey_id: str, *, by: str) -> None:
    """It opens nothing any more. Raises NotFound; Conflict where it is the last factor of who must have one."""
    with database.transaction() as session:
        row = session.get(Passkey, passkey_id)
        if row is None or row.account_id != account_id:
            raise NotFound("Esa llave ya no está.")
        session.delete(row)
        session.flush()
        audit.record(session, actor=by, action="factor.passkey_gone", target=f"account:{account_id}", name=row.name)
        factors.tell(session, account_id, f"Tu cuenta ya no tiene la llave de acceso {row.name}.")
        factors.tidy_up(session, account_id)


def _rows(session: Session, account_id: int) -> list[Passkey]:
    query = select(Passkey).where(Passkey.account_id == account_id).order_by(col(Passkey.created_at))
    return list(session.exec(query).all())


def _read(answer: str) -> tuple[str, dict[str, Any]]:
    """The challenge that a browser's answer is about, and the answer. Raises NotLoggedIn for what is neither."""
    try:
        credential = json.loads(answer)
        said = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
        return str(said["challenge"]), credential
    except (ValueError, KeyError, TypeError) as error:
        raise NotLoggedIn(REFUSED, code="bad_passkey") from error


def _place() -> str:
    return urlsplit(settings().app_url).hostname or ""


def _origin() -> str:
    parts = urlsplit(settings().app_url)
    return f"{parts.scheme}://{parts.netloc}"
