"""What a buyer sees on /success: from rows only, early, late, twice, and when the webhook was lost."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import col, update

from domain import billing, database, jobs, journal, signup, tenants
from domain.job_kinds import KINDS
from domain.models import Job, Subscription, Tenant
from domain.models.base import now
from domain.sandbox.server import StripeSandbox
from domain.states import JobStatus, TenantState
from tests.integration.signup_stand import form, open_counter, order, pay, rows
from tests.integration.stripe_stand import until

PHRASES = [step.phrase for step in KINDS["create_tenant"].steps if step.phrase]


@pytest.fixture
def stripe(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeSandbox]:
    """The stand-in, with the catalogue published."""
    with open_counter(monkeypatch) as sandbox:
        yield sandbox


@pytest.fixture
def paid(stripe: StripeSandbox) -> signup.Placed:
    """An order that is paid, and of which we know."""
    placed = signup.place(form(), "k1")
    pay(placed)
    assert billing.look_again(placed.checkout_session_id)
    return placed


def see(placed: signup.Placed) -> signup.Progress:
    return signup.progress(placed.checkout_session_id)


def _job() -> int:
    (job,) = rows(Job)
    return int(job.id)


def _older(seconds: float) -> None:
    with database.transaction() as session:
        session.execute(
            update(Subscription).values(created_at=col(Subscription.created_at) - timedelta(seconds=seconds))
        )


@pytest.mark.parametrize("page", ["", "cs_test_nothing", "x" * 500, "cs\x00", "' or 1=1 --"])
def test_an_unknown_page_is_unknown(stripe: StripeSandbox, page: str) -> None:
    assert signup.progress(page).state == "unknown"


def test_opened_before_the_webhook_it_confirms_the_payment(stripe: StripeSandbox) -> None:
    seen = see(signup.place(form(), "k1"))
    assert (seen.state, seen.subdomain, seen.url) == ("paying", "panaderia-sol", "http://panaderia-sol.localhost")
    assert (seen.company, seen.email) == ("Panadería Sol, S.R.L.", "marta@panaderiasol.do")
    assert [step.phrase for step in seen.steps] == ["Pago confirmado", *PHRASES]
    assert [step.status for step in seen.steps] == ["running", *["todo"] * len(PHRASES)]


def test_a_lost_webhook_is_made_up_for_by_looking(stripe: StripeSandbox) -> None:
    placed = signup.place(form(), "k1")
    pay(placed)
    assert see(placed).state == "paying"
    assert order(placed).activated_at is None
    _older(11)
    see(placed)
    until(lambda: see(placed).state == "working")
    assert order(placed).activated_at is not None


def test_a_page_that_nobody_paid_says_so_and_where_to_pay(stripe: StripeSandbox) -> None:
    placed = signup.place(form(), "k1")
    _older(11)
    see(placed)
    until(lambda: see(placed).state == "unpaid")
    assert see(placed).checkout_url == placed.checkout_url


def test_steps_come_with_their_own_times(paid: signup.Placed) -> None:
    seen = see(paid)
    assert (seen.state, seen.steps[0].status, seen.job_id) == ("working", "done", _job())
    begun = now()
    journal.append(_job(), journal.Batch(steps=[(begun, "check_name"), (begun + timedelta(seconds=0.2), "clone")]))
    first, second, third = see(paid).steps[1:4]
    assert first.status == "done"
    assert first.seconds == pytest.approx(0.2)
    assert (second.status, second.seconds, third.status) == ("running", None, "todo")


def test_ready_has_every_step_done_and_asks_for_a_password(paid: signup.Placed) -> None:
    jobs.begin(_job())
    with database.transaction() as session:
        tenant = tenants.locked(session, rows(Tenant)[0].id)
        tenants.observe(session, tenant, TenantState.CREATING)
        tenants.observe(session, tenant, TenantState.RUNNING)
        jobs.finish(session, _job(), JobStatus.SUCCEEDED)
    for _ in range(2):
        seen = see(paid)
        assert seen.state == "ready"
        assert {step.status for step in seen.steps} == {"done"}
        assert seen.password_needed
        assert seen.customer_id == paid.customer_id


def test_a_job_that_waits_says_why(paid: signup.Placed) -> None:
    jobs.begin(_job())
    jobs.hold(_job(), "El servidor no responde; seguimos intentándolo.", attempt=1)
    seen = see(paid)
    assert (seen.state, seen.message) == ("waiting", "El servidor no responde; seguimos intentándolo.")


def test_a_failure_says_what_happens_next(paid: signup.Placed) -> None:
    jobs.begin(_job())
    journal.append(_job(), journal.Batch(steps=[(now(), "clone")]))
    with database.transaction() as session:
        jobs.finish(session, _job(), JobStatus.FAILED, error="disco lleno")
    seen = see(paid)
    assert seen.state == "failed"
    assert "marta@panaderiasol.do" in (seen.message or "")
    assert "disco lleno" not in (seen.message or "")
    assert "failed" in [step.status for step in seen.steps]
