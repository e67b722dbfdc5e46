"""Backups by real workers: made, restored, proven; what dies, fills up, goes away or lies costs nothing but time."""

import signal
from pathlib import Path

import pytest

from domain import backup_keys, backup_store, backup_streams, backups, jobs, tenant_actions
from domain.errors import Conflict
from domain.settings import settings
from tests.backup_house import ask, backup, newest_job, of_job, running, with_store
from tests.house import House, house, node, until  # noqa: F401 - fixtures
from tests.s3 import S3, s3_server  # noqa: F401 - fixture

pytestmark = pytest.mark.chaos
COMPANY = "select name from res_company order by id limit 1"
QUICK = {"STALLED_AFTER": "3"}


@pytest.fixture(name="kept")
def _kept(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:  # noqa: F811
    folder = tmp_path / "store"
    with_store(house, monkeypatch, folder)
    return folder


def rename(house: House, subdomain: str) -> None:  # noqa: F811
    house.changed(subdomain, "update res_company set name = 'Otra cosa' where id = 1")


def on_node(house: House, *job_ids: int) -> list[str]:  # noqa: F811
    """What these jobs left on the node."""
    state = Path(house.node["state"])
    tickets = [jobs.ticket(house.job(job_id)) for job_id in job_ids]
    left = [*state.glob("alta/backups/*"), *state.glob("filestore/*"), *state.glob("filestore/.*")]
    return [path.name for path in left if path.name.endswith(tuple(tickets)) and not path.name.startswith("archived-")]


def test_made_restored_and_proven(house: House, kept: Path) -> None:  # noqa: F811
    house.worker()
    tenant_id = running(house, "copiada")
    first = backup(tenant_id)
    assert house.wait(first).status == "succeeded", house.job(first).error
    made = of_job(first)
    assert (made.state, made.kind, made.proof) == ("stored", "manual", None)
    assert made.key_id == backup_keys.key_id()
    assert made.manifest["records"]["res_users"] == 3
    files = [path for path in kept.rglob("*") if path.is_file()]
    assert [str(path.relative_to(kept)) for path in files] == [made.store_key]
    assert files[0].stat().st_size == made.stored_size
    assert on_node(house, first) == []

    rename(house, "copiada")
    ask(tenant_id, backups.ask_restore, made.id, typed="copiada", by="ana")
    before = newest_job(tenant_id, "backup_tenant")
    assert before != first
    assert house.wait(before).status == "succeeded"
    restoring = until(lambda: newest_job(tenant_id, "restore_tenant"), 10)
    assert house.wait(restoring).status == "succeeded", house.job(restoring).error
    assert house.asked("copiada", COMPANY) == ("Ferretería Sol",)
    assert of_job(before).kind == "before_restore"
    assert house.databases("copiada") == 2, "what was there is kept"
    assert house.page("copiada") == 200
    assert house.steps(restoring)["first_page"] == "done"

    ask(tenant_id, backups.ask_proof, made)
    proving = newest_job(tenant_id, "prove_backup")
    assert house.wait(proving).status == "succeeded", house.job(proving).error
    proven = of_job(first)
    assert (proven.proof, proven.proof_note) == ("passed", None)
    assert any("GET /web/login · 200" in line for line in house.lines(proving))
    assert on_node(house, first, before, restoring, proving) == []

    assert house.wait(backup(tenant_id)).status == "succeeded"
    assert house.databases("copiada") == 1, "a newer backup is safe"


def test_a_tenant_is_archived_after_its_last_backup(house: House, kept: Path) -> None:  # noqa: F811
    house.worker()
    tenant_id = running(house, "despedida")
    tenant_actions.perform(tenant_id, "archive", by="ana", typed="despedida")
    last = newest_job(tenant_id, "backup_tenant")
    assert not newest_job(tenant_id, "archive_tenant")
    assert house.wait(last).status == "succeeded"
    archiving = until(lambda: newest_job(tenant_id, "archive_tenant"), 10)
    assert house.wait(archiving).status == "succeeded"
    assert of_job(last).kind == "before_archive"
    assert house.tenant(tenant_id).observed == "archived"


@pytest.mark.timeout(240)
def test_killed_at_each_step_a_backup_and_a_restore_are_done_once(house: House, kept: Path) -> None:  # noqa: F811
    house.worker(**QUICK)
    tenant_id = running(house, "terca")
    made = backup(tenant_id)
    house.wait(made)
    done = [made]
    for kind, act, steps in (
        ("backup_tenant", lambda: backup(tenant_id), ("store",)),
        ("restore_tenant", lambda: _restore_now(tenant_id, of_job(made).id or 0), ("swap",)),
    ):
        for step in steps:
            rename(house, "terca")
            house.faults(slow_ms=250)
            worker = house.worker(**QUICK)
            for other in house.workers[:-1]:
                other.send_signal(signal.SIGKILL)
            act()
            job_id = newest_job(tenant_id, kind)
            until(lambda: step in house.steps(job_id), 30, house.said)  # noqa: B023
            worker.send_signal(signal.SIGKILL)
            house.faults(reset=True)
            house.worker(**QUICK)
            assert house.wait(job_id).status == "succeeded", (step, house.job(job_id).error)
            assert house.page("terca") == 200
            done.append(job_id)
            wanted = "Ferretería Sol" if kind == "restore_tenant" else "Otra cosa"
            assert house.asked("terca", COMPANY) == (wanted,)
    assert house.wait(backup(tenant_id)).status == "succeeded"
    assert (house.databases("terca"), on_node(house, *done)) == (1, [])
    assert len([path for path in kept.rglob("*") if path.is_file()]) == 3, "one object a backup, no halves"


def _restore_now(tenant_id: int, backup_id: int) -> None:
    ask(
        tenant_id,
        lambda session, tenant: jobs.defer(session, "restore_tenant", tenant=tenant, args={"backup_id": backup_id}),
    )


def test_a_damaged_archive_and_a_wrong_key_change_nothing_and_say_so(
    house: House,  # noqa: F811
    kept: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tenant_id = _with_backup(house, "dudosa")
    made = of_job(newest_job(tenant_id, "backup_tenant"))
    rename(house, "dudosa")
    file = kept / (made.store_key or "")
    whole = file.read_bytes()
    file.write_bytes(whole[:-50_000])
    _restore_now(tenant_id, made.id or 0)
    job = house.wait(newest_job(tenant_id, "restore_tenant"))
    assert job.status == "failed"
    assert "dañada" in (job.error or "")
    file.write_bytes(whole)
    # An object that was sealed with our key, but is another archive: the checksum tells.
    upload = backup_streams.Upload(backup_store.opened(), made.store_key or "")
    upload.write(b"otra cosa")
    upload.finish()
    _restore_now(tenant_id, made.id or 0)
    job = house.wait(newest_job(tenant_id, "restore_tenant"))
    assert job.status == "failed"
    assert "La copia está dañada" in (job.error or "")
    assert house.asked("dudosa", COMPANY) == ("Otra cosa",)
    assert (house.databases("dudosa"), house.page("dudosa")) == (1, 200)
    monkeypatch.setenv("BACKUP_KEY", backup_keys.new())
    settings.cache_clear()
    with pytest.raises(Conflict, match="Ninguna clave"):
        ask(tenant_id, backups.ask_restore, made.id, typed="dudosa", by="ana")


def _with_backup(house: House, subdomain: str) -> int:  # noqa: F811
    house.worker()
    tenant_id = running(house, subdomain)
    assert house.wait(backup(tenant_id)).status == "succeeded"
    return tenant_id


def test_a_trial_that_answered_is_proven_however_often_it_takes_to_take_it_away(house: House, kept: Path) -> None:  # noqa: F811
    house.worker()
    tenant_id = running(house, "puesta-a-prueba")
    made = backup(tenant_id)
    assert house.wait(made).status == "succeeded"
    house.faults(exit_1="drop_scratch")
    ask(tenant_id, backups.ask_proof, of_job(made))
    proving = newest_job(tenant_id, "prove_backup")
    until(lambda: house.job(proving).waiting_reason, 30, house.said)
    assert of_job(made).proof == "passed"
    house.drop(f"prueba-{jobs.ticket(house.job(proving))}")  # as far as it got, when there was no room to say so
    house.faults(reset=True)
    assert house.wait(proving, "succeeded", "failed").status == "succeeded", house.job(proving).error
    assert of_job(made).proof == "passed"
    assert on_node(house, proving) == []


def test_a_full_disk_fails_the_backup_with_its_reason_and_a_retry_makes_it(house: House, kept: Path) -> None:  # noqa: F811
    house.worker()
    tenant_id = running(house, "apretada")
    house.faults(disk_full=True)
    job_id = backup(tenant_id)
    assert house.wait(job_id).status == "failed"
    assert "disco del nodo está lleno" in (house.job(job_id).error or "")
    assert of_job(job_id).state == "failed"
    assert (list(kept.rglob("*.age")), on_node(house, job_id)) == ([], [])
    house.faults(reset=True)
    jobs.retry(job_id, requested_by="ana")
    assert house.wait(job_id, "succeeded", "failed").status == "succeeded"
    assert of_job(job_id).state == "stored"


def test_a_store_that_is_away_is_waited_for_and_a_cut_node_read_on(
    house: House,  # noqa: F811
    s3_server: S3,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    with_store(house, monkeypatch, tmp_path / "unused", **s3_server.environment("copias/alta"))
    s3_server.stop()
    house.worker()
    tenant_id = running(house, "lejana")
    job_id = backup(tenant_id)
    until(lambda: house.job(job_id).waiting_reason, 30, house.said)
    assert "almacén" in (house.job(job_id).waiting_reason or "")
    house.faults(cut_at_line=40)
    s3_server.start()
    assert house.wait(job_id, "succeeded", "failed").status == "succeeded"
    assert s3_server.files() == [f"copias/alta/{of_job(job_id).store_key}"]
    assert on_node(house, job_id) == []
