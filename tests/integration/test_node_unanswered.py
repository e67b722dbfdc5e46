"""A query that fails is not an empty answer: no verb concludes from it that there is nothing, or nothing to do."""

from typing import Any

import pytest

from provisioning import facts
from tests.integration.node_stand import Stand, fresh, hashed, healthy_stand, running_sandbox  # noqa: F401 - fixtures
from tests.integration.test_node_verbs import made

LOST = "server closed the connection"

# verb, the SQL file that fails, what the tenant went through before.
QUESTIONS = [
    ("suspend", "suspend", ""),
    ("resume", "resume", "suspend"),
    ("archive", "archive", ""),
    ("delete", "delete", "archive"),
    ("backup", "tenant_state", ""),
    ("set_domain", "domain_check", ""),
    ("set_password", "check", ""),
    ("clone", "clone_check", ""),
    ("clone", "clone_begin", ""),
    ("clone", "sql/modules", ""),
    ("update_modules", "update_check", ""),
    ("update_modules", "update_undo", ""),
    ("update_modules", "module_versions", ""),
]


@pytest.fixture(name="odoo", autouse=True)
def odoo_that_updates(stand: Stand) -> None:
    """What an update needs; nothing else asks for it."""
    program = stand.state / "odoo"
    program.write_text('#!/usr/bin/env bash\npsql -q -d "$4" -c "update res_company set phone = \'nuevo\'"\n')
    program.chmod(0o755)


def words(verb: str, sub: str) -> dict[str, Any]:
    """The verb's own part of the payload."""
    return {
        "clone": {"to": f"{sub}-c", "base_url": "http://c.example"},
        "set_domain": {"domain": f"{sub}.example", "base_url": f"http://{sub}.example"},
        "set_password": {"login": "marta@sol.do", "password_hash": hashed("otra")},
        "update_modules": {"modules": "base"},
    }.get(verb, {})


@pytest.mark.parametrize(("verb", "query", "before"), QUESTIONS)
async def test_a_question_without_an_answer_fails_as_that_and_is_asked_again(
    stand: Stand, verb: str, query: str, before: str
) -> None:
    sub, job = await made(stand), fresh("j")
    name = sub
    if before:
        assert (await stand.do(before, sub, job=f"{job}b"))[0] == 0
        name = f"archived-{sub}-{job}b" if before == "archive" else sub
    payload = words(verb, sub)
    if query == "module_versions":
        payload = {}
    stand.sandbox.faults(exit_1=query)
    code, output = await stand.do(verb, name, job=job, **payload)
    assert (code, LOST in output, "No hay" in output, "No se toca" in output) == (1, True, False, False), output
    assert (await facts.job_state(stand.host, job)).state == "failed"
    stand.sandbox.faults(reset=True)
    assert (await stand.do(verb, name, job=job, **payload))[0] == 0
    if payload and verb == "update_modules":
        assert stand.rows("select phone from res_company", database=sub) == [("nuevo",)]


@pytest.mark.parametrize("query", ["list", "health"])
async def test_what_a_node_could_not_ask_is_no_fact(stand: Stand, query: str) -> None:
    stand.sandbox.faults(exit_1=query)
    with pytest.raises(facts.BadAnswer, match="ended with 1 and no result"):
        await (facts.tenants(stand.host) if query == "list" else facts.health(stand.host))
