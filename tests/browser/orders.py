"""Orders as a test needs them: placed for real, then moved on by the functions that the webhook and the worker call."""

import uuid
from datetime import datetime

from sqlmodel import col, select

from domain import accounts, database, jobs, signup, tenants
from domain.job_kinds import KINDS
from domain.models import Customer, Job, JobStep, Subscription, Tenant
from domain.models.base import now
from domain.states import JobStatus, StepStatus, TenantState


def form(**changes: object) -> signup.OrderForm:
    """A form that may be placed, with a name and an address of its own."""
    word = uuid.uuid4().hex[:8]
    answers = {
        "company": "Panadería Sol, S.R.L.", "full_name": "Marta Jiménez", "email": f"marta-{word}@panaderiasol.do",
        "subdomain": f"sol-{word}", "plan": "pyme", "interval": "month", "country": "DO", "tax_id": "131246796",
        "accept_terms": True,
    }  # fmt: skip
    return signup.OrderForm.model_validate({**answers, **changes})


class Order:
    """One order, from Stripe's page to the ready Odoo, one call a stage."""

    def __init__(self, given: signup.OrderForm | None = None) -> None:
        self.form = given or form()
        self.placed = signup.place(self.form, f"form:{uuid.uuid4().hex}")
        self.job_id = 0

    @property
    def session_id(self) -> str:
        return self.placed.checkout_session_id

    def pay(self) -> None:
        """What the webhook commits: the subscription active, the owner's account, the job."""
        with database.transaction() as session:
            row = session.exec(select(Subscription).where(Subscription.checkout_session_id == self.session_id)).one()
            tenant = tenants.locked(session, row.tenant_id)
            row.status, row.stripe_status = "active", "active"
            row.paid_at = row.activated_at = row.synced_at = tenant.requested_at = now()
            session.add(row)
            accounts.ensure_owner(session, session.get_one(Customer, row.customer_id))
            self.job_id = jobs.defer(session, "create_tenant", tenant=tenant, requested_by="prueba").id or 0
            database.notify(session, f"tenant:{tenant.id}")

    def work(self, *done: str, now_at: str | None = None) -> None:
        """What the worker writes: the job runs, these steps are done, that one is on its way."""
        names = [step.name for step in KINDS["create_tenant"].steps]
        with database.transaction() as session:
            job = session.get_one(Job, self.job_id)
            job.status, job.waiting_reason = JobStatus.RUNNING.value, None
            session.add(job)
            for name in (*done, *([now_at] if now_at else [])):
                step = session.get(JobStep, (self.job_id, name)) or JobStep(
                    job_id=self.job_id, name=name, position=names.index(name)
                )
                finished: datetime | None = now() if name in done else None
                step.status = (StepStatus.DONE if finished else StepStatus.RUNNING).value
                step.finished_at = finished
                session.add(step)
            database.notify(session, f"job:{self.job_id}")

    def wait(self, reason: str) -> None:
        """The node does not answer: the job waits."""
        with database.transaction() as session:
            job = session.get_one(Job, self.job_id)
            job.status, job.waiting_reason = JobStatus.QUEUED.value, reason
            session.add(job)
            database.notify(session, f"job:{self.job_id}")

    def fail(self) -> None:
        """The script ended badly."""
        with database.transaction() as session:
            jobs.finish(session, self.job_id, JobStatus.FAILED, error="El programa terminó con el código 1.")

    def finish(self) -> None:
        """Everything is done and its first page was served."""
        self.work(*(step.name for step in KINDS["create_tenant"].steps))
        with database.transaction() as session:
            tenant = session.exec(
                select(Tenant).join(Job, col(Job.tenant_id) == Tenant.id).where(Job.id == self.job_id)
            ).one()
            tenants.observe(session, tenant, TenantState.CREATING.value)
            tenants.observe(session, tenant, TenantState.RUNNING.value)
            jobs.finish(session, self.job_id, JobStatus.SUCCEEDED)
