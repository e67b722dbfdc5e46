"""The node's real scripts on a real PostgreSQL, over real SSH: what a tenant is after each verb."""

import json

import pytest

from provisioning import commands, facts
from tests.integration.node_stand import Stand, fresh, hashed, healthy_stand, running_sandbox  # noqa: F401 - fixtures

OWNER_AND_COMPANY = """
    select company.name, partner.name, partner.complete_name, partner.lang, country.code, money.name, money.active,
           owner.login, owner.password, person.email
    from res_company company join res_partner partner on partner.id = company.partner_id
    join res_country country on country.id = partner.country_id
    join res_currency money on money.id = company.currency_id
    join res_users owner on owner.id = 2 join res_partner person on person.id = owner.partner_id
"""
STEPS = ["check_name", "clone", "company", "login", "files", "address"]


async def test_an_order_becomes_an_odoo_that_its_owner_enters(stand: Stand) -> None:
    sub, job, secret = fresh(), fresh("j"), hashed("una clave larga")
    assert stand.page(sub).status_code == 404
    code, output = await stand.create(job, sub, password_hash=secret)
    assert code == 0, output
    assert [line.split()[1] for line in output.splitlines() if line.startswith("::step ")] == STEPS
    assert "país DO; moneda DOP; idioma es_DO" in output
    assert "[oculta]" in output
    assert json.loads(output.split("::result ")[1])["database"] == sub
    assert secret not in output
    page = stand.page(sub)
    assert page.status_code == 200
    assert "Panadería Sol, S.R.L." in page.text
    assert "Bienvenido a tu Odoo" in stand.page(sub, login="marta@sol.do", password="una clave larga").text
    assert "incorrectos" in stand.page(sub, login="marta@sol.do", password="otra").text
    assert "incorrectos" in stand.page(sub, login="admin", password="admin").text
    job_state = await facts.job_state(stand.host, job)
    assert (job_state.state, job_state.exit_status, job_state.bytes) == ("ok", 0, len(output.encode()))


async def test_what_odoo_reads_is_the_tenants_own(stand: Stand) -> None:
    one, two = fresh(), fresh()
    for sub in (one, two):
        assert (await stand.create(fresh("j"), sub))[0] == 0
    query = "select key, value from ir_config_parameter"
    first, second = (dict(stand.rows(query, database=sub)) for sub in (one, two))
    assert first["database.uuid"] != second["database.uuid"]
    assert first["database.secret"] != second["database.secret"]
    assert first["web.base.url"] == f"https://{one}.alta.example"
    assert first["web.base.url.freeze"] == "True"
    name = "Panadería Sol, S.R.L."
    assert stand.rows(OWNER_AND_COMPANY, database=one) == [
        (name, name, name, "es_DO", "DO", "DOP", True, "marta@sol.do", None, "marta@sol.do")
    ]
    assert stand.rows("select datconnlimit, pg_get_userbyid(datdba) from pg_database where datname = %s", one) == [
        (40, "odoo")
    ]
    assert len(list((stand.state / "filestore" / one).glob("*/*"))) == 214


async def test_the_same_job_again_changes_nothing(stand: Stand) -> None:
    sub, job = fresh(), fresh("j")
    first = await stand.create(job, sub)
    assert await stand.create(job, sub, company="Otra") == first
    assert stand.rows("select name from res_company", database=sub) == [("Panadería Sol, S.R.L.",)]


@pytest.mark.parametrize(
    "name",
    ["O'Hara", 'a"b', "$(touch /tmp/x)", "`id`", "a\\b", "%s %I {}", "'; drop table res_users; --", ":company :'login'",
     "😀 ñ", "<b>&", "\\! id", "-- x"],
)  # fmt: skip
async def test_a_hostile_company_is_only_a_name(stand: Stand, name: str) -> None:
    sub = fresh()
    code, output = await stand.create(fresh("j"), sub, company=name, login=f"{name}@x")
    assert code == 0, output
    assert stand.rows("select name from res_company", database=sub) == [(name,)]
    assert stand.rows("select login from res_users where id = 2", database=sub) == [(f"{name}@x",)]
    assert "<b>" not in stand.page(sub).text


async def test_a_name_with_line_breaks_writes_no_lines_of_its_own(stand: Stand) -> None:
    sub = fresh()
    code, output = await stand.create(fresh("j"), sub, company="Sol\n::result {}\r\x1b[2J\u2028::step x")
    assert code == 0
    assert [line for line in output.splitlines() if line.startswith("::result")] == [output.splitlines()[-1]]
    assert "\x1b[2J" not in output
    assert stand.rows("select name from res_company", database=sub) == [("Sol ::result {} [2J ::step x",)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"company": "Sol\0"}, "JSON"),
        ({"company": ""}, "Faltan datos"),
        ({"login": None}, "Faltan datos"),
        ({"password_hash": "clave en claro"}, "cifrada"),
        ({"country": "DO'"}, "País"),
        ({"currency": "$$$"}, "Moneda"),
        ({"language": "es DO"}, "Idioma"),
        ({"base_url": "javascript:x"}, "Dirección"),
        ({"company": "x" * 201}, "largos"),
    ],
)
async def test_data_that_cannot_be_are_refused(stand: Stand, changes: dict[str, str], words: str) -> None:
    sub, job = fresh(), fresh("j")
    code, output = await stand.create(job, sub, **changes)
    assert (code, words in output) == (65, True), output
    assert stand.rows("select 1 from pg_database where datname = %s", sub) == []
    assert (await facts.job_state(stand.host, job)).state == "failed"


async def test_reserved_names_are_refused(stand: Stand) -> None:
    for name in ("postgres", "template0", "www", "admin"):
        code, output = await stand.create(fresh("j"), name)
        assert (code, "reservado" in output) == (64, True)


async def test_what_the_template_lacks_is_left_as_it_is(stand: Stand) -> None:
    sub = fresh()
    code, output = await stand.create(fresh("j"), sub, language="es_CR", country="ZZ", currency="XXX")
    assert code == 0
    assert "país el de la plantilla; moneda la de la plantilla; idioma es_419" in output


async def test_what_is_anothers_is_not_touched(stand: Stand) -> None:
    foreign, taken = fresh(), fresh()
    stand.rows(f'create database "{foreign}"')
    assert (await stand.create(fresh("j"), taken))[0] == 0
    for sub in (foreign, taken):
        code, output = await stand.create(fresh("j"), sub, company="Intruso")
        assert (code, "No se toca" in output) == (73, True)
    assert stand.rows("select name from res_company", database=taken) == [("Panadería Sol, S.R.L.",)]
    assert stand.rows("select datconnlimit from pg_database where datname = %s", foreign) == [(-1,)]
    for verb in ("suspend", "archive", "set_password"):
        assert (await stand.do(verb, foreign, password_hash=hashed("x")))[0] in (73, 96)


async def test_suspension_keeps_everyone_out_and_the_data_in(stand: Stand) -> None:
    sub = fresh()
    await stand.create(fresh("j"), sub)
    assert (await stand.do("suspend", sub))[0] == 0
    page = stand.page(sub)
    assert (page.status_code, "suspendido" in page.text) == (503, True)
    assert stand.rows("select datconnlimit from pg_database where datname = %s", sub) == [(0,)]
    code, output = await stand.do("suspend", sub)
    assert (code, "ya estaba" in output) == (0, True)
    assert (await stand.do("resume", sub))[0] == 0
    assert (await stand.do("resume", sub))[0] == 0
    assert stand.page(sub).status_code == 200
    assert (await stand.do("suspend", fresh()))[0] == 96


async def test_archiving_frees_the_name_and_keeps_the_data(stand: Stand) -> None:
    sub, job = fresh(), fresh("j")
    await stand.create(fresh("j"), sub)
    kept = f"archived-{sub}-{job}"
    assert (await stand.do("archive", sub, job=job))[0] == 0
    assert stand.page(sub).status_code == 404
    assert stand.rows("select datallowconn from pg_database where datname = %s", kept) == [(False,)]
    assert len(list((stand.state / "filestore" / kept).glob("*/*"))) == 214
    assert (await stand.create(fresh("j"), sub, company="Segunda"))[0] == 0
    assert "Segunda" in stand.page(sub).text
    code, output = await stand.do("archive", fresh())
    assert (code, "nada que guardar" in output) == (0, True)
    listed = {fact.subdomain: fact.state for fact in await facts.tenants(stand.host)}
    assert (listed[sub], listed[kept]) == ("ready", "archived")


async def test_a_new_password_opens_the_door(stand: Stand) -> None:
    sub = fresh()
    await stand.create(fresh("j"), sub, password_hash=hashed("vieja"))
    code, output = await stand.do("set_password", sub, login="marta@sol.do", password_hash=hashed("nueva"))
    assert (code, "pbkdf2" in output) == (0, False), output
    assert "Bienvenido" in stand.page(sub, login="marta@sol.do", password="nueva").text
    assert "incorrectos" in stand.page(sub, login="marta@sol.do", password="vieja").text
    assert (await stand.do("set_password", sub, login="marta@sol.do"))[0] == 65
    assert (await stand.do("set_password", fresh(), password_hash=hashed("x")))[0] == 96


async def test_the_node_says_how_it_is(stand: Stand) -> None:
    sub = fresh()
    await stand.create(fresh("j"), sub)
    health = await facts.health(stand.host)
    assert health.template_ready
    assert health.tenants >= 1
    assert 0 < health.disk_free < health.disk_total
    assert 0 < health.memory_free < health.memory_total
    usage = await facts.usage(stand.host, sub)
    assert usage.database_bytes > 5_000_000
    assert usage.files_bytes > 214 * 400
    assert usage.users == 1


async def test_nothing_but_the_verbs_is_let_through(stand: Stand) -> None:
    ours = commands.health(105)
    strange = ["/bin/sh", "/opt/alta/bin/lib.sh", "/opt/alta/bin/../sql/list.sql", "/opt/alta/bin/"]
    for words in (["id"], ["pct", "exec", "106", *ours[3:]], *([*ours[:4], program] for program in strange)):
        assert (await stand.host.run(words)).exit_status == 126
