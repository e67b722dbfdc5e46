"""A process that dies at a chosen moment: before its n-th statement, or with Stripe's n-th answer in hand."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from domain import database, stripe_gateway

_doomed = threading.local()


class Killed(BaseException):
    """No handler of ours may catch it: whoever is killed writes nothing down."""


def _count(what: str) -> None:
    left: int | None = getattr(_doomed, what, None)
    if left is None:
        return
    setattr(_doomed, what, left - 1)
    if left <= 1:
        setattr(_doomed, what, None)
        raise Killed


def _statement(connection: Any, *_: Any) -> None:
    try:
        _count("statements")
    except Killed:
        connection.invalidate()  # the server sees the connection go, and takes the transaction back
        raise


@contextmanager
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Inside, `killed` can kill."""
    ask: Callable[..., Any] = stripe_gateway._Patient.request_with_retries

    def answered(*args: Any, **kwargs: Any) -> Any:
        answer = ask(*args, **kwargs)
        _count("answers")
        return answer

    monkeypatch.setattr(stripe_gateway._Patient, "request_with_retries", answered)
    engine = database.engine()
    event.listen(engine, "before_cursor_execute", _statement)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", _statement)


def killed(act: Callable[[], object], *, statements: int | None = None, answers: int | None = None) -> bool:
    """Does `act` in this thread until its end or until it is killed; True: it was."""
    _doomed.statements, _doomed.answers = statements, answers
    try:
        act()
    except Killed:
        return True
    finally:
        _doomed.statements = _doomed.answers = None
    return False
