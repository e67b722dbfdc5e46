"""Backups as people meet them: who may see, download and restore what; the night's rounds and what they prune."""

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from domain import (
    access,
    accounts,
    api_keys,
    backup_keys,
    backup_rounds,
    backup_store,
    backup_streams,
    backups,
    database,
    metrics,
    support_visits,
)
from domain.models import Backup, Job, LoginSession, Node, Tenant
from domain.models.base import now
from domain.settings import settings
from tests.integration.web_stand import another, browser, log_in, open_session, owner, person

DATA = os.urandom(700_000)


@pytest.fixture(autouse=True)
def _with_store(configured: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("BACKUP_KEY", backup_keys.new())
    monkeypatch.setenv("BACKUP_URL", f"file://{tmp_path}/store")
    settings.cache_clear()
    yield
    settings.cache_clear()


def tenant(subdomain: str) -> Tenant:
    with database.reading() as session:
        return session.exec(select(Tenant).where(Tenant.subdomain == subdomain)).one()


def kept(tenant_id: int, kind: str = "manual", *, days: float = 0, data: bytes = b"x") -> int:
    """A stored backup of `days` ago."""
    with database.transaction() as session:
        row = Backup(tenant_id=tenant_id, kind=kind, created_at=now() - timedelta(days=days))
        session.add(row)
        session.flush()
        row.store_key = f"{tenant_id}/{row.id}.tar.age"
    upload = backup_streams.Upload(backup_store.opened(), row.store_key)
    upload.write(data)
    sealed = upload.finish()
    backups.stored(
        row.id or 0, size=sealed.size, stored_size=sealed.stored_size, sha256=sealed.sha256,
        key_id=backup_keys.key_id(), manifest={},
    )  # fmt: skip
    return row.id or 0


def queued(kind: str) -> list[Job]:
    with database.reading() as session:
        return list(session.exec(select(Job).where(Job.kind == kind).order_by(col(Job.id))).all())


def on_a_node(*subdomains: str) -> None:
    with database.transaction() as session:
        node = Node(name="nodo-b", host="h", key_file="k", known_host="", container=105, http_url="http://h")
        session.add(node)
        session.flush()
        for subdomain in subdomains:
            row = session.exec(select(Tenant).where(Tenant.subdomain == subdomain)).one()
            row.node_id, row.ready_at = node.id, now() - timedelta(days=3)
            session.add(row)


def test_the_owner_downloads_it_whole_or_the_rest_and_nobody_else_does() -> None:
    owner(observed="running")
    owner("otra@luna.do", "luna", observed="running")
    person("vera", staff="viewer")
    backup_id = kept(tenant("sol").id or 0, data=DATA)
    path = f"/api/backups/{backup_id}/download"
    with browser() as client:
        assert client.get(path).status_code == 401
        log_in(client, "marta@sol.do")
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.content == DATA
        assert answer.headers["content-length"] == str(len(DATA))
        assert "sol-" in answer.headers["content-disposition"]
        etag = answer.headers["etag"]
        assert etag == f'"{hashlib.sha256(DATA).hexdigest()}"'
        rest = client.get(path, headers={"Range": "bytes=300000-", "If-Range": etag})
        assert (rest.status_code, rest.content) == (206, DATA[300_000:])
        assert rest.headers["content-range"] == f"bytes 300000-{len(DATA) - 1}/{len(DATA)}"
        other_archive = client.get(path, headers={"Range": "bytes=300000-", "If-Range": '"another"'})
        assert other_archive.content == DATA
        stranger = another(client)
        log_in(stranger, "otra@luna.do")
        assert stranger.get(path).status_code == 404
        assert stranger.get("/api/backups", params={"tenant_id": tenant("sol").id}).status_code == 404
        viewer = another(client)
        log_in(viewer, "vera")
        assert viewer.get(path).status_code == 403
        assert [row["id"] for row in viewer.get("/api/backups", params={"tenant_id": tenant("sol").id}).json()] == [
            backup_id
        ]


def test_staff_take_a_customers_books_only_while_the_customer_lets_them_in() -> None:
    owner(observed="running")
    person("ana", staff="operator")
    sol = tenant("sol")
    path = f"/api/backups/{kept(sol.id or 0, data=DATA)}/download"
    with browser() as client:
        log_in(client, "ana")
        refused = client.get(path)
        assert (refused.status_code, refused.json()["detail"]["code"]) == (403, "no_consent")
        access.give_consent(sol.customer_id, sol.id or 0, 1, by="marta@sol.do")
        assert client.get(path).content == DATA
        access.withdraw_consent(sol.customer_id, sol.id or 0, by="marta@sol.do")
        assert client.get(path).status_code == 403


def test_a_visit_to_one_customer_is_no_way_to_anothers_backups() -> None:
    owner(observed="running")
    owner("otra@luna.do", "luna", observed="running")
    sol, luna = tenant("sol"), tenant("luna")
    ana = person("ana", staff="support")
    own, other = (kept(one.id or 0, data=DATA) for one in (sol, luna))
    for one in (sol, luna):
        access.give_consent(one.customer_id, one.id or 0, 1, by="x", acts=one is sol)
    with browser() as client:
        log_in(client, "ana")
        with database.reading() as session:
            opened = session.exec(select(LoginSession.id).where(LoginSession.account_id == ana.id)).one()
        who = accounts.identity(opened)
        assert who is not None
        support_visits.begin(who, sol.customer_id, "La copia de ayer", by="ana")
        origin = {"Origin": str(client.base_url).rstrip("/")}
        assert client.get(f"/api/backups/{own}/download").content == DATA
        assert client.get(f"/api/backups/{other}/download").status_code == 403
        assert client.post(f"/api/backups/{other}/restore", json={"typed": "luna"}, headers=origin).status_code == 403


def test_a_stolen_session_neither_downloads_nor_restores_and_a_key_for_it_does() -> None:
    boss = owner(observed="running")
    backup_id = kept(tenant("sol").id or 0, data=DATA)
    path = f"/api/backups/{backup_id}"
    with browser() as client:
        log_in(client, "marta@sol.do")
        with database.transaction() as session:
            session.connection().exec_driver_sql("update login_session set proved_at = now() - interval '1 hour'")
        refused = client.get(f"{path}/download")
        assert (refused.status_code, refused.json()["detail"]["code"]) == (403, "proof_needed")
        origin = {"Origin": str(client.base_url).rstrip("/")}
        assert client.post(f"{path}/restore", json={"typed": "sol"}, headers=origin).status_code == 403
        who = accounts.identity(open_session(boss.id or 0))
        assert who is not None
        for scope, status in (("odoo.manage", 404), ("backups.take", 200)):
            key = api_keys.make(who, who.customer_id, "copias", [scope], "30", by="x")
            answer = another(client).get(f"{path}/download", headers={"Authorization": f"Bearer {key}"})
            assert answer.status_code == status


def test_a_store_without_the_object_says_so_instead_of_a_short_file(tmp_path: Path) -> None:
    owner(observed="running")
    backup_id = kept(tenant("sol").id or 0)
    for file in (tmp_path / "store").rglob("*.age"):
        file.unlink()
    with browser() as client:
        log_in(client, "marta@sol.do")
        answer = client.get(f"/api/backups/{backup_id}/download")
    assert (answer.status_code, answer.json()["detail"]["code"]) == (503, "store_missing")


def test_made_and_restored_by_the_owner_with_the_name_typed() -> None:
    owner(observed="running")
    backup_id = kept(tenant("sol").id or 0)
    with browser() as client:
        log_in(client, "marta@sol.do")
        origin = {"Origin": str(client.base_url).rstrip("/")}
        wrong = client.post(f"/api/backups/{backup_id}/restore", json={"typed": "luna"}, headers=origin)
        assert wrong.status_code == 422
        right = client.post(f"/api/backups/{backup_id}/restore", json={"typed": "sol"}, headers=origin)
        assert right.status_code == 202, right.text
        assert queued("backup_tenant")[0].args["then_restore"] == backup_id
        again = client.post("/api/backups", json={"tenant_id": tenant("sol").id}, headers=origin)
        assert again.status_code == 409


def test_without_a_key_no_backup_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    owner(observed="running")
    monkeypatch.setenv("BACKUP_KEY", "")
    with browser() as client:
        log_in(client, "marta@sol.do")
        origin = {"Origin": str(client.base_url).rstrip("/")}
        answer = client.post("/api/backups", json={"tenant_id": tenant("sol").id}, headers=origin)
    assert (answer.status_code, answer.json()["detail"]["code"]) == (503, "backups_off")
    assert backup_rounds.make_due() == 0


def test_each_tenant_is_due_once_a_night_and_a_node_has_few_at_once() -> None:
    names = ["sol", "luna", "mar"]
    for name in names:
        owner(f"{name}@x.do", name, observed="running")
    on_a_node(*names)
    assert backup_rounds.make_due() == 2
    assert backup_rounds.make_due() == 0, "the node has its two"
    with database.transaction() as session:
        for job in session.exec(select(Job)).all():
            job.status = "succeeded"
            session.add(job)
    assert backup_rounds.make_due() == 1
    with database.transaction() as session:
        for job in session.exec(select(Job)).all():
            job.status = "succeeded"
            session.add(job)
    assert backup_rounds.make_due() == 0, "all have theirs"
    assert backup_rounds.make_due(now() + timedelta(days=1)) == 2


def test_a_sample_is_proven_each_night_the_longest_unproven_first() -> None:
    for name in ("sol", "luna"):
        owner(f"{name}@x.do", name, observed="running")
    on_a_node("sol", "luna")
    first, second = kept(tenant("sol").id or 0), kept(tenant("luna").id or 0)
    with database.transaction() as session:
        row = session.get_one(Backup, first)
        row.proof, row.proven_at = "passed", now() - timedelta(days=2)
        session.add(row)
    assert backup_rounds.prove_sample()
    assert [job.args["backup_id"] for job in queued("prove_backup")] == [second]
    assert not backup_rounds.prove_sample(), "one of two tenants is the night's sample"
    with database.transaction() as session:
        row = session.get_one(Backup, second)
        row.proof, row.proven_at = "passed", now()
        session.add(row)
    assert backup_rounds.prove_sample(now() + timedelta(days=1))
    assert [job.args["backup_id"] for job in queued("prove_backup")] == [second, first]


def test_old_ones_leave_the_store_and_what_is_kept_stays(tmp_path: Path) -> None:
    owner(observed="running")
    sol = tenant("sol").id or 0
    nights = {day: kept(sol, "scheduled", days=day) for day in range(20)}
    asked_long_ago, asked = kept(sol, "manual", days=91), kept(sol, "manual", days=89)
    gone = backup_rounds.prune()
    with database.reading() as session:
        left = set(session.exec(select(Backup.id).where(Backup.state == "stored")).all())
    assert {nights[day] for day in range(7)} <= left
    assert nights[8] not in left or nights[9] not in left
    assert (asked in left, asked_long_ago in left) == (True, False)
    assert len(list((tmp_path / "store").rglob("*.age"))) == len(left) == 22 - gone
    assert backup_rounds.prune() == 0


def test_figures_and_what_needs_attention() -> None:
    owner(observed="running")
    backup_id = kept(tenant("sol").id or 0, data=b"x" * 1000)
    with database.transaction() as session:
        row = session.get_one(Backup, backup_id)
        row.proof, row.proven_at, row.proof_note = "failed", now(), "res_partner"
        session.add(row)
    figures: metrics.Snapshot = metrics.snapshot.__wrapped__()  # type: ignore[attr-defined]
    assert (figures.backups.stored, figures.backups.bytes, figures.backups.disproven) == (1, 1000, 1)
    assert "backups_disproven" in {concern.code for concern in figures.attention}


def test_the_pages_have_their_section() -> None:
    owner(observed="running", requested_at=now(), ready_at=now())
    person("ana", staff="operator")
    kept(tenant("sol").id or 0)
    with browser() as client:
        log_in(client, "marta@sol.do")
        page = client.get("/tenant/portal").text
        assert "Copias de seguridad" in page
        assert "Descargar" in page
        staff = another(client)
        log_in(staff, "ana")
        assert "Copias de seguridad" in staff.get(f"/admin/tenants/{tenant('sol').id}").text
