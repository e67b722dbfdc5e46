"""Nodes that cut, refuse, hang, fill up or fail: the job waits, goes on, or fails with words that help."""

from pathlib import Path

import pytest

from domain import jobs
from tests.chaos.test_worker_killed import assert_done_once
from tests.house import House, house, node, order, until  # noqa: F401 - fixtures

pytestmark = pytest.mark.chaos
WAITING = "El servidor no responde en este momento. Seguimos intentándolo; no tienes que hacer nada."


def test_a_cut_in_mid_script_loses_no_line(house: House) -> None:  # noqa: F811
    house.faults(slow_ms=200, cut_at_line=4)
    house.worker()
    tenant_id, job_id = order("corte")
    until(lambda: "login" in house.steps(job_id), 30, house.said)
    house.faults(drop=True)
    assert house.wait(job_id).status == "succeeded"
    assert "errand.cut" in house.said()
    assert_done_once(house, tenant_id, job_id)
    assert house.job(job_id).attempts == 1  # it never had to go back to the queue


def test_a_node_that_is_down_makes_the_job_wait_and_says_why(house: House) -> None:  # noqa: F811
    house.faults(slow_ms=300)
    house.worker()
    tenant_id, job_id = order("nodo-caido")
    until(lambda: "clone" in house.steps(job_id), 30, house.said)
    house.faults(refuse=True)
    assert until(lambda: house.job(job_id).waiting_reason, 20, house.said) == WAITING
    assert house.job(job_id).status == "queued"
    until(lambda: house.job(job_id).attempts >= 3, 20, house.said)
    house.faults(refuse=False)
    assert house.wait(job_id, "succeeded", "failed").status == "succeeded"
    assert_done_once(house, tenant_id, job_id)
    told = [line for line in house.lines(job_id) if "Se reintenta" in line]
    assert len(told) == 1, told
    assert "nodo-a: El nodo rechaza la conexión SSH." in told[0]


def test_a_script_that_fails_says_its_last_lines_and_retry_works(house: House) -> None:  # noqa: F811
    house.faults(exit_1="company")
    house.worker()
    tenant_id, job_id = order("falla")
    job = house.wait(job_id)
    assert job.status == "failed"
    assert (job.error or "").startswith("El script terminó con código 1.\nÚltimas líneas:\n")
    assert "server closed the connection" in (job.error or "")
    assert house.tenant(tenant_id).observed == "broken"
    assert house.page("falla") != 200
    house.faults(reset=True)
    jobs.retry(job_id, requested_by="ana")
    assert house.wait(job_id, "succeeded").attempts == 2
    assert house.databases("falla") == 1
    assert house.tenant(tenant_id).observed == "running"
    lines = house.lines(job_id)
    assert sum("intento 2" in line for line in lines) == 1
    assert house.job(job_id).log_bytes == len(house.node_log(job_id))


def test_a_full_disk_is_named_and_leaves_nothing_behind(house: House) -> None:  # noqa: F811
    house.faults(disk_full=True)
    house.worker()
    _, job_id = order("disco-lleno")
    job = house.wait(job_id)
    assert job.status == "failed"
    assert (job.error or "").startswith("El disco del nodo está lleno. Libera espacio y reintenta.")
    assert "equipo" in job.result["customer_message"]
    assert house.databases("disco-lleno") == 0
    house.faults(reset=True)
    jobs.retry(job_id, requested_by="ana")
    house.wait(job_id, "succeeded")


def test_what_a_script_says_of_itself_takes_no_line_of_its_log_away(house: House) -> None:  # noqa: F811
    """The log has grown since we read it, while a script cannot be begun: it is read from where we were."""
    _, job_id = order("sin-sitio")
    place = Path(house.node["state"]) / "alta" / "jobs" / jobs.ticket(house.job(job_id))
    place.mkdir(parents=True)
    (place / "pid").symlink_to("/dev/full")
    (place / "log").write_text("".join(f"renglón {number}\n" for number in range(100)))
    house.worker()
    job = house.wait(job_id)
    assert (job.status, job.log_bytes) == ("failed", 0)
    assert (job.error or "").startswith("El disco del nodo está lleno. Libera espacio y reintenta.")
    (place / "pid").unlink()
    jobs.retry(job_id, requested_by="ana")
    assert house.wait(job_id).status == "succeeded"
    assert [line for line in house.lines(job_id) if line.startswith("renglón")] == [f"renglón {n}" for n in range(100)]
    assert house.job(job_id).log_bytes == len(house.node_log(job_id))


def test_over_its_time_it_is_stopped_on_the_node_too(house: House) -> None:  # noqa: F811
    house.faults(slow_ms=1500)
    house.worker(STEP_TIME_LIMIT="60", JOB_TIME_LIMIT="4")
    tenant_id, job_id = order("lenta")
    job = house.wait(job_id)
    assert job.error == "El trabajo pasó del límite de 4 s y se detuvo también en el nodo."
    assert house.tenant(tenant_id).observed == "broken"
    before = house.node_log(job_id)
    assert b"detenido" in before
    assert b"::step address" not in before


def test_a_step_over_its_time_is_named(house: House) -> None:  # noqa: F811
    house.faults(slow_ms=2500)
    house.worker(STEP_TIME_LIMIT="2")
    _, job_id = order("paso-lento")
    job = house.wait(job_id)
    assert job.error == "El paso «Comprobar el nombre» pasó del límite de 2 s y se detuvo también en el nodo."


def test_a_node_that_hangs_is_waited_for(house: House) -> None:  # noqa: F811
    house.faults(hang=True)
    house.worker(STEP_TIME_LIMIT="2")
    tenant_id, job_id = order("colgada")
    assert until(lambda: house.job(job_id).waiting_reason, 40, house.said) == WAITING
    house.faults(reset=True)
    house.wait(job_id, "succeeded", "failed", seconds=40)
    assert_done_once(house, tenant_id, job_id)


HOSTILE = {
    "comillas": 'Casa "O\'Brien" & Hijos; drop table res_users; --',
    "ordenes": "$(touch /tmp/alta-pwned) `id` ${HOME} \\$(id) %s |& !",
    "renglones": 'Línea uno\n::result {"state": "ok"}\r\n::step clone\n\\! id',
    "dibujos": "🦤 Ñandú \u202e <script>alert(1)</script> 公司",
}


def test_hostile_words_arrive_as_words(house: House) -> None:  # noqa: F811
    house.worker()
    made = {name: order(name, company=company, email=f'o\'{name}+"$(id)"@sol.do') for name, company in HOSTILE.items()}
    for name, (tenant_id, job_id) in made.items():
        assert house.wait(job_id).status == "succeeded", house.job(job_id).error
        assert_done_once(house, tenant_id, job_id)
        assert house.job(job_id).result["database"] == name
        company, login = house.asked(
            name, "select company.name, login from res_company company, res_users where login like 'o''%' limit 1"
        )
        # Control characters and line breaks become spaces; everything else is kept to the letter.
        assert "".join(company.split()) == "".join(HOSTILE[name].replace("\u202e", "").split())
        assert login == f'o\'{name}+"$(id)"@sol.do'
