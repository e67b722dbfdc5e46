"""The later verbs' real scripts on a real PostgreSQL: a copy, a domain, an update and an end, killed and done again."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from provisioning import facts
from tests.integration.node_stand import Stand, fresh, healthy_stand, running_sandbox, until  # noqa: F401 - fixtures

PORTAL = "https://alta.example/tenant/portal"


async def made(stand: Stand, **changes: Any) -> str:
    sub = fresh()
    code, output = await stand.create(fresh("j"), sub, **changes)
    assert code == 0, output
    return sub


async def clone(stand: Stand, sub: str, to: str, job: str) -> tuple[int, str]:
    return await stand.do("clone", sub, job=job, to=to, base_url=f"https://{to}.alta.example")


async def killed_when(stand: Stand, verb: str, name: str, job: str, words: str, **payload: Any) -> None:
    """Begins the verb and kills its whole process group when its log says `words`."""
    attached = asyncio.create_task(stand.do(verb, name, job=job, **payload))
    folder = stand.state / "alta" / "jobs" / job

    async def said() -> bool:
        await asyncio.sleep(0.005)
        return (folder / "log").exists() and words in (folder / "log").read_text() and (folder / "pid").exists()

    await until(said)
    os.killpg(int((folder / "pid").read_text()), signal.SIGKILL)
    assert (await attached)[0] == 97


async def test_a_copy_is_whole_quiet_and_its_own_while_the_original_works_on(stand: Stand) -> None:
    sub, to, job = await made(stand), fresh(), fresh("j")
    with psycopg.connect(stand.url, dbname=sub, autocommit=True) as at_work:  # as Odoo would be
        code, output = await clone(stand, sub, to, job)
        assert code == 0, output
        assert at_work.execute("select count(*) from res_company").fetchone() == (1,)
    assert [line.split()[1] for line in output.splitlines() if line.startswith("::step ")] == [
        "check_name", "copy", "files", "neutralize", "address",
    ]  # fmt: skip
    assert stand.rows("select id, active from ir_cron order by id", database=to) == [(1, True), (2, False)]
    assert stand.rows("select active from ir_mail_server", database=to) == [(False,)]
    assert stand.rows("select active from ir_mail_server", database=sub) == [(True,)]
    query = "select key, value from ir_config_parameter"
    original, copy = (dict(stand.rows(query, database=name)) for name in (sub, to))
    assert copy["web.base.url"] == f"https://{to}.alta.example"
    assert copy["database.is_neutralized"] == "true"
    assert {"database.uuid", "database.secret"} & {key for key in copy if copy[key] == original.get(key)} == set()
    assert stand.rows("select pg_get_userbyid(relowner) from pg_class where relname = 'res_users'", database=to) == [
        ("odoo",)
    ]
    assert len(list((stand.state / "filestore" / to).glob("*/*"))) == 214
    for name in (sub, to):
        assert (stand.state / "filestore" / name / ".alta-job").read_text().strip() == stand.marker(name)["alta"]["job"]
    assert stand.marker(to)["alta"]["staging_of"] == sub
    assert stand.page(to).status_code == 200
    assert await clone(stand, sub, to, job) == (0, output)
    (fact,) = [fact for fact in await facts.tenants(stand.host) if fact.subdomain == to]
    assert (fact.state, fact.staging_of, fact.was) == ("ready", sub, None)


async def test_odoos_own_statements_are_used_where_they_are(stand: Stand) -> None:
    sub, to = await made(stand), fresh()
    modules(stand, sub, ("base", "installed", "19.0.1.3"), ("x", "uninstalled", "1"))
    for module in ("base", "x"):
        folder = stand.state / "addons" / module / "data"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "neutralize.sql").write_text(f"UPDATE res_company SET phone = '{module}';")  # noqa: S608
    code, output = await clone(stand, sub, to, fresh("j"))
    assert (code, "neutralizada con 1 guiones" in output) == (0, True), output
    assert stand.rows("select phone from res_company", database=to) == [("base",)]


@pytest.mark.parametrize("words", ["::step copy", "pg_dump", "::step files", "::step neutralize"])
async def test_a_copy_killed_anywhere_is_made_by_the_same_job(stand: Stand, words: str) -> None:
    sub, to, job = await made(stand), fresh(), fresh("j")
    stand.sandbox.faults(slow_ms=120)
    payload = {"to": to, "base_url": f"https://{to}.alta.example"}
    await killed_when(stand, "clone", sub, job, words, **payload)
    stand.sandbox.faults(reset=True)
    code, output = await stand.do("clone", sub, job=job, **payload)
    assert code == 0, output
    assert stand.rows("select active from ir_mail_server", database=to) == [(False,)]
    assert len(list((stand.state / "filestore" / to).glob("*/*"))) == 214
    assert stand.page(to).status_code == stand.page(sub).status_code == 200


async def test_a_copy_over_anothers_or_of_nobody_is_refused(stand: Stand) -> None:
    sub, other = await made(stand), await made(stand)
    assert (await clone(stand, sub, other, fresh("j")))[0] == 73
    assert (await clone(stand, sub, sub, fresh("j")))[0] == 65
    assert (await clone(stand, fresh(), fresh(), fresh("j")))[0] == 65
    assert (await clone(stand, sub, "postgres", fresh("j")))[0] in (64, 73)
    assert (await stand.do("clone", sub, to="a;b", base_url="https://x.y"))[0] == 65


async def test_only_what_is_archived_is_deleted(stand: Stand) -> None:
    sub, job = await made(stand), fresh("j")
    kept = f"archived-{sub}-{job}"
    refused = await stand.host.run(["pct", "exec", "105", "--", "/opt/alta/bin/delete.sh", sub], b'{"job": "x1"}')
    assert (refused.exit_status, "no está archivada" in refused.output.decode()) == (73, True)
    assert stand.page(sub).status_code == 200
    assert (await stand.do("archive", sub, job=job))[0] == 0
    (fact,) = [fact for fact in await facts.tenants(stand.host) if fact.subdomain == kept]
    assert (fact.state, fact.was) == ("archived", sub)
    foreign = f"archived-{fresh()}-1"
    stand.rows(f'create database "{foreign}"')
    assert (await stand.do("delete", foreign))[0] == 73
    assert stand.rows("select 1 from pg_database where datname = %s", foreign) == [(1,)]
    for _ in range(2):
        assert (await stand.do("delete", kept))[0] == 0
    assert stand.rows("select 1 from pg_database where datname = %s", kept) == []
    assert not (stand.state / "filestore" / kept).exists()


async def test_an_own_domain_leads_to_its_tenant_until_it_is_taken_back(stand: Stand) -> None:
    sub, other = await made(stand), await made(stand)
    domain = f"erp.{fresh()}.example"
    code, output = await stand.do("set_domain", sub, domain=domain, base_url=f"https://{domain}")
    assert (code, "no hay nginx" in output) == (0, True), output
    address = "select value from ir_config_parameter where key = 'web.base.url'"
    assert stand.rows(address, database=sub) == [(f"https://{domain}",)]
    url = f"{stand.sandbox.ready['http_url']}/web/login"
    assert stand.get(url, domain).status_code == 200
    assert (await stand.do("set_domain", other, domain=domain, base_url=f"https://{domain}"))[0] == 73
    assert (await stand.do("set_domain", sub, domain="x;y", base_url="https://x.y"))[0] == 65
    assert (await stand.do("set_domain", fresh(), domain=domain, base_url="https://x.y"))[0] == 96
    assert (await stand.do("archive", sub))[0] == 0
    assert stand.get(url, domain).status_code == 404
    assert (await stand.do("set_domain", other, domain=domain, base_url=f"https://{domain}"))[0] == 0
    assert (await stand.do("set_domain", other, domain="", base_url=f"https://{other}.alta.example"))[0] == 0
    assert stand.get(url, domain).status_code == 404


async def test_the_suspended_page_says_why_and_where_to_pay(stand: Stand) -> None:
    sub = await made(stand)
    assert (await stand.do("suspend", sub, reason="unpaid", portal=PORTAL))[0] == 0
    page = stand.page(sub)
    assert (page.status_code, PORTAL in page.text, "pago pendiente" in page.text) == (503, True, True)
    assert (await stand.do("suspend", sub, reason="operator", portal='https://x/"><script>'))[0] == 0
    assert "<script>" not in stand.page(sub).text
    assert (await stand.do("resume", sub))[0] == 0
    assert stand.page(sub).status_code == 200


async def test_without_odoo_there_is_nothing_to_update(stand: Stand) -> None:
    sub = await made(stand)
    code, output = await stand.do("update_modules", sub)
    assert (code, "no hay Odoo instalado" in output) == (69, True)
    assert stand.page(sub).status_code == 200


@pytest.fixture
def odoo(stand: Stand) -> Iterator[Callable[[str], None]]:
    """Stands in for Odoo's program: what it does is bash; the database's name is $NAME."""
    program = stand.state / "odoo"

    def does(body: str) -> None:
        program.write_text(f'#!/usr/bin/env bash\nNAME=$4 MODULES=$6\nprintf "%s " "$@"\n{body}\n')
        program.chmod(0o755)

    yield does
    program.unlink(missing_ok=True)


def modules(stand: Stand, sub: str, *rows: tuple[str, str, str]) -> None:
    """What the tenant's Odoo has: name, state and version of each module."""
    stand.rows("delete from ir_module_module", database=sub)
    for row in rows:
        query = "insert into ir_module_module (name, state, latest_version) values (%s, %s, %s)"
        stand.rows(query, *row, database=sub)


async def updatable(stand: Stand) -> str:
    sub = await made(stand)
    modules(stand, sub, ("base", "installed", "19.0.1.3"), ("sale", "installed", "19.0.1.2"))
    for module, version in (("base", "1.3"), ("sale", "1.4")):
        folder = stand.state / "addons" / module
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__manifest__.py").write_text(f"{{'name': '{module}', 'version': '{version}'}}")
    return sub


CHANGE = 'psql -q -d "$NAME" -c "update res_company set phone = \'nuevo\'"'


async def test_changed_modules_are_updated_behind_a_page(stand: Stand, odoo: Callable[[str], None]) -> None:
    sub = await updatable(stand)
    odoo(f'{CHANGE}\n[[ -e {stand.state}/web/closed/$NAME.html ]] && echo "cerrada para visitas"')
    code, output = await stand.do("update_modules", sub)
    assert code == 0, output
    assert f"-d {sub} -u sale --stop-after-init" in output
    assert "cerrada para visitas" in output
    assert stand.rows("select phone from res_company", database=sub) == [("nuevo",)]
    assert stand.page(sub).status_code == 200
    assert stand.rows("select 1 from pg_database where datname = %s", f"{sub}.before") == []
    assert "-u web,sale " in (await stand.do("update_modules", sub, modules="web,sale"))[1]
    assert (await stand.do("update_modules", sub, modules="web;id"))[0] == 65


async def test_an_update_that_fails_leaves_the_tenant_as_it_was(stand: Stand, odoo: Callable[[str], None]) -> None:
    sub = await updatable(stand)
    before = stand.marker(sub)
    odoo(f"{CHANGE}\nexit 1")
    code, output = await stand.do("update_modules", sub)
    assert (code, "queda como estaba" in output) == (1, True), output
    assert stand.rows("select phone from res_company", database=sub) == [(None,)]
    assert stand.marker(sub) == before
    assert stand.page(sub).status_code == 200


@pytest.mark.parametrize("words", ["::step snapshot", "cambiada", "::step open"])
async def test_an_update_killed_anywhere_is_undone_and_done_again(
    stand: Stand, odoo: Callable[[str], None], words: str
) -> None:
    sub, job = await updatable(stand), fresh("j")
    odoo(f"{CHANGE}\necho cambiada")
    stand.sandbox.faults(slow_ms=120)
    await killed_when(stand, "update_modules", sub, job, words)
    stand.sandbox.faults(reset=True)
    code, output = await stand.do("update_modules", sub, job=job)
    assert code == 0, output
    assert stand.rows("select phone from res_company", database=sub) == [("nuevo",)]
    assert stand.rows("select datconnlimit from pg_database where datname = %s", sub) == [(40,)]
    assert stand.rows("select 1 from pg_database where datname = %s", f"{sub}.before") == []
    assert stand.page(sub).status_code == 200


async def test_a_stopped_update_is_undone_at_once(stand: Stand, odoo: Callable[[str], None]) -> None:
    sub, job = await updatable(stand), fresh("j")
    odoo(f"{CHANGE}\necho cambiada\nsleep 20")
    attached = asyncio.create_task(stand.do("update_modules", sub, job=job))
    log = stand.state / "alta" / "jobs" / job / "log"

    async def changed() -> bool:
        await asyncio.sleep(0.005)
        return log.exists() and "cambiada" in log.read_text()

    await until(changed)
    await facts.stop_job(stand.host, job)
    assert (await attached)[0] in (97, 143)
    assert stand.rows("select phone from res_company", database=sub) == [(None,)]
    assert stand.page(sub).status_code == 200
