"""A host joins as an operator joins it: by the command line, with a password used once; a worker does the rest."""

import re
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from domain import database, health, joining, node_actions, nodes
from domain.errors import Conflict, Invalid
from domain.joining import Candidate, Pass, Shown
from domain.models import AuditEntry, Job, Node
from domain.notices import listener
from domain.settings import settings
from provisioning.fleet import address_of
from provisioning.host import Host, NodeRefused
from provisioning.joining import SshDoor
from provisioning.sandbox import NodeSandbox
from tests.house import House, order, until
from ui.node_cli import app


@pytest.fixture
def bare(postgres_url: str, tmp_path: Path) -> Iterator[NodeSandbox]:
    with NodeSandbox(postgres_url, tmp_path / "host", bare=True) as sandbox:
        yield sandbox


@pytest.fixture
def house(configured: str, bare: NodeSandbox, tmp_path: Path) -> Iterator[House]:
    """Workers whose settings know of no node."""
    env = {"TENANT_PORT": str(bare.ready["http_port"]), "TEST_NODE_STATE": str(tmp_path / "host")}
    built = House(bare.ready, env, tmp_path)
    yield built
    for process in built.workers:
        process.terminate()
        process.wait(8)
    listener.stop()


def add(bare: NodeSandbox, *more: str, fingerprint: str = "", password: str = "", typed: str = "") -> Result:
    at = bare.ready
    words = ["add", at["ssh_host"], "--ct", "105", "--port", str(at["ssh_port"]), "--user", at["user"], "--name",
             "nodo-b", "--http-url", at["http_url"], "--region", "caribe", *more]  # fmt: skip
    if fingerprint:
        words += ["--fingerprint", fingerprint]
    return CliRunner().invoke(
        app, words, input=typed, env={"NODE_PASSWORD": password or at["password"], "COLUMNS": "200"}
    )


def fingerprint_of(bare: NodeSandbox) -> str:
    return asyncssh.import_public_key(bare.ready["known_host"]).get_fingerprint()


def row(name: str = "nodo-b") -> Node:
    with database.reading() as session:
        return session.exec(select(Node).where(Node.name == name)).one()


def test_from_a_bare_host_to_a_tenant_that_answers(house: House, bare: NodeSandbox, tmp_path: Path) -> None:
    house.worker()
    until(health.worker_alive, 40, house.said)
    done = add(bare, fingerprint=fingerprint_of(bare))
    assert done.exit_code == 0, (done.output, house.said())
    assert f"shows the host key {fingerprint_of(bare)}" in done.output
    assert "la puerta solo deja pasar al contenedor 105" in done.output
    assert re.search(r"clona en \d+ ms \(1 a la vez: ", done.output)
    node = row()
    assert (node.state, node.reachable, node.region, node.concurrency in (4, 8)) == ("open", True, "caribe", True)
    assert node.clone_ms
    assert node.health["kit_ok"] is True
    # What was installed: one key, bound to the gate of this container; nothing of the password anywhere.
    [line] = (tmp_path / "host" / "home" / ".ssh" / "authorized_keys").read_text().splitlines()
    assert re.fullmatch(r'command="\S+/\.alta/gate 105",restrict ssh-ed25519 \S+ alta-nodo-b', line)
    assert Path(node.key_file).stat().st_mode & 0o777 == 0o600
    assert Path(node.key_file).is_relative_to(settings().data_dir.resolve())
    with database.reading() as session:
        told = repr([session.exec(select(table)).all() for table in (Node, Job, AuditEntry)])
    assert bare.ready["password"] not in told + house.said() + done.output

    tenant_id, job_id = order("panaderia-nueva")
    assert house.wait(job_id).status == "succeeded", house.said()
    assert (house.tenant(tenant_id).node_id, house.page("panaderia-nueva")) == (node.id, 200)
    assert house.job(job_id).result["placement"].startswith("nodo-b: 0 de 80 instancias, región caribe, carga ")
    with pytest.raises(Conflict, match="aún guarda 1 instancias"):
        node_actions.perform(node.id or 0, "close", by="ana")
        node_actions.perform(node.id or 0, "remove", by="ana")
    assert row().state == "closed"
    # Joining again, as after another host key, changes nothing on the host, and keeps the tenants.
    assert add(bare, fingerprint=fingerprint_of(bare)).exit_code == 0
    assert (tmp_path / "host" / "home" / ".ssh" / "authorized_keys").read_text().splitlines() == [line]
    assert (row().id, row().state, house.tenant(tenant_id).node_id) == (node.id, "open", node.id)


def test_nothing_is_sent_to_a_host_whose_key_is_not_confirmed(
    configured: str, bare: NodeSandbox, tmp_path: Path
) -> None:
    for refused in (add(bare, typed="n\n"), add(bare, fingerprint="SHA256:" + "A" * 43)):
        assert (refused.exit_code, "Nothing was sent" in refused.output) == (1, True)
    with database.reading() as session:
        assert session.exec(select(Node)).all() == []
    assert not (tmp_path / "host" / "home" / ".alta").exists()


def test_what_keeps_a_host_out_is_said_in_a_sentence(configured: str, bare: NodeSandbox) -> None:
    good = fingerprint_of(bare)
    assert "no aceptó la contraseña" in add(bare, fingerprint=good, password="otra").output
    assert "contenedor 106 no existe" in add(bare, "--ct", "106", fingerprint=good).output
    assert "empieza en 100" in add(bare, "--ct", "7", fingerprint=good).output
    assert "regiones son" in add(bare, "--region", "luna", fingerprint=good).output
    bare.faults(refuse=True)
    assert "rechaza la conexión SSH" in add(bare, fingerprint=good).output


async def test_another_key_than_the_confirmed_one_gets_nothing(configured: str, bare: NodeSandbox) -> None:
    joining.use(SshDoor)
    at = bare.ready
    candidate = Candidate("nodo-b", at["ssh_host"], 105, at["ssh_port"], at["user"], at["http_url"])
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    with pytest.raises(Conflict, match="No se le envió nada"):
        await joining.let_in(candidate, Shown(other, "SHA256:x"), Pass(password=at["password"]))
    with pytest.raises(Invalid):
        await joining.let_in(candidate, Shown(at["known_host"], ""), Pass())
    with pytest.raises(Conflict, match="clave privada"):
        await joining.let_in(candidate, Shown(at["known_host"], ""), Pass(private_key="nada"))


async def test_an_existing_key_does_as_well_as_a_password(configured: str, bare: NodeSandbox, tmp_path: Path) -> None:
    joining.use(SshDoor)
    at = bare.ready
    mine = asyncssh.generate_private_key("ssh-ed25519")
    keys = tmp_path / "host" / "home" / ".ssh" / "authorized_keys"
    keys.parent.mkdir()
    keys.write_text(mine.export_public_key().decode().strip())  # without a newline at its end, as people leave it
    candidate = Candidate("nodo-b", at["ssh_host"], 105, at["ssh_port"], at["user"], at["http_url"])
    shown = await joining.door().shown(at["ssh_host"], at["ssh_port"])
    assert shown == Shown(at["known_host"], fingerprint_of(bare))
    file = await joining.let_in(candidate, shown, Pass(private_key=mine.export_private_key().decode()))
    job_id = joining.admit(candidate, shown, file, by="ana")
    assert len(keys.read_text().splitlines()) == 2
    place = nodes.place_of(row().id or 0)
    async with Host(address_of(place)) as host:
        assert (await host.run(["id"])).exit_status == 126
        assert (await host.run(["about"])).output == b'::result {"gate": 1, "container": 105}\n'
    with database.reading() as session:
        assert session.get_one(Job, job_id).kind == "join_node"
    keys.write_text(keys.read_text().splitlines()[0] + "\n")
    async with Host(address_of(place)) as host:
        with pytest.raises(NodeRefused):
            await host.run(["about"])


def test_a_container_that_is_not_ready_fails_its_job_with_the_remedy(
    house: House, bare: NodeSandbox, postgres_url: str
) -> None:
    house.worker()
    until(health.worker_alive, 40, house.said)
    bare.faults(exit_1="sql/measure")
    done = add(bare, fingerprint=fingerprint_of(bare))
    assert done.exit_code == 1, done.output
    assert "La plantilla no se pudo clonar para medir." in done.output
    assert row().state == "joining"
    with pytest.raises(Conflict, match="estado del nodo"):
        node_actions.perform(row().id or 0, "open", by="ana")
