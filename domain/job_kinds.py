"""What kinds of jobs there are, as data: title, steps in order with their words, and the states that allow them."""

from dataclasses import dataclass
from typing import Literal

from domain.states import TenantState


@dataclass(frozen=True)
class StepKind:
    """`title` is for staff, `phrase` for the customer (None: not shown to them)."""

    name: str
    title: str
    phrase: str | None = None


@dataclass(frozen=True)
class JobKind:
    """`allowed` are the tenant's observed states in which it may begin; `cancellable` says whether stopping it is safe
    at any moment. `during` and `after` are the tenant's observed state while it runs and when it has succeeded.
    `about`: tenant or node; for a node's, `allowed` is empty.

    `target` is what the script is called on: the tenant's subdomain, its `archive`, the database that the job's
    arguments name (`left`), or the `source` that it is a copy of, which must then be in one of the states
    `source_allowed`. `time_limit` (s) is in place of both general limits.
    `on_job_node`: it is done on the job's own node, not on the tenant's.
    """

    name: str
    title: str
    steps: tuple[StepKind, ...]
    allowed: frozenset[str]
    during: str | None
    after: str | None
    cancellable: bool = False
    target: Literal["subdomain", "archive", "source", "left"] = "subdomain"
    source_allowed: frozenset[str] = frozenset()
    time_limit: float | None = None
    about: Literal["tenant", "node"] = "tenant"
    on_job_node: bool = False


def _kind(name: str, title: str, steps: list[StepKind], allowed: set[str], **more: object) -> JobKind:
    return JobKind(name, title, tuple(steps), frozenset(allowed), **more)  # type: ignore[arg-type]


LONG = 3600.0  # seconds for what grows with a tenant's data
S = TenantState
KINDS: dict[str, JobKind] = {
    kind.name: kind
    for kind in [
        _kind(
            "create_tenant",
            "Crear",
            [
                StepKind("check_name", "Comprobar el nombre", "Nombre reservado"),
                StepKind("clone", "Clonar la plantilla", "Base de datos creada"),
                StepKind("company", "Empresa y país", "Empresa y país configurados"),
                StepKind("login", "Usuario", "Tu usuario creado"),
                StepKind("files", "Archivos", "Archivos copiados"),
                StepKind("address", "Dirección", "Dirección preparada"),
                StepKind("first_page", "Primera página", "Primera página servida"),
            ],
            # A clone that was half made is made again or finished: stopping is safe.
            {S.ABSENT, S.CREATING, S.BROKEN},
            during=S.CREATING.value,
            after=S.RUNNING.value,
            cancellable=True,
        ),
        _kind(
            "suspend_tenant",
            "Suspender",
            [StepKind("suspend", "Suspender")],
            {S.RUNNING, S.SUSPENDED},
            during=None,
            after=S.SUSPENDED.value,
        ),
        _kind(
            "resume_tenant",
            "Reanudar",
            [StepKind("resume", "Reanudar"), StepKind("first_page", "Primera página")],
            {S.SUSPENDED, S.RUNNING},
            during=None,
            after=S.RUNNING.value,
        ),
        _kind(
            "archive_tenant",
            "Archivar",
            [StepKind("archive", "Archivar")],
            {S.RUNNING, S.SUSPENDED, S.BROKEN, S.ARCHIVED},
            during=None,
            after=S.ARCHIVED.value,
        ),
        _kind(
            "clone_tenant",
            "Copiar",
            [
                StepKind("check_name", "Comprobar el nombre", "Nombre reservado"),
                StepKind("copy", "Copiar la base de datos", "Datos copiados"),
                StepKind("files", "Archivos", "Archivos copiados"),
                StepKind("neutralize", "Apagar correo y tareas", "Correo y tareas apagados"),
                StepKind("address", "Dirección", "Dirección preparada"),
                StepKind("first_page", "Primera página", "Primera página servida"),
            ],
            # The tenant is the copy: made half it is made again.
            {S.ABSENT, S.CREATING, S.BROKEN},
            during=S.CREATING.value,
            after=S.RUNNING.value,
            cancellable=True,
            target="source",
            source_allowed=frozenset({S.RUNNING, S.SUSPENDED}),
            time_limit=LONG,
        ),
        _kind(
            "delete_tenant",
            "Borrar",
            [StepKind("delete", "Borrar base y archivos")],
            {S.ARCHIVED},
            during=None,
            after=S.DELETED.value,
            target="archive",
            time_limit=LONG,
        ),
        _kind(
            "set_domain",
            "Dominio propio",
            [
                StepKind("address", "Dirección en Odoo"),
                StepKind("proxy", "Servidor web"),
                StepKind("first_page", "Primera página"),
            ],
            {S.RUNNING},
            during=None,
            after=None,
        ),
        _kind(
            "update_modules",
            "Actualizar módulos",
            [
                StepKind("check", "Módulos que han cambiado"),
                StepKind("snapshot", "Copia por si algo falla"),
                StepKind("update", "Actualizar"),
                StepKind("open", "Abrir"),
                StepKind("first_page", "Primera página"),
            ],
            # A stopped update is undone.
            {S.RUNNING},
            during=None,
            after=None,
            cancellable=True,
            time_limit=LONG,
        ),
        _kind(
            "archive_stray",
            "Archivar la base sobrante de",
            [StepKind("archive", "Archivar")],
            {S.RUNNING, S.SUSPENDED},
            during=None,
            after=None,
            on_job_node=True,
        ),
        _kind(
            "move_tenant",
            "Mover a otro nodo",
            [
                StepKind("copy", "Primera copia, con el Odoo en marcha"),
                StepKind("files", "Archivos en el nodo nuevo"),
                StepKind("close", "Cerrar por un momento"),
                StepKind("last", "Copiar lo último"),
                StepKind("load", "Restaurar y contar"),
                StepKind("switch", "Abrir en el nodo nuevo"),
                StepKind("first_page", "Primera página"),
                StepKind("leave", "Dejar el nodo anterior"),
            ],
            {S.RUNNING, S.SUSPENDED},
            during=None,
            after=None,
            cancellable=True,
            time_limit=7200,
        ),
        _kind(
            "delete_left",
            "Borrar lo que quedó en otro nodo de",
            [StepKind("delete", "Borrar base y archivos")],
            {S.RUNNING, S.SUSPENDED},
            during=None,
            after=None,
            target="left",
            time_limit=LONG,
            on_job_node=True,
        ),
        _kind(
            "set_password",
            "Cambiar contraseña",
            [StepKind("password", "Contraseña de Odoo")],
            {S.RUNNING, S.SUSPENDED},
            during=None,
            after=None,
        ),
        _kind(
            "backup_tenant",
            "Hacer una copia",
            [
                StepKind("dump", "Volcar la base"),
                StepKind("pack", "Empaquetar"),
                StepKind("store", "Cifrar y guardar"),
            ],
            {S.RUNNING, S.SUSPENDED},
            during=None,
            after=None,
            cancellable=True,
            time_limit=7200,
        ),
        _kind(
            "restore_tenant",
            "Restaurar una copia",
            [
                StepKind("receive", "Enviar la copia al nodo"),
                StepKind("unpack", "Comprobar y desempaquetar"),
                StepKind("load", "Restaurar al lado"),
                StepKind("count", "Contar los registros"),
                StepKind("swap", "Ponerla en su sitio"),
                StepKind("first_page", "Primera página"),
            ],
            {S.RUNNING, S.SUSPENDED, S.BROKEN},
            during=None,
            after=None,
            time_limit=7200,
        ),
        _kind(
            "prove_backup",
            "Probar una copia",
            [
                StepKind("receive", "Enviar la copia al nodo"),
                StepKind("unpack", "Comprobar y desempaquetar"),
                StepKind("load", "Restaurar aparte"),
                StepKind("count", "Contar los registros"),
                StepKind("boot", "Arrancar Odoo"),
            ],
            {S.RUNNING, S.SUSPENDED},
            during=None,
            after=None,
            cancellable=True,
            time_limit=7200,
        ),
        _kind(
            "build_blueprint",
            "Construir plantilla",
            [
                StepKind("check", "Comprobar"),
                StepKind("install", "Instalar los módulos"),
                StepKind("localize", "País, moneda y plan contable"),
                StepKind("test", "Probar"),
                StepKind("swap", "Poner en uso"),
            ],
            set(),
            during=None,
            after=None,
            # What is in the making is nobody's yet.
            cancellable=True,
            time_limit=LONG,
            about="node",
        ),
        _kind(
            "join_node",
            "Unir",
            [
                StepKind("contact", "Contacto por la puerta"),
                StepKind("kit", "Copiar los scripts"),
                StepKind("template", "Comprobar la plantilla"),
                StepKind("measure", "Medir"),
                StepKind("open", "Abrir a pedidos"),
            ],
            set(),
            during=None,
            after=None,
            about="node",
        ),
    ]
}


def step(kind: str, name: str) -> StepKind:
    """The step's words; a name that the table does not know is its own title."""
    for known in KINDS[kind].steps:
        if known.name == name:
            return known
    return StepKind(name, name)
