"""What the tests of the web application share: the whole application on a fresh database, and people who log in."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from fastapi import FastAPI
from sqlmodel import Session
from starlette.testclient import TestClient

from domain import accounts, audit, database, invitations, passwords, sessions, team
from domain.models import Account, Customer, Tenant
from domain.models.base import now
from domain.settings import settings

WORDS = "mango tren lluvia"  # everybody's password here


@lru_cache
def application() -> FastAPI:
    """One a process, as in production; each test runs its lifespan on its own database."""
    from ui.app import create_app

    return create_app()


@contextmanager
def browser(**options: Any) -> Iterator[TestClient]:
    """A client with cookies of its own, at the application's own address, which follows no redirect by itself."""
    settings.cache_clear()
    with TestClient(application(), base_url=settings().app_url, follow_redirects=False, **options) as client:
        yield client


def another(client: TestClient) -> TestClient:
    """A second browser on the running application."""
    return TestClient(client.app, base_url=str(client.base_url), follow_redirects=False)


def hidden(page: str, name: str = "csrf") -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


def post(client: TestClient, path: str, fields: dict[str, str], page: str | None = None) -> Any:
    """Sends the form of `page` (or of `path`), as a browser does: with its token and its origin."""
    shown = client.get(page or path)
    data = {"csrf": hidden(shown.text), **fields}
    return client.post(path, data=data, headers={"Origin": str(client.base_url).rstrip("/")})


def log_in(client: TestClient, login: str, password: str = WORDS, **fields: str) -> Any:
    """The login form, filled in and sent."""
    return post(client, "/login", {"username": login, "password": password, **fields})


def open_session(account_id: int, *, address: str = "", agent: str = "", kind: str = "page") -> str:
    """A login that is open, as after one factor; returns its id."""
    with database.transaction() as session:
        account = session.get_one(Account, account_id)
        audit.record(session, actor=account.login, action="login", target=f"account:{account_id}")
        return sessions.begin(session, account_id, address=address, agent=agent, kind=kind).id


@lru_cache
def digest() -> str:
    """The digest of WORDS; hashing once is enough."""
    return passwords.digest(WORDS)


def person(login: str, *, staff: str | None = None, password: bool = True, **more: Any) -> Account:
    """An account."""
    with database.transaction() as session:
        account = Account(login=login, staff_role=staff, password_hash=digest() if password else None, **more)
        session.add(account)
        return account


def customer(session: Session, email: str = "marta@sol.do", subdomain: str = "sol", **tenant: Any) -> Customer:
    """A customer with one tenant."""
    row = Customer(company="Panadería Sol", full_name="Marta Jiménez", email=email, country="DO")
    session.add(row)
    session.flush()
    session.add(Tenant(customer_id=row.id or 0, subdomain=subdomain, **tenant))
    session.flush()
    return row


def prove(account: Account) -> Account:
    """The address is theirs, as after a link from a letter."""
    with database.transaction() as session:
        row = session.get_one(Account, account.id)
        row.verified_at = now()
        session.add(row)
        return row


def owner(email: str = "marta@sol.do", subdomain: str = "sol", *, password: bool = True, **tenant: Any) -> Account:
    """A customer with one tenant, and their account."""
    with database.transaction() as session:
        account = accounts.ensure_owner(session, customer(session, email, subdomain, **tenant))
        account.password_hash = digest() if password else None
        session.add(account)
        return account


def joined(customer_id: int, email: str, role: str) -> Account:
    """Somebody whom the owner invited, who proved their address and accepted."""
    team.invite(customer_id, email, role, by="marta@sol.do")
    with database.transaction() as session:
        account = accounts.ensure(session, email, "")
        account.verified_at = account.verified_at or now()
        session.add(account)
    invitations.accept(account.id or 0, customer_id, by=account.login)
    return account
