"""What went wrong quietly: a payment that made nothing, one order that holds up the others, letters nobody tries."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlmodel import Session, col, select

from domain import (
    attention,
    billing,
    checkout,
    database,
    housekeeping,
    jobs,
    letters,
    new_passwords,
    signup,
    tenants,
    throttle,
)
from domain.errors import TooMany
from domain.models import Account, Job, Letter, Subscription, Tenant
from domain.models.base import now
from domain.sandbox.mail import MailCatcher
from domain.sandbox.server import StripeSandbox
from domain.settings import settings
from tests.integration import web_stand
from tests.integration.signup_stand import form, holders, open_counter, order, pay


@pytest.fixture
def stripe(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeSandbox]:
    """The stand-in, with the catalogue published."""
    with open_counter(monkeypatch) as sandbox:
        yield sandbox


def concerns() -> dict[str, attention.Concern]:
    with database.reading() as session:
        return {one.code: one for one in attention.concerns(session)}


def test_who_paid_for_a_lost_name_is_not_told_that_nothing_was_charged(stripe: StripeSandbox) -> None:
    first = signup.place(form(), "k1")
    with database.transaction() as session:
        session.execute(update(Tenant).values(released_at=now()))
    signup.place(form(email="otra@luna.do"), "k2")
    pay(first)
    assert not billing.look_again(first.checkout_session_id)
    seen = signup.progress(first.checkout_session_id)
    assert (seen.state, "a salvo" in (seen.message or "")) == ("failed", True)
    told = concerns()["paid_for_nothing"]
    assert told.reason == "1 pedido se pagó y no tiene instancia."
    assert told.link == f"/admin/tenants/{order(first).tenant_id}"


def test_one_order_that_cannot_be_judged_does_not_keep_the_others_names(
    stripe: StripeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = signup.place(form(), "k1")
    signup.place(form(subdomain="segunda", email="x@luna.do"), "k2")
    with database.transaction() as session:
        for minutes, row in enumerate(session.exec(select(Subscription).order_by(col(Subscription.id).desc())).all()):
            row.checkout_expires_at = now() - timedelta(minutes=minutes + 1)
    whole = checkout.look

    def look(row: Subscription) -> object:
        if row.checkout_session_id == bad.checkout_session_id:
            raise KeyError("payment_status")
        found = whole(row)
        assert found is not None
        return None  # Stripe knows nothing of the other any more

    monkeypatch.setattr(checkout, "look", look)
    assert signup.expire_reservations() == 1
    assert (len(holders("panaderia-sol")), len(holders("segunda"))) == (1, 0)


def test_names_are_not_taken_by_the_thousand(stripe: StripeSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signup, "ORDERS", throttle.Limit("checkout", tries=2, seconds=600))
    for number in range(2):
        signup.order(form(subdomain=f"nombre-{number}"), f"k{number}", "203.0.113.7")
    with pytest.raises(TooMany):
        signup.order(form(subdomain="uno-mas"), "k2", "203.0.113.7")
    assert holders("uno-mas") == []
    signup.order(form(subdomain="uno-mas"), "k3", "198.51.100.7")


def waiting(session: Session) -> bool:
    query = "select exists (select from pg_locks where not granted)"
    return bool(session.execute(text(query)).scalar_one())


def test_a_password_is_set_while_a_worker_ends_the_owners_job(configured: str) -> None:
    account = web_stand.owner()
    setting = threading.Thread(target=new_passwords.set_password, args=(account.id or 0, "una clave muy propia"))
    with database.transaction() as session:
        tenants.locked(session, session.exec(select(Tenant.id)).one() or 0)  # as a worker: the tenant first
        setting.start()
        deadline = time.monotonic() + 20
        with database.reading() as other:
            while not waiting(other) and time.monotonic() < deadline:
                time.sleep(0.02)
                other.rollback()
            assert waiting(other)
        session.exec(select(Account).with_for_update(key_share=True, nowait=True)).one()  # and then the owner
    setting.join(20)
    with database.reading() as session:
        assert session.exec(select(Tenant.odoo_password_hash)).one()


def test_moments_are_utc_whatever_zone_the_server_keeps(configured: str) -> None:
    with database.transaction() as session:
        name = session.execute(text("select current_database()")).scalar_one()
        session.execute(text(f"alter database \"{name}\" set timezone = 'America/Bogota'"))
    database.configure(configured)
    with database.reading() as session:
        assert session.execute(text("select timestamptz '2026-11-24 14:03:22Z'")).scalar_one().hour == 14


def test_a_failed_job_of_a_tenant_that_has_ended_is_settled(configured: str) -> None:
    web_stand.owner(observed="broken")
    with database.transaction() as session:
        session.add(Job(kind="create_tenant", tenant_id=session.exec(select(Tenant.id)).one(), status="failed"))
    assert "jobs_failed" in concerns()
    with database.transaction() as session:
        session.execute(update(Tenant).values(observed="archived"))
    assert "jobs_failed" not in concerns()


def old_letter(to: str) -> int:
    """A letter of half an hour ago, which the queue knows nothing of."""
    with database.transaction() as session:
        letter_id = letters.write(session, "password", to, account=session.exec(select(Account)).first())
        session.execute(text("delete from procrastinate_jobs"))
        session.execute(update(Letter).values(created_at=now() - timedelta(minutes=30)))
    assert letter_id
    return letter_id


def test_a_letter_that_the_queue_lost_is_sent_and_a_refused_one_is_not_tried_again(
    configured: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    web_stand.person("marta@sol.do")
    catcher = MailCatcher().start()
    try:
        monkeypatch.setenv("SMTP_URL", catcher.smtp_url)
        settings.cache_clear()
        letters.send(old_letter("no es una dirección"))
        assert housekeeping.resend_letters() == 0
        lost = old_letter("marta@sol.do")
        assert housekeeping.resend_letters() == 1
        letters.send(lost)
        assert housekeeping.resend_letters() == 0
    finally:
        catcher.stop()


@pytest.mark.parametrize("path", ["/api/tenants?page={}&search=a", "/api/tenants?page={}", "/admin/jobs/{}"])
def test_numbers_beyond_any_row_are_not_our_fault(configured: str, path: str) -> None:
    web_stand.owner()
    with database.transaction() as session:
        jobs.defer(session, "create_tenant", tenant=session.exec(select(Tenant)).one())
    web_stand.person("ana@alta.do", staff="viewer")
    with web_stand.browser() as client:
        web_stand.log_in(client, "ana@alta.do")
        assert client.get(path.format(10**30)).status_code < 500
