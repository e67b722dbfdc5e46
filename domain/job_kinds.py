"""What kinds of jobs there are, as data: title, steps in order with their words, and the states that allow them."""

from dataclasses import dataclass

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
    at any moment. `during` and `after` are the tenant's observed state while it runs and when it has succeeded."""

    name: str
    title: str
    steps: tuple[StepKind, ...]
    allowed: frozenset[str]
    during: str | None
    after: str | None
    cancellable: bool = False


def _kind(name: str, title: str, steps: list[StepKind], allowed: set[str], **more: object) -> JobKind:
    return JobKind(name, title, tuple(steps), frozenset(allowed), **more)  # type: ignore[arg-type]


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
            "set_password",
            "Cambiar contraseña",
            [StepKind("password", "Contraseña de Odoo")],
            {S.RUNNING, S.SUSPENDED},
            during=None,
            after=None,
        ),
    ]
}


def step(kind: str, name: str) -> StepKind:
    """The step's words; a name that the table does not know is its own title."""
    for known in KINDS[kind].steps:
        if known.name == name:
            return known
    return StepKind(name, name)
