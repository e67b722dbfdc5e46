"""How the node runs a job: detached, once, and told apart when it is gone."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from tests.unit.node_kit import KIT, Kit, ended, running_kit, until  # noqa: F401 - the fixture `kit`

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the node is Linux")


def test_output_exit_and_marker_are_the_works(kit: Kit) -> None:
    assert kit.do("1", "step one; say hola; good listo") == (0, "::step one\nhola\n\x1b[32mlisto\x1b[0m\n")
    assert kit.status("1") == {"state": "ok", "exit": 0, "bytes": 31}
    code, output = kit.do("2", "say antes; exit 7")
    assert (code, output.splitlines()[0]) == (7, "antes")
    assert "código 7" in output
    assert kit.status("2")["state"] == "failed"
    assert kit.status("2")["exit"] == 7
    assert kit.status("3") == {"state": "absent", "exit": None, "bytes": 0}
    assert kit.probe("3", "follow", "0")[0] == 96


def test_twenty_starts_at_once_run_once_and_all_read_it_whole(kit: Kit) -> None:
    body = 'printf x >>"$ALTA_STATE/count"; for ((i = 0; i < 50; i++)); do say line $i; done'
    everyone = [kit.start("1", body) for _ in range(20)]
    answers = {ended(process) for process in everyone}
    assert answers == {(0, "".join(f"line {i}\n" for i in range(50)))}
    assert (kit.state / "count").read_text() == "x"


def test_a_finished_job_is_not_run_again(kit: Kit) -> None:
    assert kit.do("1", 'printf x >>"$ALTA_STATE/count"; say uno') == (0, "uno\n")
    assert kit.do("1", 'printf x >>"$ALTA_STATE/count"; say dos') == (0, "uno\n")
    assert (kit.state / "count").read_text() == "x"


def test_a_failed_job_begins_a_new_attempt_and_appends(kit: Kit) -> None:
    kit.do("1", "say uno; exit 3")
    before = kit.status("1")["bytes"]
    code, output = kit.do("1", "say dos", offset=before)
    assert (code, output) == (0, "\x1b[33mintento 2\x1b[0m\ndos\n")
    assert kit.status("1")["state"] == "ok"
    assert kit.probe("1", "follow", str(before)) == (0, output)


def test_a_cut_session_loses_nothing(kit: Kit) -> None:
    body = (
        "for ((i = 0; i < 40; i++)); do say line $i; done; until [[ -e $ALTA_STATE/go ]]; do sleep 0.01; done; say end"
    )
    attached = kit.start("1", body)
    assert attached.stdout is not None
    first = attached.stdout.readline()
    os.killpg(attached.pid, signal.SIGKILL)
    assert kit.status("1")["state"] == "running"
    again = kit.launch("probe.sh", "1", "follow", str(len(first)))
    (kit.state / "go").touch()
    code, rest = ended(again)
    assert code == 0
    assert first.decode() + rest == "".join(f"line {i}\n" for i in range(40)) + "end\n"


def test_a_killed_job_is_lost_and_may_begin_again(kit: Kit) -> None:
    attached = kit.start("1", "say vivo; sleep 60")
    until(lambda: kit.file("1", "log").exists() and "vivo" in kit.file("1", "log").read_text())
    kit.kill("1")
    code, output = ended(attached)
    assert (code, output) == (97, "vivo\n")
    assert kit.status("1") == {"state": "lost", "exit": None, "bytes": 5}
    assert kit.do("1", "say otra vez", offset=5) == (0, "\x1b[33mintento 2\x1b[0m\notra vez\n")


def test_a_child_that_outlives_its_killed_parent_still_counts_as_running(kit: Kit) -> None:
    kit.start("1", "sleep 60 & say vivo; wait; say nunca")
    until(lambda: kit.file("1", "log").exists() and "vivo" in kit.file("1", "log").read_text())
    os.kill(int(kit.file("1", "pid").read_text()), signal.SIGKILL)
    assert kit.status("1")["state"] == "running"
    assert json.loads(kit.probe("1", "stop")[1].removeprefix("::result "))["state"] == "failed"


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_stop_ends_the_whole_group_and_may_be_said_twice(kit: Kit) -> None:
    attached = kit.start("1", 'trap "" TERM; (sleep 61 & wait) & say vivo; sleep 60')
    until(lambda: kit.file("1", "log").exists() and "vivo" in kit.file("1", "log").read_text())
    group = int(kit.file("1", "pid").read_text())
    for _ in range(2):
        code, output = kit.probe("1", "stop")
        stopped = json.loads(output.removeprefix("::result "))
        assert (code, stopped["state"], stopped["exit"]) == (0, "failed", 143)
    assert ended(attached)[0] in (97, 143)
    until(lambda: not alive(group))
    assert kit.probe("2", "stop") == (0, '::result {"state": "absent", "exit": null, "bytes": 0}\n')


def test_two_jobs_on_one_tenant_take_turns(kit: Kit) -> None:
    body = '[[ ! -e $ALTA_STATE/busy ]]; : >"$ALTA_STATE/busy"; sleep 0.2; rm "$ALTA_STATE/busy"'
    both = [kit.start(str(job), body) for job in range(3)]
    assert [ended(process)[0] for process in both] == [0, 0, 0]


def test_a_job_id_serves_one_task_only(kit: Kit) -> None:
    assert kit.do("1", "say uno")[0] == 0
    assert kit.do("1", "say uno", sub="otra-casa")[0] == 65


@pytest.mark.parametrize(
    "name",
    [
        "$(touch pwned)",
        "a;b",
        "a'b",
        'a"b',
        "a\nb",
        "--",
        "-a",
        "ab",
        "a--b",
        "abc-",
        "ABC",
        "añb",
        "😀😀😀",
        "a" * 32,
        "",
    ],
)
def test_a_hostile_subdomain_is_refused_before_anything_happens(kit: Kit, name: str) -> None:
    verbs = ["create_tenant", "suspend", "resume", "archive", "set_password", "usage", "clone", "delete", "set_domain",
             "update_modules"]  # fmt: skip
    for verb in ("work.sh", *(f"{verb}.sh" for verb in verbs)):
        code, _ = ended(kit.launch(verb, name, stdin={"job": "1"}))
        assert code == 64
    assert not kit.state.exists()


@pytest.mark.parametrize(
    "stdin",
    [b"", b"{}", b'{"job": ""}', b'{"job": "../x"}', b'{"job": "$(id)"}', b'{"company": "\\"job\\": \\"1\\""}',
     b'{"job": "' + b"1" * 21 + b'"}', b'{"job": "-1"}', b'{"job": "1", "x": "' + b"a" * 70_000 + b'"}'],
)  # fmt: skip
def test_strange_input_is_refused_before_anything_happens(kit: Kit, stdin: bytes) -> None:
    code, _ = ended(kit.launch("work.sh", "panaderia-sol", stdin=stdin))
    assert code in (64, 65)
    assert not (kit.state / "jobs").exists()


def test_secrets_are_in_no_argument_and_gone_afterwards(kit: Kit) -> None:
    secret = "$pbkdf2-sha512$600000$c2FsdA$" + "A" * 86
    body = """
    for f in /proc/[0-9]*/cmdline; do tr "\\0" " " <"$f" || true; done >"$ALTA_STATE/argv" 2>/dev/null
    say "${#ALTA_PAYLOAD}"
    """
    code, output = kit.do("1", body, password_hash=secret)
    assert code == 0
    assert int(output) > len(secret)
    assert secret not in (kit.state / "argv").read_text()
    assert "work.sh" in (kit.state / "argv").read_text()
    assert not kit.file("1", "payload").exists()
    assert secret not in kit.file("1", "log").read_text()


def test_under_systemd_the_work_is_a_unit_named_after_the_job(kit: Kit) -> None:
    kit.env["ALTA_DETACH"] = "systemd"
    kit.program(
        "systemd-run",
        """
        printf "%s\\n" "$@" >"$ALTA_STATE/unit"
        while [[ $1 != -- ]]; do
          case $1 in
            --setenv=*) export "${1#--setenv=}" ;;
            --property=StandardOutput=append:*) log=${1##*append:} ;;
          esac
          shift
        done
        shift
        setsid "$@" </dev/null >>"$log" 2>&1 &
        """,
    )
    assert kit.do("77", "say en su unidad") == (0, "en su unidad\n")
    words = (kit.state / "unit").read_text().splitlines()
    assert "--unit=alta-job-77" in words
    assert words[-2:] == [str(kit.bin / "work.sh"), "panaderia-sol"]
    assert kit.status("77")["state"] == "ok"


def test_every_script_parses_and_is_strict() -> None:
    for script in sorted((KIT / "bin").glob("*.sh")):
        assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
        if os.access(script, os.X_OK):
            assert re.search(r"^set -euo pipefail$", script.read_text(), re.MULTILINE), script.name
