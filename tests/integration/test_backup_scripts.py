"""Backup, restore and proof on the node: what comes back is what was there, and whatever dies leaves one tenant."""

import hashlib
import io
import json
import tarfile
from typing import Any

import pytest

from provisioning import commands
from tests.integration.node_stand import Stand, fresh, healthy_stand, running_sandbox  # noqa: F401 - fixtures


async def backup(stand: Stand, sub: str) -> tuple[bytes, dict[str, Any]]:
    job = fresh("c")
    code, said = await stand.do("backup", sub, job=job)
    assert code == 0, said
    assert json.loads(said.split("::result ")[1].splitlines()[0]).keys() == {"bytes", "sha256", "files", "missing"}
    about = await stand.host.run(commands.fetch_about(105, job))
    result = json.loads(about.output.decode().removeprefix("::result "))
    fetched = await stand.host.run(commands.fetch(105, job))
    assert fetched.exit_status == 0
    archive = fetched.output
    cut = await stand.host.run(commands.fetch(105, job, 1000))
    assert cut.output == archive[1000:]
    assert (len(archive), hashlib.sha256(archive).hexdigest()) == (result["bytes"], result["sha256"])
    return archive, result


async def send(stand: Stand, job: str, archive: bytes, piece: int = 400_000) -> None:
    for at in range(0, len(archive), piece):
        done = await stand.host.run(commands.receive(105, job, at), archive[at : at + piece])
        assert done.exit_status == 0, done.output


async def restore(stand: Stand, sub: str, archive: bytes, job: str, verb: str = "restore") -> tuple[int, str]:
    await send(stand, job, archive)
    return await stand.do(verb, sub, job=job, sha256=hashlib.sha256(archive).hexdigest())


def company(stand: Stand, sub: str) -> str:
    return str(stand.rows("select name from res_company order by id limit 1", database=sub)[0][0])


def databases(stand: Stand, like: str) -> list[str]:
    return [row[0] for row in stand.rows("select datname from pg_database where datname like %s order by 1", like)]


def files(stand: Stand, sub: str) -> set[str]:
    folder = stand.state / "filestore" / sub
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file() and file.name != ".alta-job"}


async def made(stand: Stand) -> str:
    sub = fresh()
    code, said = await stand.create(fresh("j"), sub)
    assert code == 0, said
    return sub


async def test_an_archive_holds_dump_manifest_and_the_files_that_the_dump_names(stand: Stand) -> None:
    sub = await made(stand)
    (stand.state / "filestore" / sub / "aa").mkdir(exist_ok=True)
    (stand.state / "filestore" / sub / "aa" / ("b" * 40)).write_text("no row names it")
    archive, result = await backup(stand, sub)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        names = tar.getnames()
        manifest = json.load(tar.extractfile("manifest.json") or io.BytesIO())
    assert names[:2] == ["manifest.json", "dump.pgc"]
    assert len([name for name in names if name.count("/") == 2]) == result["files"] == 214
    assert not any("bbbb" in name for name in names)
    assert manifest["records"]["ir_attachment"] == 214
    assert manifest == result["manifest"]
    assert not list((stand.state / "filestore").glob(".backup-*"))
    assert stand.page(sub).status_code == 200


async def test_restored_it_is_as_it_was_and_what_was_there_is_kept_until_the_next_backup(stand: Stand) -> None:
    sub = await made(stand)
    archive, _ = await backup(stand, sub)
    before = files(stand, sub)
    stand.rows("update res_company set name = 'Otra cosa'", database=sub)
    job = fresh("r")
    code, said = await restore(stand, sub, archive, job)
    assert code == 0, said
    assert company(stand, sub) == "Panadería Sol, S.R.L."
    assert files(stand, sub) == before
    assert stand.page(sub).status_code == 200
    assert stand.marker(sub)["alta"]["state"] == "ready"
    kept = f"archived-{sub}-{job}"
    assert databases(stand, f"%{sub}%") == [kept, sub]
    assert (await restore(stand, sub, archive, job))[0] == 0, "done is done"
    assert databases(stand, f"%{sub}%") == [kept, sub]
    later = fresh("c")
    await stand.do("backup", sub, job=later)
    assert databases(stand, f"%{sub}%") == [kept, sub], "made is not yet safe"
    done = await stand.host.run(commands.discard(105, later, sub))
    assert done.exit_status == 0, done.output
    assert databases(stand, f"%{sub}%") == [sub]
    assert not (stand.state / "filestore" / kept).exists()
    assert not (stand.state / "alta" / "backups" / later).exists()


async def test_a_suspended_tenant_is_still_suspended_afterwards(stand: Stand) -> None:
    sub = await made(stand)
    await stand.do("suspend", sub)
    archive, _ = await backup(stand, sub)
    code, said = await restore(stand, sub, archive, fresh("r"))
    assert (code, "suspended" in said) == (0, True), said
    assert stand.page(sub).status_code == 503
    await stand.do("resume", sub)
    assert stand.page(sub).status_code == 200


async def test_a_damaged_archive_is_told_and_changes_nothing(stand: Stand) -> None:
    sub = await made(stand)
    archive, _ = await backup(stand, sub)
    job = fresh("r")
    bad = bytearray(archive)
    bad[len(bad) // 2] ^= 1
    await send(stand, job, bytes(bad))
    code, said = await stand.do("restore", sub, job=job, sha256=hashlib.sha256(archive).hexdigest())
    assert (code, "está dañada" in said) == (65, True), said
    assert databases(stand, f"%{sub}%") == [sub]
    assert stand.page(sub).status_code == 200


async def test_records_that_do_not_add_up_are_told_and_change_nothing(stand: Stand) -> None:
    sub = await made(stand)
    archive, _ = await backup(stand, sub)
    made_up = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(archive)) as old, tarfile.open(fileobj=made_up, mode="w") as new:
        for member in old:
            data = old.extractfile(member).read() if member.isfile() else b""  # type: ignore[union-attr]
            if member.name == "manifest.json":
                manifest = json.loads(data)
                manifest["records"]["res_partner"] += 3
                data = json.dumps(manifest).encode()
                member.size = len(data)
            new.addfile(member, io.BytesIO(data))
    code, said = await restore(stand, sub, made_up.getvalue(), fresh("r"))
    assert code == 65
    assert "res_partner (" in said
    assert databases(stand, f"%{sub}%") == [sub]
    assert not list((stand.state / "filestore").glob(".restoring-*"))


async def test_a_full_disk_is_told_and_leaves_nothing_behind(stand: Stand) -> None:
    sub = await made(stand)
    stand.sandbox.faults(disk_full=True)
    job = fresh("c")
    code, said = await stand.do("backup", sub, job=job)
    assert (code != 0, "No space left" in said) == (True, True), said
    assert not (stand.state / "alta" / "backups" / job).exists()
    assert not list((stand.state / "filestore").glob(".backup-*"))
    stand.sandbox.faults(reset=True)
    code, said = await stand.do("backup", sub, job=job)
    assert code == 0, said


@pytest.mark.parametrize("at", ["scratch", "counts", "/restored", "swap", "open_restored"])
async def test_broken_off_at_each_statement_it_goes_on_and_there_is_one_tenant(stand: Stand, at: str) -> None:
    sub = await made(stand)
    archive, _ = await backup(stand, sub)
    before = files(stand, sub)
    stand.rows("update res_company set name = 'Otra cosa'", database=sub)
    job = fresh("r")
    stand.sandbox.faults(exit_1=at)
    code, said = await restore(stand, sub, archive, job)
    assert code != 0, said
    assert databases(stand, f"%{sub}%") in ([sub], [f"archived-{sub}-{job}", sub], [f"restoring-{sub}-{job}", sub])
    stand.sandbox.faults(reset=True)
    code, said = await stand.do("restore", sub, job=job, sha256=hashlib.sha256(archive).hexdigest())
    assert code == 0, said
    assert company(stand, sub) == "Panadería Sol, S.R.L."
    assert databases(stand, f"%{sub}%") == [f"archived-{sub}-{job}", sub]
    assert files(stand, sub) == before
    assert stand.page(sub).status_code == 200


async def test_a_proof_answers_under_a_name_of_its_own_acts_no_more_and_goes(stand: Stand) -> None:
    sub = await made(stand)
    archive, _ = await backup(stand, sub)
    job = fresh("p")
    code, said = await restore(stand, sub, archive, job, verb="prove")
    assert code == 0, said
    assert stand.page(f"prueba-{job}").status_code == 200
    active = "select (select count(*) from ir_cron where active), (select count(*) from ir_mail_server where active)"
    assert stand.rows(active, database=f"prueba-{job}") == [(0, 0)]
    assert stand.rows(active, database=sub) == [(2, 1)]
    listed = await stand.host.run(commands.list_tenants(105))
    assert f"prueba-{job}" not in listed.output.decode()
    assert (await stand.host.run(commands.discard(105, job))).exit_status == 0
    assert stand.page(f"prueba-{job}").status_code == 404
    assert databases(stand, f"%{job}%") == []
    assert not list((stand.state / "filestore").glob(f"*{job}*"))
    assert stand.page(sub).status_code == 200


async def test_pieces_may_be_sent_again_and_a_gap_is_refused(stand: Stand) -> None:
    job = fresh("r")
    for at, piece in [(0, b"abc"), (3, b"def"), (3, b"dXf"), (0, b"abc")]:
        assert (await stand.host.run(commands.receive(105, job, at), piece)).exit_status == 0
    assert (await stand.host.run(commands.receive(105, job, 9), b"late")).exit_status == 65
    assert (stand.state / "alta" / "backups" / job / "archive.tar").read_bytes() == b"abc"
    assert (await stand.host.run(commands.fetch(105, fresh("x")))).exit_status == 96
