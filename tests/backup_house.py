"""Workers that make backups: a key, a store in a directory, and what tests ask of both."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from domain import backup_keys, backups, database, tenants
from domain.models import Backup, Job
from domain.settings import settings
from tests.house import House, order


def with_store(house: House, monkeypatch: pytest.MonkeyPatch, folder: Path, **more: str) -> None:
    """This process and the house's workers keep backups in `folder`, or where `more` says."""
    values = {"BACKUP_KEY": backup_keys.new(), "BACKUP_URL": f"file://{folder}", **more}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    house.env.update(values)
    settings.cache_clear()


def running(house: House, subdomain: str) -> int:
    """A tenant of that name, made; its id."""
    tenant_id, job_id = order(subdomain)
    assert house.wait(job_id).status == "succeeded", house.job(job_id).error
    return tenant_id


def ask(tenant_id: int, act: Callable[..., Any], *args: Any, **words: Any) -> None:
    """One act on a tenant in a transaction of its own."""
    with database.transaction() as session:
        act(session, tenants.locked(session, tenant_id), *args, **words)


def backup(tenant_id: int, kind: str = "manual") -> int:
    """Asks for a backup; its job's id."""
    ask(tenant_id, backups.ask, kind, by="ana")
    return newest_job(tenant_id, "backup_tenant")


def newest_job(tenant_id: int, kind: str) -> int:
    """The newest job of that kind, 0 where there is none."""
    with database.reading() as session:
        query = select(Job.id).where(Job.tenant_id == tenant_id, Job.kind == kind).order_by(col(Job.id).desc())
        return session.exec(query).first() or 0


def of_job(job_id: int) -> Backup:
    """The backup that a job made."""
    with database.reading() as session:
        return session.exec(select(Backup).where(Backup.job_id == job_id)).one()
