"""The catalogue of a new installation. Afterwards the tables are the truth, and this is not read again."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class DefaultPlan:
    """`monthly_cents` a month; a year costs ten months. An extra's `limits` and copies are what one piece adds."""

    code: str
    name: str
    summary: str
    features: tuple[str, ...]
    monthly_cents: int
    highlighted: bool = False
    limits: Mapping[str, int] = field(default_factory=dict)
    staging_copies: int = 1


CURRENCY = "USD"
BLUEPRINT = "gestion"  # the family of templates (see `blueprints`) that every plan's tenants are made from
MONTHS_IN_A_YEAR_PAID = 10

PLANS = (
    DefaultPlan(
        "basico",
        "Básico",
        "Para empezar a facturar en orden.",
        ("Hasta 3 personas", "5 GB de espacio", "Ayuda por correo"),
        2_900,
        limits={"users": 3, "disk_gb": 5},
    ),
    DefaultPlan(
        "pyme",
        "Pyme",
        "Para un equipo que vende, compra y cobra.",
        ("Hasta 15 personas", "25 GB de espacio", "Ayuda por correo en un día"),
        5_900,
        highlighted=True,
        limits={"users": 15, "disk_gb": 25},
    ),
    DefaultPlan(
        "empresa",
        "Empresa",
        "Para varias sedes y más exigencia.",
        ("Personas sin límite", "100 GB de espacio", "Atención prioritaria"),
        14_900,
        limits={"disk_gb": 100},
    ),
)

EXTRAS = (
    DefaultPlan(
        "espacio", "10 GB más", "Espacio para más documentos.", (), 500, limits={"disk_gb": 10}, staging_copies=0
    ),
    DefaultPlan("copia", "Otra copia de pruebas", "Para ensayar cambios sin riesgo.", (), 900),
)
