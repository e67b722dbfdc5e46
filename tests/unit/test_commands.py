"""Commands are exact lists of words; what fails its grammar never becomes one."""

import shlex
from collections.abc import Callable
from typing import Any

import pytest

from provisioning import commands

TENANT_VERBS = ["create_tenant", "suspend", "resume", "archive", "set_password", "usage", "clone", "set_domain",
                "update_modules", "build_blueprint", "backup", "restore", "prove"]  # fmt: skip
HOSTILE = [
    "$(reboot)", "`id`", "sol;id", "sol'", 'sol"', "sol\nid", "sol\n", "sol\0", "sol\x00id", "sol id", "--", "-sol",
    "so--l", "sol-", "../sol", "sol/..", "SOL", "sól", "sol😀", "sоl", "so", "", "9sol", "s" * 32, "sol%00", "sol&",
    "sol|id", "~sol", "*",
]  # fmt: skip


@pytest.mark.parametrize("verb", TENANT_VERBS)
def test_a_verb_on_a_tenant_is_six_words(verb: str) -> None:
    build: Callable[[int, str], list[str]] = getattr(commands, verb)
    assert build(105, "panaderia-sol") == ["pct", "exec", "105", "--", f"/opt/alta/bin/{verb}.sh", "panaderia-sol"]


def test_only_an_archived_name_is_deleted() -> None:
    words = ["pct", "exec", "105", "--", "/opt/alta/bin/delete.sh", "archived-sol-12-ab"]
    assert commands.delete(105, "archived-sol-12-ab") == words
    for name in ("sol", "archived-", "archived-sol", "archived-sol-1;id", "archived-sol-1\n", "../archived-sol-1"):
        with pytest.raises(ValueError, match="not an archived"):
            commands.delete(105, name)


def test_questions_and_probes() -> None:
    base = ["pct", "exec", "105", "--"]
    assert commands.health(105) == [*base, "/opt/alta/bin/health.sh"]
    assert commands.list_tenants(105) == [*base, "/opt/alta/bin/list.sh"]
    assert commands.probe_status(105, 4812) == [*base, "/opt/alta/bin/probe.sh", "4812", "status"]
    assert commands.probe_follow(105, "4812", 1045) == [*base, "/opt/alta/bin/probe.sh", "4812", "follow", "1045"]
    assert commands.probe_stop(105, 4812) == [*base, "/opt/alta/bin/probe.sh", "4812", "stop"]


def test_archives_are_named_by_their_job() -> None:
    base = ["pct", "exec", "105", "--"]
    assert commands.fetch(105, "7-0a", 12) == [*base, "/opt/alta/bin/fetch.sh", "7-0a", "12"]
    assert commands.fetch_about(105, "7-0a") == [*base, "/opt/alta/bin/fetch.sh", "7-0a", "about"]
    assert commands.receive(105, "7-0a", 0) == [*base, "/opt/alta/bin/receive.sh", "7-0a", "0"]
    assert commands.discard(105, "7-0a") == [*base, "/opt/alta/bin/discard.sh", "7-0a"]
    assert commands.discard(105, "7-0a", anew=True) == [*base, "/opt/alta/bin/discard.sh", "7-0a", "ANEW"]
    assert commands.discard(105, "7-0a", "sol") == [*base, "/opt/alta/bin/discard.sh", "7-0a", "sol"]


@pytest.mark.parametrize("verb", TENANT_VERBS)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_becomes_no_command(verb: str, name: str) -> None:
    with pytest.raises(ValueError, match="not a subdomain"):
        getattr(commands, verb)(105, name)


@pytest.mark.parametrize(
    "job", ["", "-1", "--", "1;id", "$(id)", "1\n", "1\0", "../1", "1" * 21, "😀", True, None, 1.5]
)
def test_a_hostile_job_id_becomes_no_command(job: Any) -> None:
    for build in (
        commands.probe_status, commands.probe_follow, commands.probe_stop, commands.fetch, commands.fetch_about,
        commands.discard,
    ):  # fmt: skip
        with pytest.raises(ValueError, match="not a job id"):
            build(105, job)


@pytest.mark.parametrize("offset", [-1, 10**15, True, "0", "1;id", None, 1.0])
def test_a_strange_offset_becomes_no_command(offset: Any) -> None:
    with pytest.raises(ValueError, match="not a byte offset"):
        commands.probe_follow(105, 1, offset)


@pytest.mark.parametrize("container", [0, 99, -105, "105", True, None, 105.0, 10**9])
def test_a_strange_container_becomes_no_command(container: Any) -> None:
    with pytest.raises(ValueError, match="not a container id"):
        commands.health(container)


def test_no_word_needs_quoting() -> None:
    for words in (commands.create_tenant(105, "a-b9"), commands.probe_follow(105, "job_1-a", 7)):
        assert shlex.join(words) == " ".join(words)
