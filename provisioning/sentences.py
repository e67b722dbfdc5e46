"""What went wrong, said to people: each cause once, with what staff read and what the customer reads (Spanish)."""

import re
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Sentence:
    """`staff` goes to the job's error, `customer` to whoever waits for their Odoo. `passes`: nobody need do anything
    about it, a later try may well succeed."""

    staff: str
    customer: str
    passes: bool = False


AT_WORK = "Algo no salió como esperábamos. Ya avisamos a nuestro equipo y te escribiremos en cuanto tu Odoo esté listo."
WAITING = "El servidor no responde en este momento. Seguimos intentándolo; no tienes que hacer nada."
_QUEUE = "Hay otros pedidos antes que el tuyo. Empieza en un momento; no tienes que hacer nada."
_DISK = "El disco del nodo está lleno. Libera espacio y reintenta."
_DATABASE = "PostgreSQL no responde en el nodo."
_FULL = "Estamos preparando más espacio para tu Odoo. Seguimos en cuanto esté; no tienes que hacer nada."


# In order: the first that is found in the script's last lines is the cause.
_FROM_LINES: tuple[tuple[re.Pattern[str], Sentence], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), Sentence(staff, customer, customer is WAITING))
    for pattern, staff, customer in [
        (
            r"no space left on device|disk quota exceeded|could not extend file|disco lleno",
            _DISK,
            AT_WORK,
        ),
        (
            r"ya existe una base .* en este nodo|no es de Alta. No se toca",
            "Ya hay una base de datos con ese nombre, hecha por otro trabajo. Revisa el nodo antes de reintentar.",
            AT_WORK,
        ),
        (
            r"número de trabajo es de otra tarea",
            "El nodo conoce este número de trabajo como el de otra tarea: ¿lo usan dos instalaciones, o se restauró la "
            "base de datos de Alta?",
            AT_WORK,
        ),
        (
            r"suma de comprobación no coincide|registros restaurados no son",
            "La copia está dañada: lo que se restauró no es lo que se guardó. No se ha cambiado nada en la instancia.",
            "La copia está dañada y no se usó: tu Odoo sigue como estaba. Ya avisamos a nuestro equipo.",
        ),
        (
            r"template .*does not exist|no existe la plantilla|plantilla .*no existe",
            "El nodo no tiene la plantilla que hay que clonar.",
            AT_WORK,
        ),
        (
            r"being accessed by other users",
            "La plantilla está en uso y no se pudo clonar. Reintenta en un momento.",
            AT_WORK,
        ),
        (
            r"could not connect to server|connection to server .*failed|database system is (starting|shutting|in reco)|"
            r"terminating connection due to|server closed the connection unexpectedly|checkpoint request failed",
            _DATABASE,
            WAITING,
        ),
        (
            r"no hay Odoo instalado",
            "En este nodo no hay Odoo: no hay módulos que actualizar.",
            AT_WORK,
        ),
        (r"permission denied|permiso denegado", "Al script le falta un permiso en el nodo.", AT_WORK),
        (r"out of memory|cannot allocate memory|killed", "Al nodo le faltó memoria.", AT_WORK),
    ]
)

# In order: how a node is unreachable.
_FROM_CONNECTION: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), staff)
    for pattern, staff in [
        (r"NODE_KNOWN_HOST", "La clave de host configurada (NODE_KNOWN_HOST) no es una clave pública: corrígela."),
        (
            r"host key",
            "El nodo se presenta con otra clave de host. Puede ser una suplantación: compruébala antes de cambiarla.",
        ),
        (r"\bweb \w+:", "El nodo responde por SSH, pero no atiende peticiones web."),
        (r"no result$", "El nodo no contestó lo que se esperaba: ¿está encendido el contenedor, y al día sus scripts?"),
        (r"permission denied|auth", "El nodo no acepta nuestra clave SSH."),
        (r"refused|connect call failed|errno 111", "El nodo rechaza la conexión SSH."),
        (r"timed? ?out|timeout|no end after", "El nodo no responde a tiempo."),
        (r"name or service|resolve|getaddrinfo", "No se encuentra la dirección del nodo."),
        (r"lost|reset|closed|broke|cut|disconnect", "Se cortó la conexión con el nodo."),
    ]
)


def script_failed(code: int | None, lines: list[str]) -> Sentence:
    """A verb that ended badly: `code` None where it vanished without one; `lines` are its last, oldest first."""
    ending = "se interrumpió en el nodo" if code is None else f"terminó con código {code}"
    for pattern, sentence in _FROM_LINES:
        if any(pattern.search(line) for line in lines):
            return replace(sentence, staff=_with_lines(f"{sentence.staff} El script {ending}.", lines))
    return Sentence(_with_lines(f"El script {ending}.", lines), AT_WORK)


def disk_full(found: Sentence) -> Sentence:
    """The node has no room, whatever it was that showed it."""
    return found if found.staff.startswith(_DISK) else Sentence(f"{_DISK} {found.staff}", AT_WORK)


def not_well(found: Sentence, answer: str) -> Sentence:
    """What failed, where the node could not even say how it is: `answer` is what it said instead."""
    for pattern, sentence in _FROM_LINES:
        if sentence.staff == _DISK and pattern.search(answer):
            return disk_full(found)
        if sentence.staff == _DATABASE and pattern.search(answer) and not found.passes:
            return replace(sentence, staff=f"{sentence.staff} {found.staff}")
    return found


def still(found: Sentence) -> Sentence:
    """What should have passed, and did not."""
    return replace(found, customer=AT_WORK, passes=False)


def unreachable(node: str, error: str) -> Sentence:
    """A node that cannot be reached: the job waits."""
    error = error.removeprefix(f"{node}: ")
    for pattern, staff in _FROM_CONNECTION:
        if pattern.search(error):
            return Sentence(f"{node}: {staff}", WAITING)
    return Sentence(f"{node}: no se llega al nodo ({error}).", WAITING)


def known_away(node: str, found: str) -> Sentence:
    """A node that was not even tried: `found` is what was last said of it."""
    if "host key" in found:
        return unreachable(node, found)
    return Sentence(found if found.startswith(f"{node}:") else f"{node}: {found}", WAITING)


def no_room(why: str, *, silent: bool) -> Sentence:
    """No open node takes a new tenant; `why` says it of each."""
    return Sentence(f"Ningún nodo puede con otra instancia ({why}).", WAITING if silent else _FULL)


def busy(node: str, at_once: int) -> Sentence:
    """The node does as many jobs as it may."""
    return Sentence(f"{node} ya hace {at_once} trabajos a la vez.", _QUEUE)


def over_time(seconds: float, step: str | None) -> Sentence:
    """The job, or one of its steps, took longer than it may; it was stopped."""
    what = f"El paso «{step}»" if step else "El trabajo"
    return Sentence(f"{what} pasó del límite de {seconds:g} s y se detuvo también en el nodo.", AT_WORK)


def no_first_page(answer: str) -> Sentence:
    """The database is there, its first page is not."""
    return Sentence(f"La instancia está hecha, pero su primera página no responde bien ({answer}).", AT_WORK)


def unusable(words: str) -> Sentence:
    """An archive that cannot be used, or was not what it should be."""
    return Sentence(words, AT_WORK)


def store_away(words: str) -> Sentence:
    """The store of backups does not answer: the job waits."""
    return Sentence(words, "El almacén de copias no responde en este momento. Seguimos intentándolo.")


def internal(error: BaseException) -> Sentence:
    """A fault of our own program."""
    return Sentence(f"Error interno ({type(error).__name__}). El detalle está en los registros del programa.", AT_WORK)


def not_allowed(title: str, state: str) -> Sentence:
    """The tenant's state does not allow this job (any more)."""
    return Sentence(f"No se puede {title.lower()}: la instancia está en estado «{state}».", AT_WORK)


def _with_lines(sentence: str, lines: list[str]) -> str:
    said = [line.strip()[:300] for line in lines if line.strip()][-5:]
    return sentence + ("\nÚltimas líneas:\n" + "\n".join(said) if said else "")
