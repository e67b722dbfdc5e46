"""Every cause has its sentence; the first that fits is said, and the last lines come with it."""

import pytest

from provisioning import sentences


@pytest.mark.parametrize(
    ("line", "begins"),
    [
        ("psql: ERROR:  could not extend file: No space left on device", "El disco del nodo está lleno."),
        ("cp: error writing: Disk quota exceeded", "El disco del nodo está lleno."),
        ("Ya existe una base sol en este nodo (trabajo 7). No se toca.", "Ya hay una base de datos con ese nombre"),
        ("Ese número de trabajo es de otra tarea.", "El nodo conoce este número de trabajo como el de otra tarea"),
        ('ERROR:  template database "odoo19" does not exist', "El nodo no tiene la plantilla"),
        ('source database "t" is being accessed by other users', "La plantilla está en uso"),
        ("could not connect to server: Connection refused", "PostgreSQL no responde en el nodo."),
        ("mv: cannot move: Permission denied", "Al script le falta un permiso"),
        ("bash: fork: Cannot allocate memory", "Al nodo le faltó memoria."),
        ("something nobody has seen before", "El script terminó con código 3."),
    ],
)
def test_a_script_that_failed(line: str, begins: str) -> None:
    sentence = sentences.script_failed(3, ["hola", line])
    assert sentence.staff.startswith(begins)
    assert "código 3" in sentence.staff
    assert sentence.staff.endswith(f"Últimas líneas:\nhola\n{line}")
    assert sentence.passes == ("PostgreSQL" in begins)
    assert sentence.customer == (sentences.WAITING if sentence.passes else sentences.AT_WORK)


def test_a_script_that_vanished_and_one_that_said_nothing() -> None:
    assert sentences.script_failed(None, []).staff == "El script se interrumpió en el nodo."
    assert sentences.script_failed(143, ["", "  "]).staff == "El script terminó con código 143."
    assert len(sentences.script_failed(1, ["x" * 5_000] * 20).staff) < 2_000


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("nodo-a: Host key is not trusted for host 10.0.0.1", "otra clave de host"),
        ("nodo-a: NODE_KNOWN_HOST is no public key: Invalid OpenSSH public key", "NODE_KNOWN_HOST"),
        ("nodo-a: Permission denied for user root on host", "no acepta nuestra clave SSH"),
        ("nodo-a: [Errno 111] Connect call failed ('127.0.0.1', 22)", "rechaza la conexión SSH"),
        ("nodo-a: TimeoutError", "no responde a tiempo"),
        ("nodo-a: no end after 20.0 s", "no responde a tiempo"),
        ("nodo-a: [Errno -2] Name or service not known", "No se encuentra la dirección"),
        ("nodo-a: Connection lost", "Se cortó la conexión"),
        ("nodo-a: the session broke off", "Se cortó la conexión"),
        ("nodo-a: web ConnectError: All connection attempts failed", "no atiende peticiones web"),
        ("probe.sh ended with 127 and no result", "no contestó lo que se esperaba"),
        ("nodo-a: [Errno 113] No route to host", "no se llega al nodo ([Errno 113] No route to host)"),
    ],
)
def test_a_node_that_is_away(error: str, says: str) -> None:
    sentence = sentences.unreachable("nodo-a", error)
    assert sentence.staff.startswith("nodo-a: ")
    assert says in sentence.staff
    assert sentence.customer == sentences.WAITING
