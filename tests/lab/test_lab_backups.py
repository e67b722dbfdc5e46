"""Backup, restore and proof on a real Odoo 19: what comes back answers, and a proof leaves nothing."""

import json
from collections.abc import Iterator

import pytest

from provisioning.lab import LabNode, shell
from tests.lab.test_lab_verbs import Kit

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]


@pytest.fixture(name="kit")
def _kit(lab_node: LabNode) -> Iterator[Kit]:
    made = Kit(lab_node)
    made.sub = made.sub.replace("verbs-", "backups-")
    made.do("create_tenant", company="Copias SRL", login="c@copias.do", password_hash="", language="es_DO",
            country="DO", currency="DOP", base_url=f"http://{made.sub}.localhost")  # fmt: skip
    yield made
    made.do("delete", made.do("archive")["database"])


def test_restored_and_proven_on_a_real_odoo(kit: Kit) -> None:
    assert kit.opens(f"{kit.sub}.localhost")
    made = kit.do("backup")
    first = job_of(kit)
    about = shell.inside(kit.node, "/opt/alta/bin/fetch.sh", first, "about").removeprefix("::result ")
    assert json.loads(about)["manifest"]["odoo"].startswith("19.0")
    kit.asked(kit.sub, "update res_company set name = 'Otra cosa' where id = 1")
    bring(kit, first)
    kit.do("restore", sha256=made["sha256"])
    assert kit.asked(kit.sub, "select name from res_company where id = 1") == "Copias SRL"
    assert kit.opens(f"{kit.sub}.localhost")
    bring(kit, first)
    trial = kit.do("prove", sha256=made["sha256"])["database"]
    assert kit.opens(f"{trial}.localhost")
    assert kit.asked(trial, "select count(*) from ir_cron where active") == "0"
    shell.inside(kit.node, "/opt/alta/bin/discard.sh", job_of(kit))
    shell.inside(kit.node, "/opt/alta/bin/discard.sh", first, kit.sub)
    left = f"select count(*) from pg_database where datname like '%{kit.sub}%' or datname = '{trial}'"  # noqa: S608
    assert kit.asked("postgres", left) == "1"


def job_of(kit: Kit, *, ahead: int = 0) -> str:
    """The name of the last job, or of one to come."""
    return f"{kit.sub[6:]}-{kit.jobs + ahead}"


def bring(kit: Kit, first: str) -> None:
    """Puts the archive of the job `first` where the next job looks for its own, as the panel's `receive` would."""
    folder = "/var/lib/alta/backups"
    to = f"{folder}/{job_of(kit, ahead=1)}"
    shell.inside(kit.node, "sh", "-c", f"mkdir -p {to} && cp {folder}/{first}/archive.tar {to}/")
