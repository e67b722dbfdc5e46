"""The node's scripts, killed, starved and cut off: a later attempt of the same job ends in exactly one tenant."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import psycopg
import pytest

from provisioning import commands, facts
from provisioning.host import Host, NodeTimeout, NodeUnreachable
from provisioning.sandbox import NodeSandbox
from provisioning.sandbox.machine import KIT, Machine
from tests.integration.node_stand import (  # noqa: F401 - two are fixtures
    Stand,
    address,
    fresh,
    healthy_stand,
    running_sandbox,
    until,
)

pytestmark = pytest.mark.chaos
STEPS_DONE = ["identity", "company", "login", "address"]


def whole(stand: Stand, sub: str, job: str) -> None:
    """Fails unless `sub` is exactly one finished tenant of `job`, each step done once."""
    assert stand.marker(sub) == {"alta": {"job": job, "state": "ready"}, "done": STEPS_DONE}
    assert stand.rows("select datconnlimit from pg_database where datname = %s", sub) == [(40,)]
    assert stand.rows("select name from res_company", database=sub) == [("Panadería Sol, S.R.L.",)]
    assert stand.rows("select login from res_users where id = 2", database=sub) == [("marta@sol.do",)]
    assert len(list((stand.state / "filestore" / sub).glob("*/*"))) == 214
    assert [path.name for path in (stand.state / "filestore").glob(f"*{sub}*")] == [sub]


def killed_attempt(stand: Stand, job: str, sub: str, environment: dict[str, str]) -> None:
    """One attempt with `environment` added, to its end, without SSH."""
    subprocess.run(
        [str(KIT / "bin" / "create_tenant.sh"), sub],
        input=stand.payload(job, sub),
        env={**Machine(stand.state, stand.url).environment(), **environment},
        capture_output=True,
        timeout=30,
        check=False,
    )


async def running_group(stand: Stand, job: str) -> int:
    """The detached process group, 0 until it has begun."""
    await asyncio.sleep(0.002)
    file = stand.state / "alta" / "jobs" / job / "pid"
    text = await asyncio.to_thread(file.read_text) if await asyncio.to_thread(file.exists) else ""
    return int(text or 0)


@pytest.fixture
def killer(tmp_path: Path) -> dict[str, str]:
    """Environment in which the detached bash kills its whole group before its KILL_AT-th command."""
    script = tmp_path / "killer.sh"
    script.write_text(
        "[[ -n ${ALTA_ATTEMPT:-} ]] || return 0\nset -T; commands_run=0\n"
        "trap '((++commands_run == KILL_AT)) && kill -KILL -- -$$ || true' DEBUG\n"
    )
    return {"BASH_ENV": str(script)}


async def test_killed_between_any_two_commands_a_rerun_makes_one_tenant(stand: Stand, killer: dict[str, str]) -> None:
    lost = 0
    for at in range(3, 400, 17):
        sub, job = fresh(), fresh("j")
        killed_attempt(stand, job, sub, {**killer, "KILL_AT": str(at)})
        state = (await facts.job_state(stand.host, job)).state
        lost += state == "lost"
        code, output = await stand.create(job, sub)
        assert code == 0, (at, output)
        whole(stand, sub, job)
        if state == "ok":
            break
    assert lost > 4
    assert state == "ok", "the sweep did not reach the end of the script"


async def test_killed_at_any_moment_a_rerun_makes_one_tenant(stand: Stand) -> None:
    """As above, but inside psql and cp too: PostgreSQL may still be working for the dead."""
    dice = random.Random(7)
    for _ in range(6):
        sub, job = fresh(), fresh("j")
        attached = asyncio.ensure_future(stand.create(job, sub))
        group = await until(partial(running_group, stand, job))
        await asyncio.sleep(dice.uniform(0, 0.15))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        await attached
        code, output = await stand.create(job, sub)
        assert code == 0, output
        whole(stand, sub, job)


async def test_a_clone_killed_before_its_mark_is_adopted(stand: Stand) -> None:
    sub, job = fresh(), fresh("j")
    stand.rows(f'create database "{sub}" template odoo19_template owner odoo connection limit 0')
    code, output = await stand.create(job, sub)
    assert (code, "clonada a medias" in output) == (0, True), output
    whole(stand, sub, job)


async def test_what_another_job_never_delivered_is_made_anew(stand: Stand, killer: dict[str, str]) -> None:
    sub, first, second = fresh(), fresh("j"), fresh("j")
    stand.sandbox.faults(exit_1="login")
    assert (await stand.create(first, sub, company="Abandonada"))[0] != 0
    assert stand.marker(sub)["alta"] == {"job": first, "state": "creating"}
    assert stand.page(sub).status_code == 404
    stand.sandbox.faults(reset=True)
    code, output = await stand.create(second, sub)
    assert (code, f"restos del trabajo {first}" in output) == (0, True), output
    whole(stand, sub, second)


async def test_nobody_but_the_superuser_meets_a_half_made_tenant(stand: Stand) -> None:
    sub = fresh()
    stand.sandbox.faults(exit_1="address")
    assert (await stand.create(fresh("j"), sub))[0] != 0
    stand.rows("do $$ begin if not exists (select from pg_roles where rolname = 'cualquiera') then "
               "create role cualquiera login; end if; end $$")  # fmt: skip
    with pytest.raises(psycopg.OperationalError, match="too many connections"):
        psycopg.connect(stand.url, dbname=sub, user="cualquiera")


@pytest.mark.parametrize("step", [True, "check", "clone", "company", "login", "address"])
async def test_a_failed_script_says_so_and_succeeds_when_tried_again(stand: Stand, step: bool | str) -> None:
    sub, job = fresh(), fresh("j")
    stand.sandbox.faults(exit_1=step)
    code, output = await stand.create(job, sub)
    assert code != 0
    assert "terminó con un error" in output.splitlines()[-1]
    assert (await facts.job_state(stand.host, job)).state == "failed"
    stand.sandbox.faults(reset=True)
    assert (await stand.create(job, sub))[0] == 0
    whole(stand, sub, job)


async def test_a_full_disk_fails_clearly_and_leaves_nothing_open(stand: Stand) -> None:
    sub, job = fresh(), fresh("j")
    stand.sandbox.faults(disk_full=True)
    code, output = await stand.create(job, sub)
    assert (code != 0, "No space left on device" in output) == (True, True)
    assert stand.page(sub).status_code == 404
    stand.sandbox.faults(reset=True)
    assert (await stand.create(job, sub))[0] == 0
    whole(stand, sub, job)


async def test_what_cannot_be_begun_says_why_at_once_and_begins_when_it_can(stand: Stand) -> None:
    sub, job = fresh(), fresh("j")
    place = stand.state / "alta" / "jobs" / job
    place.mkdir(parents=True)
    (place / "pid").symlink_to("/dev/full")
    code, output = await stand.create(job, sub)
    assert (code, output.count("\n")) == (75, 1), output
    assert "El trabajo no se pudo empezar en el nodo: " in output
    assert "No space left on device" in output
    assert (await facts.job_state(stand.host, job)).state == "lost"
    (place / "pid").unlink()
    code, output = await stand.create(job, sub)
    assert (code, "intento 2" in output) == (0, True), output
    whole(stand, sub, job)


async def test_a_session_cut_in_mid_script_loses_no_byte(stand: Stand) -> None:
    sub, job = fresh(), fresh("j")
    heard = bytearray()

    async def hear(chunk: bytes) -> None:
        heard.extend(chunk)

    stand.sandbox.faults(cut_at_line=5, slow_ms=20)
    with pytest.raises(NodeUnreachable) as cut:
        await stand.host.run(commands.create_tenant(105, sub), stand.payload(job, sub), on_chunk=hear)
    assert cut.value.lost_in_flight
    assert heard.count(b"\n") <= 5
    done = await stand.host.run(commands.probe_follow(105, job, len(heard)), on_chunk=hear)
    assert done.exit_status == 0
    assert heard.decode() == stand.log(job)
    assert "intento" not in heard.decode()
    whole(stand, sub, job)


async def test_a_job_over_its_time_is_stopped_on_the_node_too(stand: Stand) -> None:
    sub, job = fresh(), fresh("j")
    stand.sandbox.faults(slow_ms=30_000)
    with pytest.raises(NodeTimeout):
        await stand.host.run(commands.create_tenant(105, sub), stand.payload(job, sub), timeout=0.5)
    assert (await facts.job_state(stand.host, job)).state == "running"
    stand.sandbox.faults(reset=True)
    stopped = await facts.stop_job(stand.host, job)
    assert (stopped.state, stopped.exit_status) == ("failed", 143)
    assert (await stand.create(job, sub))[0] == 0
    whole(stand, sub, job)


async def test_a_node_that_hangs_or_refuses(stand: Stand) -> None:
    stand.sandbox.faults(hang=True)
    with pytest.raises(NodeTimeout):
        await stand.host.run(commands.health(105), timeout=0.3)
    stand.sandbox.faults(reset=True, refuse=True)
    with pytest.raises(NodeUnreachable) as refused:
        await stand.host.run(commands.health(105))
    assert not refused.value.lost_in_flight
    stand.sandbox.faults(reset=True)
    assert (await facts.health(stand.host)).template_ready
    with pytest.raises(Exception, match="400"):
        stand.sandbox.faults(no_such_fault=1)


@pytest.fixture
async def own_stand(postgres_url: str, tmp_path: Path) -> AsyncIterator[Stand]:
    with NodeSandbox(postgres_url, tmp_path / "node") as sandbox:
        async with Host(address(sandbox)) as host:
            yield Stand(sandbox, host, postgres_url, tmp_path / "node")


async def test_the_stand_in_takes_its_jobs_along_and_comes_back_where_it_was(own_stand: Stand) -> None:
    sub, job = fresh(), fresh("j")
    own_stand.sandbox.faults(slow_ms=30_000)
    with pytest.raises(NodeTimeout):
        await own_stand.host.run(commands.create_tenant(105, sub), own_stand.payload(job, sub), timeout=0.5)
    group = int((own_stand.state / "alta" / "jobs" / job / "pid").read_text())
    before = own_stand.sandbox.ready
    own_stand.sandbox.stop()

    async def gone() -> bool:
        await asyncio.sleep(0.01)
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        return False

    await until(gone)
    own_stand.sandbox.start()
    assert own_stand.sandbox.ready == before | {"password": own_stand.sandbox.ready["password"]}
    assert (await facts.job_state(own_stand.host, job)).state == "lost"
    assert (await own_stand.create(job, sub))[0] == 0


if sys.platform != "linux":
    pytestmark = [pytest.mark.chaos, pytest.mark.skip(reason="the node is Linux")]


async def test_a_tenant_that_takes_all_its_connections_takes_none_from_another(stand: Stand) -> None:
    conf, greedy, modest = stand.state / "etc" / "node.conf", fresh(), fresh()
    conf.parent.mkdir(exist_ok=True)
    conf.write_text("ALTA_CONNECTIONS=3\n")
    try:
        for sub in (greedy, modest):
            assert (await stand.create(fresh("j"), sub))[0] == 0
    finally:
        conf.unlink()
    stand.rows("create role visita login in role odoo")  # the limit is for everyone but superusers
    with contextlib.ExitStack() as held:
        for _ in range(3):
            held.enter_context(psycopg.connect(stand.url, dbname=greedy, user="visita"))
        with pytest.raises(psycopg.OperationalError, match="too many connections for database"):
            psycopg.connect(stand.url, dbname=greedy, user="visita")
        psycopg.connect(stand.url, dbname=modest, user="visita").close()
    assert (await stand.do("suspend", greedy, reason="", portal=""))[0] == 0
    stand.rows("drop role visita")
