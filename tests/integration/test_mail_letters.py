"""Letters from the outbox to a real mail server: once, with links that work, again after a failure."""

import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import select

from domain import database, letters, new_passwords
from domain.errors import Unavailable
from domain.models import Account, Letter, OneTimeToken, Tenant
from domain.sandbox.mail import MailCatcher
from domain.settings import settings
from tests.integration.web_stand import owner


@pytest.fixture
def catcher(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailCatcher]:
    started = MailCatcher().start()
    monkeypatch.setenv("SMTP_URL", started.smtp_url)
    settings.cache_clear()
    yield started
    started.stop()


def _write(kind: Any = "welcome", account: Account | None = None, to: str = "marta@sol.do", **more: Any) -> int | None:
    with database.transaction() as session:
        tenant = session.exec(select(Tenant)).first()
        args = {"tenant_id": tenant.id} if tenant else {}
        return letters.write(session, kind, to, args, account=account, **more)


def _row(letter_id: int | None) -> Letter:
    with database.reading() as session:
        return session.get_one(Letter, letter_id)


def test_the_welcome_arrives_with_a_link_that_sets_the_password(catcher: MailCatcher) -> None:
    letter_id = _write(account=owner(password=False))
    assert letter_id is not None
    letters.send(letter_id)
    [letter] = catcher.wait("marta@sol.do", count=1)
    assert letter["subject"] == "El Odoo de Panadería Sol está listo"
    assert "https://sol.localhost" in letter["text"] or "http://sol.localhost" in letter["text"]
    found = re.search(r"/password\?token=([\w-]+)", letter["text"])
    assert found
    assert found[1] in letter["html"]
    assert new_passwords.choose_password(found[1], "una clave muy propia")
    assert _row(letter_id).sent_at is not None
    assert found[1] not in str(_row(letter_id).model_dump())


def test_the_row_and_its_work_are_in_one_commit(catcher: MailCatcher) -> None:
    def queued() -> int:
        with database.reading() as session:
            return int(
                session.execute(
                    text("select count(*) from procrastinate_jobs where task_name = 'alta.send_letter'")
                ).scalar_one()
            )

    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        letters.write(session, "welcome", "marta@sol.do")
        _ = 1 / 0
    assert queued() == 0
    _write()
    assert queued() == 1


def test_an_occasion_has_one_letter_however_often_it_is_told(catcher: MailCatcher) -> None:
    owner()
    with ThreadPoolExecutor(5) as pool:
        made = list(pool.map(lambda _: _write(once="welcome:tenant:1"), range(5)))
    assert sorted(one is None for one in made) == [False] + [True] * 4


def test_a_letter_sent_by_many_workers_at_once_arrives_once(
    catcher: MailCatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter_id = _write(account=owner()) or 0
    together, prepare = threading.Barrier(5), letters._prepare

    def prepared(number: int) -> Any:
        found = prepare(number)
        together.wait(20)  # everyone has read that it is not sent
        return found

    monkeypatch.setattr(letters, "_prepare", prepared)
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(letters.send, [letter_id] * 5))
    assert len(catcher.messages()) == 1
    monkeypatch.setattr(letters, "_prepare", prepare)
    letters.send(letter_id)
    assert len(catcher.messages()) == 1


def test_a_busy_server_is_tried_again_and_the_row_says_why(catcher: MailCatcher) -> None:
    letter_id = _write(account=owner(password=False)) or 0
    catcher.reject(1)
    with pytest.raises(Unavailable):
        letters.send(letter_id)
    row = _row(letter_id)
    assert (row.sent_at, row.attempts) == (None, 1)
    assert "451" in (row.error or "")
    letters.send(letter_id)
    row = _row(letter_id)
    assert (row.error, row.attempts) == (None, 2)
    [letter] = catcher.messages()
    token = re.search(r"token=([\w-]+)", letter["text"])
    assert token
    assert new_passwords.link_login(token[1]) == "marta@sol.do"


def test_no_server_is_a_failure_that_passes(configured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    letter_id = _write(account=owner()) or 0
    with socket.socket() as taken:  # bound, not listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{taken.getsockname()[1]}")
        settings.cache_clear()
        with pytest.raises(Unavailable):
            letters.send(letter_id)
    monkeypatch.setenv("SMTP_URL", "")
    settings.cache_clear()
    with pytest.raises(Unavailable):
        letters.send(letter_id)
    assert _row(letter_id).error == "SMTP_URL no está configurado."


@pytest.mark.parametrize("to", ["a@b.co\r\nBcc: c@d.co", "sin-arroba", "'; drop table letter; --"])
def test_an_address_that_is_none_ends_there(catcher: MailCatcher, to: str) -> None:
    owner()
    letter_id = _write("delayed", to=to) or 0
    letters.send(letter_id)
    row = _row(letter_id)
    assert row.sent_at is None
    assert row.error == "La dirección de correo no es válida."
    assert catcher.messages() == []


@pytest.mark.parametrize("kind", ["delayed", "failed"])
def test_bad_news_carries_no_link_and_makes_none(catcher: MailCatcher, kind: str) -> None:
    owner(password=False)
    letters.send(_write(kind) or 0)
    [letter] = catcher.messages("marta@sol.do")
    assert "password" not in letter["text"]
    with database.reading() as session:
        assert session.exec(select(OneTimeToken)).all() == []


def test_a_letter_that_is_not_there_is_no_error(configured: str) -> None:
    letters.send(999_999)
