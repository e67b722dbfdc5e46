"""Templates for new tenants on the node: built aside, tested, swapped in; the nearest is cloned, never a stale one.

Odoo is played by a program that makes the stand-in's tables; the verb, its SQL and PostgreSQL are the real ones.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from provisioning import commands, facts
from provisioning.sandbox import template
from tests.integration.node_stand import Stand, fresh, healthy_stand, running_sandbox  # noqa: F401 - fixtures

ODOO = """#!/usr/bin/env bash
set -euo pipefail
here=${BASH_SOURCE[0]%/*}
[[ $1 != --version ]] || { cat "$here/says-version"; exit 0; }
shell='' install=''
while (($#)); do
  case $1 in shell) shell=yes ;; -d) database=$2 ;; -i) install=$2 ;; esac
  shift
done
if [[ -n $shell ]]; then
  cat >/dev/null
  if [[ -e $here/fails ]]; then echo "algo no responde"; else echo "todo responde"; echo "::done"; fi
elif [[ -n $install ]]; then
  echo "Loading module $install"
  psql -X -q -d "$database" -v ON_ERROR_STOP=1 -c "set role odoo" -f "$here/template.sql" >/dev/null
  mkdir -p "$ALTA_FILESTORE/$database/ab"
  echo "$database" >"$ALTA_FILESTORE/$database/ab/file"
fi
"""


@pytest.fixture
def odoo(stand: Stand) -> Iterator[Path]:
    """The program that plays Odoo; a file `fails` beside it makes its shell's scripts fail."""
    program = stand.state / "odoo"
    program.write_text(ODOO)
    program.chmod(0o755)
    (stand.state / "template.sql").write_text(template._DEFINITION)
    (stand.state / "says-version").write_text("Odoo Server 19.0")
    yield program
    for name in ("odoo", "fails"):
        (stand.state / name).unlink(missing_ok=True)
    (stand.state / "alta" / "odoo-version").unlink(missing_ok=True)


async def build(stand: Stand, name: str, job: str, **changes: Any) -> tuple[int, str]:
    usual = {"job": job, "modules": "base,web,alta_access,l10n_do", "languages": "es_DO", "country": "DO",
             "currency": "DOP"}  # fmt: skip
    words = json.dumps({**usual, **changes}).encode()
    return stand.said(await stand.host.run(commands.build_blueprint(105, name), words))


def result(output: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(output.rsplit("::result ", 1)[1])
    return found


async def test_a_blueprint_is_built_tested_and_cloned(stand: Stand, odoo: Path) -> None:
    name, job, sub = fresh("b"), fresh("j"), fresh()
    code, output = await build(stand, name, job)
    assert code == 0, output
    assert [line.split()[1] for line in output.splitlines() if line.startswith("::step ")] == [
        "check", "install", "localize", "test", "swap",
    ]  # fmt: skip
    made = f"bp_{name}_{job}"
    assert result(output) == {"template": made, "odoo": "Odoo Server 19.0"}
    health = await facts.health(stand.host)
    assert [one["template"] for one in health.blueprints if one["name"] == name] == [made]
    assert health.odoo == "Odoo Server 19.0"
    code, output = await stand.create(fresh("j"), sub, templates=[made, "bp_other"])
    assert (code, f"-T {made}" in output) == (0, True)
    assert (stand.state / "filestore" / sub / "ab" / "file").read_text().strip() == f"new_bp_{name}"
    assert stand.rows("select name from res_company", database=sub) == [("Panadería Sol, S.R.L.",)]
    again = await build(stand, name, job)
    assert "plantilla" in again[1]
    assert again[0] == 0


async def test_a_missing_or_stale_blueprint_gives_way_to_the_nearest_and_it_is_said(stand: Stand, odoo: Path) -> None:
    name, job = fresh("b"), fresh("j")
    made = result((await build(stand, name, job))[1])["template"]
    sub = fresh()
    code, output = await stand.create(fresh("j"), sub, templates=["bp_missing", made])
    assert code == 0
    assert f"la plantilla bp_missing no está en este nodo, o es de otra versión de Odoo; se usa {made}" in output
    (stand.state / "says-version").write_text("Odoo Server 19.1")
    assert (await facts.health(stand.host)).odoo == "Odoo Server 19.1"
    code, output = await stand.create(fresh("j"), fresh(), templates=[made])
    assert code == 0
    assert "se usa odoo19_template" in output
    hostile = ["template1", "postgres", "../x", "'; drop", made + "'", 5, None, {"a": 1}]
    code, output = await stand.create(fresh("j"), fresh(), templates=hostile)
    assert (code, "-T odoo19_template" in output) == (0, True)


async def test_one_that_fails_its_test_changes_nothing(stand: Stand, odoo: Path) -> None:
    name = fresh("b")
    before = result((await build(stand, name, fresh("j")))[1])["template"]
    (stand.state / "fails").touch()
    job = fresh("j")
    code, output = await build(stand, name, job)
    assert (code, "la que había sigue en uso" in output) == (1, True)
    known = [one["template"] for one in (await facts.health(stand.host)).blueprints if one["name"] == name]
    assert known == [before]
    (stand.state / "fails").unlink()
    code, output = await build(stand, name, job)
    assert (code, "intento 2" in output) == (0, True)


async def test_the_version_before_stays_and_older_ones_go(stand: Stand, odoo: Path) -> None:
    name = fresh("b")
    made = [result((await build(stand, name, fresh("j")))[1])["template"] for _ in range(3)]
    known = {one["template"] for one in (await facts.health(stand.host)).blueprints if one["name"] == name}
    assert known == set(made[1:])
    assert not (stand.state / "filestore" / made[0]).exists()


@pytest.mark.parametrize(
    "changes", [{"modules": ""}, {"modules": "base;id"}, {"modules": "-x"}, {"languages": "es DO"}, {"languages": ""},
                {"country": "d"}, {"currency": "$(id)"}],
)  # fmt: skip
async def test_strange_wishes_are_refused(stand: Stand, odoo: Path, changes: dict[str, str]) -> None:
    assert (await build(stand, fresh("b"), fresh("j"), **changes))[0] == 65


async def test_without_odoo_it_says_so(stand: Stand) -> None:
    code, output = await build(stand, fresh("b"), fresh("j"))
    assert (code, "no hay Odoo instalado" in output) == (69, True)
